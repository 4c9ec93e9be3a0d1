package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The sentence names the file that is not as it was before a run.
func TestChangedNeighbours(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(dir string) error
		want   string
	}{
		{"nothing", func(string) error { return nil }, ""},
		{"a new file", func(dir string) error { return os.WriteFile(filepath.Join(dir, "3-a", "new"), nil, 0o600) }, ""},
		{"a change", func(dir string) error { return os.WriteFile(filepath.Join(dir, "3-a", "c", "b.go"), nil, 0o600) }, "3-a/c/b.go was changed"},
		{"a removal", func(dir string) error { return os.Remove(filepath.Join(dir, "3-a", "a.md")) }, "3-a/a.md was removed"},
	} {
		dir := t.TempDir()
		put(t, dir, "3-a/a.md", "a")
		put(t, dir, "3-a/c/b.go", "b")
		before, err := PrintsOf(dir, "3-a")
		if err != nil || len(before) != 2 {
			t.Fatal(before, err)
		}
		if err := c.change(dir); err != nil {
			t.Fatal(err)
		}
		after, err := PrintsOf(dir, "3-a")
		if err != nil {
			t.Fatal(err)
		}
		if got := before.Changed(after); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}
