package workshop_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/workshop"
)

var update = flag.Bool("update", false, "write go.mod.txt and go.sum.txt anew, from the project's own")

// oldest is a Go that is old enough for learners. Tidy takes a newer one where a module
// asks for it.
const oldest = "1.26.0"

// The learner's module has what these import, whichever exercises there are.
const uses = `package uses

import (
	_ "github.com/nats-io/nats.go"
	_ "github.com/nats-io/nats.go/jetstream"
	_ "go.temporal.io/api/enums/v1"
	_ "go.temporal.io/api/serviceerror"
	_ "go.temporal.io/sdk/activity"
	_ "go.temporal.io/sdk/client"
	_ "go.temporal.io/sdk/interceptor"
	_ "go.temporal.io/sdk/temporal"
	_ "go.temporal.io/sdk/worker"
	_ "go.temporal.io/sdk/workflow"
)
`

// The learner's module requires what its programs import and nothing else, at the
// project's own versions, so that both share what is downloaded and compiled.
func TestModule(t *testing.T) {
	if *update {
		anew(t)
	}
	dir := written(t)
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), text)
	}
	ours := requirements(t, filepath.Join("..", "go.mod"))
	for module, version := range requirements(t, filepath.Join(dir, "go.mod")) {
		if ours[module] != version {
			t.Errorf("go.mod.txt requires %s %s, the project %q: -update writes it anew", module, version, ours[module])
		}
	}
	if out, err := command(dir, "mod", "tidy", "-diff").CombinedOutput(); err != nil {
		t.Errorf("go mod tidy would change the learner's module: -update writes it anew\n%s", out)
	}
	if out, err := command(dir, "list", "-deps", "./...").CombinedOutput(); err != nil {
		t.Errorf("the exercises import what the learner's module has not\n%s", out)
	}
}

// written is a folder with everything that is embedded, and with an import of all that
// the module is to have.
func written(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	err := fs.WalkDir(workshop.Embedded, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := workshop.Embedded.ReadFile(file)
		write(t, filepath.Join(dir, filepath.FromSlash(file)), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "uses", "uses.go"), []byte(uses))
	return dir
}

// anew writes go.mod.txt and go.sum.txt. It asks for everything that the project
// requires and lets tidy leave out what is not used: so the versions are the project's.
func anew(t *testing.T) {
	dir := written(t)
	var mod strings.Builder
	fmt.Fprintf(&mod, "module %s\n\ngo %s\n\nrequire (\n", workshop.Module, oldest)
	for module, version := range requirements(t, filepath.Join("..", "go.mod")) {
		fmt.Fprintf(&mod, "\t%s %s // indirect\n", module, version)
	}
	mod.WriteString(")\n")
	sum, err := os.ReadFile(filepath.Join("..", "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), []byte(mod.String()))
	write(t, filepath.Join(dir, "go.sum"), sum)
	// What is left out may have asked for a newer Go than the rest does.
	for _, args := range [][]string{{"tidy"}, {"edit", "-go=" + oldest}, {"tidy"}} {
		if out, err := command(dir, append([]string{"mod"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, name+".txt", text)
	}
}

// requirements returns a module's requirements, by path.
func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	out, err := command("", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	required := map[string]string{}
	for _, r := range mod.Require {
		required[r.Path] = r.Version
	}
	return required
}

func command(dir string, args ...string) *exec.Cmd {
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "PWD="+dir)
	return c
}

func write(t *testing.T, file string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
