package report

import (
	"os"
	"path/filepath"
)

// Names of the derived files in a run folder.
const (
	ResultsFile  = "results.json"
	PageFile     = "index.html"
	MarkdownFile = "report.md"
	BenchFile    = "bench.txt"
	PlotsDir     = "plots"
	HgrmDir      = "hgrm"
	LanesDir     = "lanes" // an SVG for each order that the report leads to
)

// A file is a derived file, by its name in the run folder.
type file struct {
	name string
	text []byte
}

// save replaces the derived files. What an older drawing left in their folders is
// removed.
func save(dir string, files []file) error {
	for _, sub := range []string{PlotsDir, HgrmDir, LanesDir} {
		if err := os.RemoveAll(filepath.Join(dir, sub)); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, f.name)), 0o755); err != nil {
			return err
		}
		if err := replace(filepath.Join(dir, f.name), f.text); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
