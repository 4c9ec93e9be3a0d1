package devserver_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/internal/devserver"
)

func TestFindTemporalOnPath(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "temporal-devserver")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	got, err := devserver.FindTemporal(t.Context(), io.Discard)
	if err != nil || got != want {
		t.Fatalf("found %q, %v; want %q", got, err, want)
	}
}

func TestFindTemporalNowhere(t *testing.T) {
	for _, test := range []struct{ name, path, want string }{
		{"without Go", t.TempDir(), "there is no Go to build it"},
		{"outside the source tree", os.Getenv("PATH"), "this folder is not in the source tree"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			t.Chdir(t.TempDir())
			path, err := devserver.FindTemporal(t.Context(), io.Discard)
			if err == nil {
				t.Fatalf("found %s", path)
			}
			checkRefusal(t, err, test.want, "go install")
		})
	}
}

// In the source tree the binary is built, and a newcomer is shown how long it
// may take.
func TestFindTemporalBuilds(t *testing.T) {
	if path, err := exec.LookPath("temporal-devserver"); err == nil {
		t.Skipf("nothing to build: there is %s", path)
	}
	var progress strings.Builder
	path, err := devserver.FindTemporal(t.Context(), &progress)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 {
		t.Fatalf("%s is no program: %v, %v", path, info, err)
	}
	if !strings.Contains(progress.String(), "minutes the first time") {
		t.Fatalf("progress = %q", &progress)
	}
}
