package report_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/report"
)

// heading finds what a guide explains: a level of its own for each file and plot.
var heading = regexp.MustCompile("(?m)^### `([^`]+)`$")

// explained lists the headings of a guide, and those without a word of how they
// mislead. report.md has the content of the page, and is excused.
func explained(guide string) (names, trusting []string) {
	at := heading.FindAllStringSubmatchIndex(guide, -1)
	for i, m := range at {
		end := len(guide)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := guide[m[2]:m[3]]
		names = append(names, name)
		if !strings.Contains(guide[m[1]:end], "**It misleads**") && name != report.MarkdownFile {
			trusting = append(trusting, name)
		}
	}
	return names, trusting
}

// left lists what a drawn run folder holds; a plot is one thing in two files.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if strings.HasPrefix(name, report.PlotsDir) {
			name = strings.TrimSuffix(name, filepath.Ext(name))
		}
		if strings.HasPrefix(name, report.HgrmDir) {
			name = report.HgrmDir
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// The guide explains every file and plot that any run leaves behind, and nothing
// that no run leaves.
func TestGuideExplainsEveryFile(t *testing.T) {
	guide, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	names, trusting := explained(string(guide))
	for _, name := range trusting {
		t.Errorf("docs/results.md does not explain how %s misleads", name)
	}
	var all []string
	for run := range runs {
		dir, _ := draw(t, run)
		all = append(all, left(t, dir)...)
	}
	for _, name := range all {
		if !slices.Contains(names, name) {
			t.Errorf("docs/results.md does not explain %s", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			t.Errorf("docs/results.md explains %s, which no run leaves behind", name)
		}
	}
}

func TestGuideGapsAreNoticed(t *testing.T) {
	names, trusting := explained("### `a`\nIs a. **It misleads** at night.\n### `b`\nIs b.\n")
	if !slices.Equal(names, []string{"a", "b"}) || !slices.Equal(trusting, []string{"b"}) {
		t.Errorf("explained %q, without a warning %q", names, trusting)
	}
}
