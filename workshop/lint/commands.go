package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// aloneCompiles proves that the solution's folder compiles by itself, as it does in the
// source of the project. So nothing in it leans on what a learner edits.
func (p *proving) aloneCompiles() ([]proof, error) {
	solution := map[string][]byte{}
	folders := map[string]bool{}
	for name, text := range p.exercise.Solution() {
		to := path.Join(p.exercise.Folder, "solution", strings.TrimPrefix(name, p.exercise.Folder+"/"))
		solution[to] = text
		if strings.HasSuffix(name, ".go") {
			folders["./"+path.Dir(to)] = true
		}
	}
	if len(folders) == 0 {
		return nil, nil
	}
	dir, err := p.folder(solution, nil)
	return []proof{{exercise: p.exercise, what: "solution folder compiles alone", tries: []try{func(ctx context.Context) (string, error) {
		c := exec.CommandContext(ctx, "go", append([]string{"vet"}, slices.Sorted(maps.Keys(folders))...)...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "PWD="+dir)
		out, err := c.CombinedOutput()
		if err != nil && ctx.Err() == nil {
			return strings.TrimSpace(string(out)) + " (" + err.Error() + ")", nil
		}
		return "", ctx.Err()
	}}}}, err
}

// commands proves that what the README tells a learner to type works, for one who has
// solved the exercise. Each command gets a copy of its own.
func (p *proving) commands() (all []proof, err error) {
	readme, err := p.readme()
	if err != nil {
		return nil, nil // texts reports it
	}
	bin := filepath.Join(p.Dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(p.Exe, filepath.Join(bin, "sagabench")); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	for _, command := range commandsOf(readme) {
		dir, err := p.folder(p.exercise.Solution(), p.right)
		if err != nil {
			return nil, err
		}
		all = append(all, proof{exercise: p.exercise, what: "README: " + command, tries: []try{func(ctx context.Context) (string, error) {
			return typed(ctx, command, dir, bin)
		}}})
	}
	return all, nil
}

// commandsOf are the sagabench commands in the blocks of a page.
func commandsOf(page string) (all []string) {
	inside := false
	joined := strings.ReplaceAll(page, "\\\n", " ")
	for line := range strings.SplitSeq(joined, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			inside = !inside
			continue
		}
		line = strings.TrimPrefix(line, "$ ")
		if inside && strings.HasPrefix(line, "sagabench ") && !slices.Contains(all, line) {
			all = append(all, strings.Join(strings.Fields(line), " "))
		}
	}
	return all
}

// commandLimit is far above what any command of a README takes.
const commandLimit = 3 * time.Minute

// typed runs a command as a shell does. One that goes on until it is interrupted is, once
// it has said what it says.
func typed(ctx context.Context, command, dir, bin string) (wrong string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, commandLimit, errors.New("goes on and on"))
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "PWD="+dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	if strings.Contains(command, " watch") {
		enough := &until{of: []byte("solution "), then: func() { c.Process.Signal(os.Interrupt) }}
		c.Stdout = enough
	}
	switch err := c.Run(); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("%v: %s", context.Cause(ctx), strings.TrimSpace(out.String())), nil
	case err != nil && ctx.Err() == nil:
		return fmt.Sprintf("%v: %s", err, strings.TrimSpace(out.String())), nil
	}
	return "", ctx.Err()
}

// until looks for what is written, and does something when it comes.
type until struct {
	of   []byte
	then func()
	seen []byte
}

func (u *until) Write(b []byte) (int, error) {
	before := bytes.Contains(u.seen, u.of)
	u.seen = append(u.seen, b...)
	if !before && bytes.Contains(u.seen, u.of) {
		u.then()
	}
	return len(b), nil
}
