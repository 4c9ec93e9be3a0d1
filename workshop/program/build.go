package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

// Build builds a program of a learner's, such as "3-twice-is-once/choreography", whose
// module's root is dir. The given files are by path below dir, and the compiler reads
// them as they are here, whatever stands there. An error that the learner can mend is a
// [*workshop.Mistake].
//
// Not promised: that a learner who wants to can't get around the given files. A package
// of their own may do what it likes.
func Build(ctx context.Context, dir, pkg, out string, given map[string][]byte) error {
	root, err := moduleRoot(ctx, dir, given["go.mod"])
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".build-")
	if err != nil {
		return ofDisk(pkg, err)
	}
	defer os.RemoveAll(work)
	b := building{root: root, work: work}
	if err := b.lay(given); err != nil {
		return ofDisk(pkg, err)
	}
	// Into a folder, because to a file go build writes what is no program as well.
	bin := filepath.Join(work, "bin") + string(filepath.Separator)
	output, err := b.run(ctx, "build", "-overlay", b.overlay(), "-buildvcs=false", "-ldflags=-s -w", "-o", bin, "./"+pkg)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("build %s: %w", pkg, ctx.Err())
	case err != nil:
		return b.explain(pkg, output, err)
	}
	return os.Rename(filepath.Join(bin, filepath.Base(pkg)), out)
}

// A building is one run of the compiler.
type building struct {
	root string            // of the learner's module, as the go command names it
	work string            // what is written on the way
	laid map[string]string // by replacement, the path below root
}

func (b *building) overlay() string { return filepath.Join(b.work, "overlay.json") }

// lay writes the given files and the overlay that puts them in the place of those below
// the root. What else stands beside the kit's files is hidden: it would be a part of it.
func (b *building) lay(given map[string][]byte) error {
	replace := map[string]string{}
	b.laid = map[string]string{}
	for file := range given {
		if err := b.hide(path.Dir(file), replace); err != nil {
			return err
		}
	}
	for i, file := range slices.Sorted(maps.Keys(given)) {
		replacement := filepath.Join(b.work, fmt.Sprintf("%d-%s", i, filepath.Base(file)))
		if err := os.WriteFile(replacement, given[file], 0o600); err != nil {
			return err
		}
		replace[filepath.Join(b.root, filepath.FromSlash(file))] = replacement
		b.laid[replacement] = file
	}
	text, err := json.Marshal(struct{ Replace map[string]string }{replace})
	if err != nil {
		return err
	}
	return os.WriteFile(b.overlay(), text, 0o600)
}

// hide leaves out of a folder of the kit whatever is there. In others learners may have
// files of their own.
func (b *building) hide(folder string, replace map[string]string) error {
	if folder != "kit" && !strings.HasPrefix(folder, "kit/") {
		return nil
	}
	folder = filepath.Join(b.root, filepath.FromSlash(folder))
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if file := filepath.Join(folder, entry.Name()); !entry.IsDir() {
			replace[file] = ""
		}
	}
	return nil
}

// run returns what the go command prints. It is ended with all that it has started.
func (b *building) run(ctx context.Context, args ...string) (string, error) {
	c := command(ctx, b.root, args...)
	c.Env = append(c.Env, "GOTMPDIR="+b.work)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = time.Second
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	err := c.Run()
	return output.String(), err
}

// command is the go command with nothing from the learner's environment that changes
// what is built. An empty variable would not do: then what "go env -w" wrote counts,
// which can be anything but GOROOT.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local", "GOROOT=",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	return c
}

// moduleRoot returns the root of the module in a folder as the go command names it. No
// link in it is resolved: an overlay of a path that the command does not see itself is
// ignored without a word.
func moduleRoot(ctx context.Context, dir string, mod []byte) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return "", &workshop.Mistake{
			Text: fmt.Sprintf("there is no go.mod in %s, so this is no folder of the workshop", dir),
			Mend: "go to your folder, or make one with: sagabench learn init DIR",
		}
	}
	out, err := command(ctx, dir, "env", "GOVERSION", "GOMOD").Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", &workshop.Mistake{Text: "there is no Go on this machine, or it is not in PATH", Mend: installGo}
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		text := "the go command does not run: " + err.Error()
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			text += "\n  " + strings.TrimSpace(string(failed.Stderr))
		}
		return "", &workshop.Mistake{Text: text, Mend: "make \"go env\" work in your folder"}
	}
	have, file, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	have, _, _ = strings.Cut(have, " ") // from experiments that are switched on
	if want := goOf(mod); version.IsValid(have) && version.Compare(have, want) < 0 {
		return "", &workshop.Mistake{Text: fmt.Sprintf("Go is too old: this is %s, and the workshop needs %s", have, want), Mend: installGo}
	}
	return filepath.Dir(file), nil
}

const installGo = "install a newer Go from https://go.dev/dl, and open a new terminal"

// goOf is the version of Go that a go.mod asks for, such as "go1.26.0".
func goOf(mod []byte) string {
	for line := range strings.Lines(string(mod)) {
		if rest, ok := strings.CutPrefix(line, "go "); ok {
			return "go" + strings.TrimSpace(rest)
		}
	}
	return ""
}

// ofDisk makes a mistake of what learners can mend about their disk.
func ofDisk(pkg string, err error) error {
	if m := causeOf(pkg, err.Error()); m != nil {
		return m
	}
	return err
}
