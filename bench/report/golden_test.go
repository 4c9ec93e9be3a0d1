package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/perf/benchfmt"

	"github.com/sagabench/sagabench/bench/report"
)

var update = flag.Bool("update", false, "write what the tests see to testdata")

// golden compares text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./bench/report -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s has changed (-want +got); if that is right: go test ./bench/report -update\n%s", path, diff)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestGoldenText(t *testing.T) {
	for name := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, r := draw(t, name)
			var summary bytes.Buffer
			if err := report.Summary(&summary, r); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"/summary.txt", summary.Bytes())
			switch name {
			case "small", "broken", "cut", "four":
				golden(t, name+"/report.md", read(t, dir, report.MarkdownFile))
			case "smoke", "dead":
				golden(t, name+"/results.json", read(t, dir, report.ResultsFile))
				golden(t, name+"/bench.txt", read(t, dir, report.BenchFile))
			}
		})
	}
}

// benchstat reads bench.txt.
func TestBenchFormat(t *testing.T) {
	dir, r := draw(t, "small")
	reader := benchfmt.NewReader(bytes.NewReader(read(t, dir, report.BenchFile)), report.BenchFile)
	lines, units := 0, map[string]bool{}
	for reader.Scan() {
		switch rec := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(rec)
		case *benchfmt.Result:
			lines++
			if got := rec.GetConfig("seed"); got != "1" {
				t.Errorf("seed %q", got)
			}
			for _, v := range rec.Values {
				units[v.Unit] = true
			}
		}
	}
	if lines != len(r.Cells) {
		t.Errorf("%d lines for %d cells", lines, len(r.Cells))
	}
	for _, u := range []string{"p50-ms", "orders/s", "violations", "restaurant_failed-p50-ms", "server-cpu-ms/order"} {
		if !units[u] {
			t.Errorf("no value in %s; there are %v", u, units)
		}
	}
}
