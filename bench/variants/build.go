package variants

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	module        = "github.com/sagabench/sagabench"
	workerPackage = module + "/internal/twins/worker"
	wholePackage  = module + "/cmd/sagabench"
)

// A builder builds programs from the source tree with edits laid over it.
type builder struct {
	root string // of the source tree, as the go command writes it
	dir  string // for what is built
}

// ErrNoSource is the error where there is nothing to build variants from.
var ErrNoSource = errors.New("variants are built from source: this needs Go, and a folder of the source tree to be started in")

// Source returns the root of the source tree. It is taken as the go command names it,
// and no link in it is resolved: an overlay of a path that the command does not see
// itself is silently ignored.
func Source(ctx context.Context) (root string, err error) {
	out, err := command(ctx, "", "list", "-m", "-f", "{{if .Main}}{{.Dir}}{{end}}", module).Output()
	root = strings.TrimSpace(string(out))
	if err != nil || root == "" {
		return "", ErrNoSource
	}
	return root, nil
}

// command is the go command, without the flags that the user's environment adds.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	return c
}

// An overlay is what the compiler reads in place of files, by path.
type overlay struct {
	Replace map[string]string
}

// overlayOf writes the edited files of a variant, and the overlay that names them.
func (b *builder) overlayOf(v Variant, dir string) (path string, err error) {
	o := overlay{Replace: map[string]string{}}
	for i, file := range v.files() {
		original := filepath.Join(b.root, filepath.FromSlash(file))
		text, err := os.ReadFile(original)
		if err != nil {
			return "", err
		}
		edited, err := v.apply(file, string(text))
		if err != nil {
			return "", err
		}
		o.Replace[original] = filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(file)))
		if err := os.WriteFile(o.Replace[original], []byte(edited), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// Build builds the program in which a variant sits, into a folder of its own below dir,
// and returns its path. Root is the source tree, see [Source].
func Build(ctx context.Context, root, dir string, v Variant) (string, error) {
	b := &builder{root, dir}
	return b.build(ctx, v)
}

// build builds the program in which the variant sits, and returns its path.
func (b *builder) build(ctx context.Context, v Variant) (string, error) {
	dir := filepath.Join(b.dir, v.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	laid, err := b.overlayOf(v, dir)
	if err != nil {
		return "", err
	}
	exe, pkg := filepath.Join(dir, "worker"), workerPackage
	if v.Seat == Whole {
		exe, pkg = filepath.Join(dir, "sagabench"), wholePackage
	}
	if err := b.compile(ctx, "-overlay", laid, "-o", exe, pkg); err != nil {
		return "", fmt.Errorf("variant %s: %w", v.Name, err)
	}
	return exe, nil
}

// compile leaves out what is dear and not needed: symbols, and the revision, which
// would be that of the intact source.
func (b *builder) compile(ctx context.Context, args ...string) error {
	c := command(ctx, b.root, append([]string{"build", "-buildvcs=false", "-ldflags=-s -w"}, args...)...)
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}

// differs is an error when two programs are the same to the bit: then the edit was
// not seen, or changes nothing.
func differs(a, b string) error {
	of := func(path string) (sum [sha256.Size]byte, err error) {
		f, err := os.Open(path)
		if err != nil {
			return sum, err
		}
		defer f.Close()
		h := sha256.New()
		_, err = io.Copy(h, f)
		return [sha256.Size]byte(h.Sum(nil)), err
	}
	one, err := of(a)
	if err != nil {
		return err
	}
	two, err := of(b)
	if err == nil && one == two {
		err = fmt.Errorf("%s is the intact program: its edits change nothing", filepath.Base(filepath.Dir(a)))
	}
	return err
}
