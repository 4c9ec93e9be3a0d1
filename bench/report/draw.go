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
	HgrmDir      = "hgrm"
)

// Draw reads the raw files of a run folder, judges and measures them, and writes
// everything that is derived from them, over what was there before. On an error
// in the raw files nothing is written.
func Draw(dir string) (Results, error) {
	d, err := read(dir)
	if err != nil {
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
	histograms, err := d.histograms()
	if err != nil {
		return Results{}, err
	}
	files = append(files, histograms...)
	if err := os.RemoveAll(filepath.Join(dir, HgrmDir)); err != nil {
		return Results{}, err
	}
	for _, sub := range []string{PlotsDir, HgrmDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return Results{}, err
		}
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

// Read judges and measures a run folder and writes nothing. It believes the raw
// files alone, whatever was derived from them before.
func Read(dir string) (Results, error) {
	d, err := read(dir)
	if err != nil {
		return Results{}, err
	}
	return d.results, nil
}

func read(dir string) (*data, error) {
	d, err := load(dir)
	if err != nil {
		return nil, err
	}
	return d, d.judge()
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	fresh := path + ".new"
	if err := os.WriteFile(fresh, text, 0o644); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
