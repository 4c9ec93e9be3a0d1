package report

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sagabench/sagabench/bench/measure"
)

// Results is results.json.
type Results = measure.Results

// Names of the derived files in a run folder.
const (
	ResultsFile  = "results.json"
	PageFile     = "index.html"
	MarkdownFile = "report.md"
	BenchFile    = "bench.txt"
	PlotsDir     = "plots"
)

// Draw reads the raw files of a run folder, judges and measures them, and writes
// everything that is derived from them, over what was there before. On an error
// in the raw files nothing is written.
func Draw(dir string) (Results, error) {
	d, err := load(dir)
	if err != nil {
		return Results{}, err
	}
	if err := d.judge(); err != nil {
		return Results{}, err
	}
	doc, err := d.document()
	if err != nil {
		return Results{}, err
	}
	files, err := render(doc, d.results)
	if err != nil {
		return Results{}, err
	}
	if err := os.MkdirAll(filepath.Join(dir, PlotsDir), 0o755); err != nil {
		return Results{}, err
	}
	for _, stale := range doc.LeftOut {
		for _, ext := range []string{".svg", ".png"} {
			if err := os.RemoveAll(filepath.Join(dir, PlotsDir, stale.Name+ext)); err != nil {
				return Results{}, err
			}
		}
	}
	for _, f := range files {
		if err := replace(filepath.Join(dir, f.name), f.text); err != nil {
			return Results{}, fmt.Errorf("write the report: %w", err)
		}
	}
	return d.results, nil
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
