package report_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	whole "github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/twins"
)

// The net under every change that is to change nothing: each derived file of each
// run is compared, byte by byte, with what is committed.

// raw are the files that everything else is drawn from.
var raw = []string{record.RunFile, record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.SamplesFile, record.StoriesFile}

// comparable reports whether a file is the same on every machine. The drawings are
// as far as floating-point arithmetic is: some CPUs fuse two operations.
func comparable(name string) bool {
	everywhere := name == report.ResultsFile || name == report.MarkdownFile
	return everywhere || runtime.GOOS+"/"+runtime.GOARCH == "linux/amd64"
}

// sums lists the derived files of a folder with their hashes, a line each.
func sums(t *testing.T, dir string) []byte {
	t.Helper()
	all := hashes(t, dir)
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !slices.Contains(raw, name) && !strings.HasPrefix(name, report.LanesDir) {
			fmt.Fprintf(&b, "%x  %s\n", all[name], name)
		}
	}
	return b.Bytes()
}

// onlyComparable drops the lines of files that this machine may draw otherwise.
func onlyComparable(list string) (lines []string) {
	for line := range strings.Lines(list) {
		if _, name, _ := strings.Cut(strings.TrimSpace(line), "  "); comparable(name) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestEveryByteOfTheMadeRuns(t *testing.T) {
	for name := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := draw(t, name)
			got := sums(t, dir)
			if *update {
				golden(t, name+"/sums.txt", got)
				return
			}
			want := string(read(t, "testdata", name+"/sums.txt"))
			for _, line := range changed(onlyComparable(want), onlyComparable(string(got))) {
				t.Errorf("not as committed: %s", line)
			}
		})
	}
}

// changed lists what is in one list and not in the other.
func changed(want, got []string) (lines []string) {
	for _, w := range want {
		if !slices.Contains(got, w) {
			lines = append(lines, "want "+strings.TrimSpace(w))
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			lines = append(lines, "have "+strings.TrimSpace(g))
		}
	}
	return lines
}

func TestANetWithAHoleIsNoticed(t *testing.T) {
	was := onlyComparable("aa  report.md\nbb  results.json\n")
	for _, is := range []string{"aa  report.md\n", "aa  report.md\ncc  results.json\n", "aa  report.md\nbb  results.json\ndd  report.md\n"} {
		if len(changed(was, onlyComparable(is))) == 0 {
			t.Errorf("%q passes for %q", is, was)
		}
	}
}

// The committed sample is what this code draws from its raw files.
func TestEveryByteOfTheSample(t *testing.T) {
	const sample = "../../reports/sample"
	dir := t.TempDir()
	for name := range hashes(t, sample) {
		if slices.Contains(raw, name) {
			if err := os.WriteFile(filepath.Join(dir, name), read(t, sample, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	styles := report.Styles{
		Flows: []whole.Flow{twins.Choreography.Flow(), twins.Orchestration.Flow()},
		Lanes: func(string) ([]byte, error) { return nil, nil }, // their drawings are compared where they are made
	}
	if _, err := report.Draw(dir, styles); err != nil {
		t.Fatal(err)
	}
	for _, line := range changed(onlyComparable(string(sums(t, sample))), onlyComparable(string(sums(t, dir)))) {
		t.Errorf("reports/sample is not what is drawn from its raw files: %s", line)
	}
}
