package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The lanes of the committed sample are what this code draws from its raw files.
func TestLanesOfTheSample(t *testing.T) {
	const sample = "../../reports/sample"
	files, err := filepath.Glob(sample + "/lanes/*.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	draw := drawnBy(sample).Lanes
	for _, name := range files {
		order := strings.TrimSuffix(filepath.Base(name), ".svg")
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := draw(order)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what is drawn (%d bytes, want %d; %v); sagabench report %s", name, len(got), len(want), err, sample)
		}
	}
}
