package folder_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// A newer program replaces what is given, keeps what stood there, and leaves the rest.
func TestUpdate(t *testing.T) {
	f, e := initiated(t)
	if note, err := f.Update("v1"); note != "" || err != nil {
		t.Errorf("nothing is new: %q, %v", note, err)
	}
	put(t, f, "9-toy/choreography/mine.go", "mine")
	put(t, f, "9-toy/choreography/glue.go", "tried something")
	e.Files.(fstest.MapFS)["9-toy/README.md"] = &fstest.MapFile{Data: []byte("read me anew\n")}
	note, err := f.Update("v2")
	if want := "given files are now those of sagabench v2, and were of v1 (2 written; "; err != nil || !strings.HasPrefix(note, want) || strings.Contains(note, "\n") {
		t.Errorf("note %q, %v; want %q", note, err, want)
	}
	if read(t, f, "9-toy/README.md") != "read me anew\n" || read(t, f, "9-toy/choreography/glue.go") != "package main // glue\n" {
		t.Error("given files are old")
	}
	if read(t, f, "9-toy/choreography/mine.go") != "mine" {
		t.Error("the learner's file was changed")
	}
	kept, err := filepath.Glob(filepath.Join(f.Dir, ".learn/backup/given-*/9-toy/choreography/glue.go"))
	if text, _ := os.ReadFile(kept[0]); err != nil || len(kept) != 1 || string(text) != "tried something" {
		t.Errorf("kept %v: %s, %v", kept, text, err)
	}
	if note, err := f.Update("v2"); note != "" || err != nil {
		t.Errorf("a second time: %q, %v", note, err)
	}
}

// Given code that is not as it was given is named: a check does not use it. Pages and the
// learner's own files are no such code, and neither is a package of their own in the kit.
func TestIgnored(t *testing.T) {
	f, e := initiated(t)
	for _, step := range []struct{ name, text, want string }{
		{"9-toy/README.md", "my notes\n", ""},
		{"9-toy/choreography/mine.go", "mine", ""},
		{"9-toy/choreography/new.go", "package main", ""},
		{"kit/mine/mine.go", "package mine", ""},
		{"kit/kit.go", "package kit", "kit/kit.go was changed; the check uses the original"},
		{"9-toy/choreography/glue.go", "", "9-toy/choreography/glue.go was removed (and 1 more); the check uses the originals"},
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(f.Dir, step.name)), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, f, step.name, step.text)
		if step.text == "" {
			if err := os.Remove(filepath.Join(f.Dir, step.name)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := f.Ignored(e); err != nil || got != step.want {
			t.Errorf("%s: %q, %v; want %q", step.name, got, err, step.want)
		}
	}
	f, e = initiated(t)
	put(t, f, "kit/more.go", "package kit")
	if got, err := f.Ignored(e); err != nil || got != "kit/more.go was added; the check uses the original" {
		t.Errorf("%q, %v", got, err)
	}
}
