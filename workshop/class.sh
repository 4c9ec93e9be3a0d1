#!/usr/bin/env bash
# Makes bin/class, which is all that a learner's laptop needs beside Go, and tries it as
# such a laptop would: with empty caches, and without a network.
set -euo pipefail
cd "$(dirname "$0")/.."

# Flags that differ are a build that differs: everything would be compiled once more.
export GOFLAGS= GOWORK=off

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
class=bin/class
step() { printf '\n== %s\n' "$1"; }

step "this machine"
bin/sagabench doctor

step "modules of learners' programs"
cache=$(go env GOMODCACHE) proxy=$(go env GOPROXY)
bin/sagabench learn init "$work/learner" >"$work/init.txt"
(cd "$work/learner" && GOMODCACHE="$work/fetched" GOPROXY="file://$cache/cache/download,$proxy" go mod download)
rm -rf "$class"
mkdir -p "$class"
cp -r "$work/fetched/cache/download" "$class/modules"
cp bin/sagabench bin/temporal-devserver "$class"
du -sh "$class/modules"

step "every solution, on a machine with empty caches and no network"
GOMODCACHE="$work/modules" GOCACHE="$work/built" GOPROXY="file://$PWD/$class/modules,off" \
	"$class/sagabench" learn lint --solutions --seeds 1

step "the same, for the caches of this machine"
GOPROXY=off bin/sagabench learn lint --solutions --seeds 1

cat <<END

This machine is ready. For laptops of the same system ($(go env GOOS)/$(go env GOARCH)), copy $class ($(du -sh "$class" | cut -f1)).
They need Go 1.26 or newer. On each, with PATH/TO for where class is copied:

  export PATH=PATH/TO/class:\$PATH                          (keep it: ~/.profile, or ~/.zshrc on macOS)
  go env -w GOPROXY=file://PATH/TO/class/modules,off       (after the class: go env -u GOPROXY)
  sagabench doctor
  sagabench learn init ~/learn-sagas
  cd ~/learn-sagas && go build ./...

The last line compiles what every first check needs, for one to three minutes. Do it before the class.
END
