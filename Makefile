# sagabench: one food order, coordinated twice.
#
#   make bench    build, run the experiment, print where its report is
#   make test     build, run every test
#
# The first build compiles the Temporal server, which takes 4 to 6 minutes of
# two cores. After that it takes seconds. Nothing here needs Docker or root.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help bench bench-full ceiling smoke variants build clean test lint race fuzz benchmarks golden \
	tidy vet-darwin cross vuln gate-full selftest sample lint-workshop class

ARGS ?=
FUZZTIME ?= 10s

# Everything but the program that compiles the Temporal server.
OURS = $$(go list ./... | grep -v /cmd/temporal-devserver)

# Where goroutines share data. The rest goes through the race detector in gate-full.
CONCURRENT = ./choreography ./orchestration ./internal/ledger ./internal/worker ./bench ./bench/load ./bench/fault

# $(call cross-build,PACKAGE) builds for each platform but this one, and keeps nothing.
cross-build = for platform in darwin/arm64 darwin/amd64 linux/arm64; do \
	echo "$(1) for $$platform"; \
	GOOS=$${platform%/*} GOARCH=$${platform\#*/} CGO_ENABLED=0 go build -o /dev/null $(1) || exit 1; \
done

help:
	@awk -F ':.*## ' '/^## / { print substr($$0, 4) } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "ARGS='…' is passed on to sagabench, as in: make bench ARGS='--seed 7'"

## To run it
bench: build ## run the experiment (under 5 minutes) and print the report's path
	@bin/sagabench bench --plan quick $(ARGS)

bench-full: build ## every scenario and sweep, six repeats (under 45 minutes)
	@bin/sagabench bench --plan full $(ARGS)

ceiling: build ## the share of its engine that each style reaches (under 4 minutes), see docs/ceilings.md
	@bin/sagabench bench --plan ceiling $(ARGS)

smoke: build ## both styles once, under 45 seconds
	@bin/sagabench bench --plan smoke $(ARGS)

variants: build ## break the twins, once for each invariant: does the judge notice? (about 2 minutes)
	@bin/sagabench variants --quick $(ARGS)

# A build that is silent for minutes looks dead, so it shows that it is not.
build: ## both programs into bin/
	@( sleep 4; while true; do echo "  compiling: 4 to 6 minutes the first time, for the Temporal server, then seconds ($$SECONDS s so far)"; sleep 15; done ) & \
	beat=$$!; trap "kill $$beat 2>/dev/null" EXIT; mkdir -p bin && go build -buildvcs=auto -o bin/ ./cmd/...

class: build ## prepare for a class: a folder for laptops, tried without a network (some minutes)
	@workshop/class.sh

clean: ## remove what was built and what runs left behind, but not the sample
	rm -rf bin
	find reports -mindepth 1 -maxdepth 1 ! -name sample -exec rm -rf {} +

## To change it
test: build lint ## every test (about 8 minutes)
	go test ./...
	@strace -o /dev/null true 2>/dev/null || echo "NOT TESTED: how often servers and ledger sync, because strace does not run here"

# Starters have what their learners will use.
lint: ## formatting, vet, staticcheck, and determinism of the workflow
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	go vet ./...
	go tool staticcheck $$(go list ./... | grep -v -e /cmd/temporal-devserver -e '/workshop/[0-9][^/]*/[a-z]*$$')
	go tool workflowcheck ./orchestration/...

# Not a part of lint: it takes servers, and minutes. gate-full is where it is thorough.
lint-workshop: build ## do the exercises tell right from wrong? once each (some minutes)
	@bin/sagabench learn lint --seeds 1 $(ARGS)

# One scenario is about time alone, of a thousand calls a second; the detector changes that.
race: ## the tests of all that is concurrent, with the race detector
	go test -race -skip /many_calls_fail $(CONCURRENT)

fuzz: ## each fuzz target for FUZZTIME=10s
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p' $$file); do \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$(dirname $$file) || exit 1; \
		done; \
	done

benchmarks: ## every Go benchmark; compare two outputs with go tool benchstat
	go test -run '^$$' -bench . -benchmem $(OURS)

golden: ## write what tests make anew: the report's golden files, and drawings, code and numbers in docs; read the diff
	go test ./bench/report -update
	go test ./cmd/sagabench -run 'TestFlowDrawings|TestSideBySide|TestTracePage|TestSummary$$' -update

## To keep it
tidy: ## fail if go mod tidy would change go.mod or go.sum
	go mod tidy -diff

# macOS is built here and not run. Vet compiles everything for it, the tests too.
vet-darwin:
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet $(OURS)

cross: vet-darwin ## build for macOS and 64-bit ARM, run nothing
	@$(call cross-build,./cmd/sagabench)

vuln: ## known vulnerabilities in what is called (asks vuln.go.dev)
	go run golang.org/x/vuln/cmd/govulncheck@v1.8.0 ./cmd/sagabench

gate-full: test tidy cross ## what is too long for .ci/run (some hours)
	go test -race -timeout 30m ./...
	bin/sagabench learn lint --seeds 20 --times 200
	$(MAKE) fuzz FUZZTIME=2m
	@$(call cross-build,./cmd/temporal-devserver)
	$(MAKE) selftest smoke

selftest: build ## how much the instrument itself can take (some minutes), see docs/speed.md
	@bin/sagabench selftest $(ARGS)

# What the sample was measured with must be known, so it comes from a commit.
sample: build ## run the experiment and make its report the committed sample
	@bin/sagabench version | grep -qE '^sagabench +.*[0-9a-f]{12}$$' || { echo "the sample needs a revision: commit every change, and build from the repository"; exit 1; }
	rm -rf reports/sample
	bin/sagabench bench --plan quick --out reports/sample $(ARGS)
