# sagabench: one food order, coordinated twice.
#
#   make bench    build, run the experiment, print where its report is
#   make test     build, run every test
#
# The first build compiles the Temporal server, which takes 4 to 6 minutes of
# two cores. After that it takes seconds. Nothing here needs Docker or root.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build bench bench-full ceiling smoke test race lint golden sample selftest clean

ARGS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  ARGS='…' is passed on to sagabench, as in: make bench ARGS='--seed 7'"

# A build that is silent for minutes looks dead, so it shows that it is not.
build: ## build both programs into bin/
	@( sleep 4; while true; do echo "  compiling: 4 to 6 minutes the first time, for the Temporal server, then seconds ($$SECONDS s so far)"; sleep 15; done ) & \
	beat=$$!; trap "kill $$beat 2>/dev/null" EXIT; mkdir -p bin && go build -buildvcs=auto -o bin/ ./cmd/...

bench: build ## run the experiment (under 5 minutes) and print the report's path
	@bin/sagabench bench --plan quick $(ARGS)

bench-full: build ## every scenario and sweep, six repeats (under 45 minutes)
	@bin/sagabench bench --plan full $(ARGS)

ceiling: build ## which share of its engine each style reaches (under 4 minutes), see docs/ceilings.md
	@bin/sagabench bench --plan ceiling $(ARGS)

smoke: build ## both styles once, under 45 seconds
	@bin/sagabench bench --plan smoke $(ARGS)

test: build lint ## run every test
	go test ./...

race: build ## run every test with the race detector
	go test -race ./...

lint: ## formatting, vet, and determinism of the workflow
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool workflowcheck ./orchestration/...

golden: ## write the report's golden files and the code in docs/side-by-side.md anew; read the diff
	go test ./bench/report -update
	go test ./cmd/sagabench -run TestSideBySide -update

# What the sample was measured with must be known, so it comes from a commit.
sample: build ## run the experiment and make its report the committed sample
	@bin/sagabench version | grep -qE '^sagabench +.*[0-9a-f]{12}$$' || { echo "the sample needs a revision: commit every change, and build from the repository"; exit 1; }
	rm -rf reports/sample
	bin/sagabench bench --plan quick --out reports/sample $(ARGS)

selftest: build ## how much the instrument itself can take (some minutes), see docs/speed.md
	@bin/sagabench selftest $(ARGS)

clean: ## remove what was built and what runs left behind, but not the sample
	rm -rf bin
	find reports -mindepth 1 -maxdepth 1 ! -name sample -exec rm -rf {} +
