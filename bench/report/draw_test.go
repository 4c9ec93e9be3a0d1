package report_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
)

// hashes reads a folder: the file names and what is in them.
func hashes(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	m := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		m[name] = sha256.Sum256(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDrawnTwiceIsTheSame(t *testing.T) {
	once := fresh(t, "small")
	if _, err := report.Draw(once, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	first := hashes(t, once)
	if _, err := report.Draw(once, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, hashes(t, once)); diff != "" {
		t.Errorf("redrawing changed files:\n%s", diff)
	}
	elsewhere, _ := draw(t, "small")
	if diff := cmp.Diff(first, hashes(t, elsewhere)); diff != "" {
		t.Errorf("the same run in another folder looks different:\n%s", diff)
	}
}

// The stories of a run may take a tenth of its folder, for which a report is counted.
func TestReportsTakeWhatStoriesCountOn(t *testing.T) {
	for name := range runs {
		dir, _ := draw(t, name)
		drawn := int64(0)
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || slices.Contains(raw, e.Name()) {
				return err
			}
			info, err := e.Info()
			if err == nil {
				drawn += info.Size()
			}
			return err
		})
		if err != nil || drawn < record.Drawn {
			t.Errorf("the report on %s takes %d bytes (%v), want %d at least", name, drawn, err, record.Drawn)
		}
	}
}

func TestRawFilesAreLeftAlone(t *testing.T) {
	dir := fresh(t, "smoke")
	before := hashes(t, dir)
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	after := hashes(t, dir)
	for name, sum := range before {
		if after[name] != sum {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestDamagedFolderGetsNoReport(t *testing.T) {
	for _, name := range []string{record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.SamplesFile, record.StoriesFile} {
		dir := fresh(t, "smoke")
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not gzip"), 0o644); err != nil {
			t.Fatal(err)
		}
		before := hashes(t, dir)
		if _, err := report.Draw(dir, report.Styles{}); !errors.Is(err, record.ErrDamaged) {
			t.Errorf("%s: error %v, want %v", name, err, record.ErrDamaged)
		}
		if diff := cmp.Diff(before, hashes(t, dir)); diff != "" {
			t.Errorf("%s: something was written:\n%s", name, diff)
		}
	}
}

// A plot without data is not there, not even an old one, and the report explains why.
func TestPlotsWithoutData(t *testing.T) {
	dir := fresh(t, "smoke")
	stale := filepath.Join(dir, report.PlotsDir, "outage.svg")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale, []byte("<svg/>"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the plot of an outage that this run has not is still there")
	}
	for _, name := range []string{report.PageFile, report.MarkdownFile} {
		text := string(read(t, dir, name))
		for _, why := range []string{"the run has no cell with an outage", "a line needs two"} {
			if !strings.Contains(text, why) {
				t.Errorf("%s does not report: %s", name, why)
			}
		}
	}
}

// Cells with settings of their own are listed, and change no sentence, plot or
// table about the run's own settings. A throughput of theirs has a line of its
// own, with its durability.
func TestOtherSettingsStayApart(t *testing.T) {
	about := func(shapes []shape) string {
		dir := t.TempDir()
		if err := write(dir, shapes, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Draw(dir, report.Styles{}); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(read(t, dir, report.MarkdownFile)), "## What refusals do")
		text, _, ok := strings.Cut(rest, "## Was every order")
		if !ok {
			t.Fatal("the report lacks a section")
		}
		return text
	}
	own := smallShapes()
	other := append(smallShapes(),
		shape{name: "power-50", kind: record.KindRefused, rate: 12, seconds: 5, repeats: []int{1}, styles: both, faults: refuse(50), durability: "power"},
		shape{name: "memory-full", kind: record.KindSaturation, rate: 70, seconds: 3, repeats: []int{1}, styles: both[1:], durability: "memory"})
	const line = "| orchestration | saturated | memory | 37.8/s | ceiling not measured in this run | – | – | – |\n"
	with := about(other)
	if !strings.Contains(with, line) {
		t.Errorf("no line %q", line)
	}
	if diff := cmp.Diff(about(own), strings.ReplaceAll(with, line, "")); diff != "" {
		t.Errorf("cells with other settings changed what is reported of the run's own:\n%s", diff)
	}
}

// The main table has a line for each durability that was driven to its limit, and
// no number for a style that was not.
func TestThroughputByDurability(t *testing.T) {
	dir := t.TempDir()
	shapes := append(smallShapes(), shape{name: "memory-full", kind: record.KindSaturation, rate: 70, seconds: 3, repeats: []int{1}, styles: both[1:], durability: "memory"})
	if err := write(dir, shapes, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	const line = "| orders/s at most, zero service time, durability memory | not measured | 37.8/s |"
	if !strings.Contains(string(read(t, dir, report.MarkdownFile)), line) {
		t.Errorf("no line %q", line)
	}
}

// Cells at a share of each style's capacity are points of the throughput plot.
func TestLoadedCellsAreDrawn(t *testing.T) {
	plot := func(shapes []shape) string {
		dir := t.TempDir()
		if err := write(dir, shapes, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := report.Draw(dir, report.Styles{}); err != nil {
			t.Fatal(err)
		}
		return string(read(t, dir, report.PlotsDir+"/throughput.svg"))
	}
	all := ladderShapes()
	without := slices.DeleteFunc(slices.Clone(all), func(s shape) bool { return s.kind == record.KindLoaded })
	if more := strings.Count(plot(all), "<path") - strings.Count(plot(without), "<path"); more < 4 {
		t.Errorf("the loaded cells of two styles in two repeats added %d strokes", more)
	}
}

func TestVerdicts(t *testing.T) {
	for name, want := range map[string]string{"small": "holds", "broken": "broken", "unknown": "unknown", "cut": "unknown", "dead": "broken", "empty": "unknown"} {
		_, r := draw(t, name)
		if r.Verdict.String() != want {
			t.Errorf("%s: verdict %s, want %s: %v", name, r.Verdict, want, r.Reasons)
		}
		reasons := len(r.Reasons)
		for _, c := range r.Cells {
			reasons += len(c.Reasons)
		}
		if r.Verdict == invariant.Unknown && reasons == 0 {
			t.Errorf("%s: unknown without a reason", name)
		}
		if r.Verdict == invariant.Broken && len(r.Violations) == 0 {
			t.Errorf("%s: broken without a violation", name)
		}
	}
}
