package program

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

const tiny = `package main

import "github.com/sagabench/sagabench/workshop/kit"

func main() { kit.Main(nil) }
`

func buildTiny(t *testing.T, dir string) error {
	t.Helper()
	return Build(t.Context(), dir, pkg, filepath.Join(t.TempDir(), "tiny"), workshop.Base())
}

// What is given is what is built, whatever stands in the learner's folder. Each of these
// changes breaks the build where it is not contained.
func TestGivenIsIntact(t *testing.T) {
	t.Parallel()
	dir := learner(t, tiny)
	put(t, dir, "kit/kit.go", "an edit")
	put(t, dir, "kit/extra.go", "one more file")
	put(t, dir, "kit/go.mod", "module of.its.own")
	put(t, dir, "go.mod", "module other")
	put(t, dir, "go.sum", "nothing")
	put(t, dir, "vendor/modules.txt", "nothing")
	put(t, filepath.Dir(dir), "go.work", "go 1.26.0")
	if err := buildTiny(t, dir); err != nil {
		t.Error(err)
	}
}

// The overlay counts in a folder that is reached through a link, too, whether the shell
// stands in it or not.
func TestGivenIsIntactBehindLink(t *testing.T) {
	dir, link := learner(t, tiny), filepath.Join(t.TempDir(), "link")
	put(t, dir, "kit/kit.go", "an edit")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, pwd := range []string{link, "/"} {
		t.Setenv("PWD", pwd)
		if err := buildTiny(t, link); err != nil {
			t.Errorf("PWD=%s: %v", pwd, err)
		}
	}
}

// Learners may have files of their own beside their program, and lose the kit.
func TestOwnFiles(t *testing.T) {
	t.Parallel()
	dir := learner(t, "package main\n\nfunc main() { mine() }\n")
	put(t, dir, pkg+"/mine.go", `package main

import "github.com/sagabench/sagabench/workshop/kit"

func mine() { kit.Main(nil) }
`)
	if err := os.RemoveAll(filepath.Join(dir, "kit")); err != nil {
		t.Fatal(err)
	}
	if err := buildTiny(t, dir); err != nil {
		t.Error(err)
	}
}

// Nothing in the learner's environment changes what is built.
func TestEnvironmentDoesNotMatter(t *testing.T) {
	dir := learner(t, tiny)
	t.Setenv("GO111MODULE", "off")
	t.Setenv("GOOS", "plan9")
	t.Setenv("GOWORK", filepath.Join(dir, "none"))
	t.Setenv("GOROOT", dir)
	t.Setenv("GOENV", filepath.Join(dir, "env"))
	put(t, dir, "env", "GOFLAGS=-mod=vendor\n")
	for _, flags := range []string{"-mod=vendor", ""} {
		t.Setenv("GOFLAGS", flags)
		if err := buildTiny(t, dir); err != nil {
			t.Errorf("GOFLAGS=%q: %v", flags, err)
		}
	}
}

// What learners can mend is a mistake that says how.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		what, source string // "" is the tiny program
		change       func(t *testing.T, dir string)
		text, mend   string
	}{
		{
			what: "does not compile", source: "package main\n\nfunc main() { a(); b()\n\tc()\n\treturn 1\n}\n",
			text: pkg + ` does not compile:
  9-wrong/choreography/main.go:3:15: undefined: a
  9-wrong/choreography/main.go:3:20: undefined: b
  9-wrong/choreography/main.go:4:2: undefined: c
  … and 1 more`, mend: "begin with the first",
		},
		{
			what: "given function taken", source: "package main\n\nfunc given() {}\n",
			text: pkg + " does not compile:\n  9-wrong/choreography/main.go:3:6: given redeclared in this block\n" +
				"      9-wrong/choreography/given.go:3:6: other declaration of given",
		},
		{
			what: "words of a cause in the code", source: "package main\n\nvar n int = \"no space left on device, dial tcp\"\n\nfunc main() {}\n",
			text: pkg + " does not compile:\n  9-wrong/choreography/main.go:3:13: cannot use",
		},
		{
			what: "other module", source: "package main\n\nimport _ \"github.com/spf13/cobra\"\n\nfunc main() {}\n",
			text: pkg + " does not compile:\n  9-wrong/choreography/main.go:3:8: cannot find module providing package github.com/spf13/cobra",
		},
		{what: "no main", source: "package mine\n", text: pkg + " is no program", mend: "package main"},
		{
			what: "two packages", change: func(t *testing.T, dir string) { put(t, dir, pkg+"/x.go", "package x\n") },
			text: pkg + " is no program", mend: "package main",
		},
		{
			what: "no files", change: func(t *testing.T, dir string) { os.RemoveAll(filepath.Join(dir, pkg)) },
			text: "there is no program in " + pkg, mend: "sagabench learn init",
		},
		{
			what: "no go.mod", change: func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "go.mod")) },
			text: "there is no go.mod in ", mend: "sagabench learn init",
		},
		{
			what: "no such folder", change: func(t *testing.T, dir string) { os.RemoveAll(dir) },
			text: "there is no go.mod in ", mend: "sagabench learn init",
		},
		{
			what: "no Go", change: func(t *testing.T, dir string) { t.Setenv("PATH", dir) },
			text: "there is no Go on this machine", mend: "https://go.dev/dl",
		},
		{
			what: "old Go", change: func(t *testing.T, dir string) { oldGo(t, dir) },
			text: "Go is too old: this is go1.24.1, and the workshop needs go1.26.0", mend: "https://go.dev/dl",
		},
		{
			what: "broken Go", change: func(t *testing.T, dir string) {
				put(t, dir, "bin/go", "#!/bin/sh\necho broken >&2\nexit 2\n")
				os.Chmod(filepath.Join(dir, "bin/go"), 0o700)
				t.Setenv("PATH", filepath.Join(dir, "bin"))
			},
			text: "the go command does not run: exit status 2\n  broken", mend: "go env",
		},
		{
			what: "no home", change: func(t *testing.T, dir string) {
				for _, name := range []string{"HOME", "GOPATH", "GOMODCACHE"} {
					t.Setenv(name, "")
				}
				t.Setenv("GOCACHE", t.TempDir())
			},
			text: "Go doesn't know where it keeps modules:\n  ", mend: "set HOME",
		},
		{
			what: "no text", change: func(t *testing.T, dir string) { put(t, dir, pkg+"/x.go", "package main\n\x00") },
			text: "a file of " + pkg + " is no text:\n  ", mend: "move it out",
		},
		{
			what: "no modules", source: "package main\n\nimport _ \"github.com/nats-io/nats.go\"\n\nfunc main() {}\n",
			change: func(t *testing.T, dir string) { offline(t, dir, "off") },
			text:   "a module that the workshop needs is not on this machine, and can't be downloaded:\n  ", mend: "go mod download",
		},
		{
			what: "no network", source: "package main\n\nimport _ \"github.com/nats-io/nats.go\"\n\nfunc main() {}\n",
			change: func(t *testing.T, dir string) { offline(t, dir, "http://127.0.0.1:9") },
			text:   "a module that the workshop needs is not on this machine, and can't be downloaded:\n  ", mend: "go mod download",
		},
		{
			what: "no cache", change: func(t *testing.T, dir string) {
				put(t, dir, "file", "")
				t.Setenv("GOCACHE", filepath.Join(dir, "file"))
			},
			text: "Go can't write what it compiles:\n  ", mend: "GOCACHE",
		},
	} {
		t.Run(c.what, func(t *testing.T) {
			if c.source == "" {
				c.source = tiny
			}
			dir := learner(t, c.source)
			if c.change != nil {
				c.change(t, dir)
			}
			given := workshop.Base()
			if c.what == "given function taken" {
				given[pkg+"/given.go"] = []byte("package main\n\nfunc given() {}\n\nfunc main() {}\n")
			}
			var m *workshop.Mistake
			err := Build(t.Context(), dir, pkg, filepath.Join(t.TempDir(), "out"), given)
			if !errors.As(err, &m) {
				t.Fatalf("%v, want a mistake", err)
			}
			if !strings.HasPrefix(m.Text, c.text) || !strings.Contains(m.Mend, c.mend) || strings.Contains(m.Text, ".build-") {
				t.Errorf("got  %s\nwant %s\nto mend: %s", m, c.text, c.mend)
			}
		})
	}
}

// oldGo puts a go command into PATH that is too old.
func oldGo(t *testing.T, dir string) {
	put(t, dir, "bin/go", "#!/bin/sh\necho go1.24.1\npwd\n")
	if err := os.Chmod(filepath.Join(dir, "bin/go"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin"))
}

// offline takes the modules and the way to them.
func offline(t *testing.T, dir, proxy string) {
	t.Setenv("GOMODCACHE", filepath.Join(dir, "none"))
	t.Setenv("GOPROXY", proxy)
}

// What a disk refuses is a mistake, whether the go command is refused or we are.
func TestDisk(t *testing.T) {
	for _, c := range []struct {
		errno syscall.Errno
		text  string
	}{{syscall.ENOSPC, "the disk is full"}, {syscall.EROFS, "Go can't write"}, {syscall.EACCES, "Go can't write"}} {
		b := building{root: "/home/ada/class"}
		ours := &os.PathError{Op: "mkdir", Path: "/disk/.build-1", Err: c.errno}
		output := "# " + workshop.Module + "/" + pkg + "\nwriting output: write $WORK/b001/_pkg_.a: " + c.errno.Error() + "\n"
		for _, err := range []error{ofDisk(pkg, ours), b.explain(pkg, output, errors.New("exit status 1"))} {
			var m *workshop.Mistake
			if !errors.As(err, &m) || !strings.HasPrefix(m.Text, c.text) || m.Mend == "" {
				t.Errorf("%v, want a mistake: %s", err, c.text)
			}
		}
	}
}

// A build ends with its context, and leaves nothing behind.
func TestBuildIsInterrupted(t *testing.T) {
	dir, out := learner(t, tiny), t.TempDir()
	put(t, dir, "bin/go", "#!/bin/sh\n[ $1 = env ] && echo go1.26.0 && echo \"$PWD/go.mod\" && exit\nsleep 60 & echo $! > pid; sleep 60\n")
	if err := os.Chmod(filepath.Join(dir, "bin/go"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	begun := time.Now()
	if err := Build(ctx, dir, pkg, filepath.Join(out, "out"), workshop.Base()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Build = %v, want that its time is over", err)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	started, _ := strconv.Atoi(strings.TrimSpace(string(pid)))
	dies(t, started)
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
}
