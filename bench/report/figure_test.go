package report_test

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/report"
)

// A label is a piece of text in a drawing and the room it takes.
type label struct {
	text           string
	x0, x1, y0, y1 float64
}

var (
	textTag = regexp.MustCompile(`(?s)<text textLength="([0-9.e+-]+)"[^>]*? x="([0-9.e+-]+)" y="([0-9.e+-]+)"[^>]*font-size:([0-9.]+)px[^>]*>([^<]*)</text>`)
	anyText = regexp.MustCompile(`<text `)
	viewBox = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) ([0-9.]+)"`)
	drawing = regexp.MustCompile(`(?s)<svg viewBox.*?</svg>`)
)

// labels reads all text of a drawing.
func labels(t *testing.T, svg string) (all []label, width, height float64) {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, m := range textTag.FindAllStringSubmatch(svg, -1) {
		w, x, y, size := number(m[1]), number(m[2]), -number(m[3]), number(m[4])
		all = append(all, label{html.UnescapeString(m[5]), x, x + w, y - 0.18*size, y + 0.7*size})
	}
	if n := len(anyText.FindAllString(svg, -1)); n != len(all) {
		t.Fatalf("%d of %d texts could be read", len(all), n)
	}
	box := viewBox.FindStringSubmatch(svg)
	return all, number(box[1]), number(box[2])
}

func overlap(a, b label) bool {
	return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1
}

// check reports labels that run into each other or out of the drawing.
func check(t *testing.T, svg string) (faults []string) {
	all, width, height := labels(t, svg)
	for i, a := range all {
		if a.x0 < 0 || a.x1 > width || a.y0 < 0 || a.y1 > height {
			faults = append(faults, fmt.Sprintf("%q leaves the drawing of %g × %g: %+v", a.text, width, height, a))
		}
		for _, b := range all[:i] {
			if overlap(a, b) {
				faults = append(faults, fmt.Sprintf("%q and %q overlap", a.text, b.text))
			}
		}
	}
	return faults
}

func TestLabelsKeepApart(t *testing.T) {
	for name := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := draw(t, name)
			// The page holds every figure in both widths.
			for _, svg := range drawing.FindAllString(string(read(t, dir, report.PageFile)), -1) {
				for _, fault := range check(t, svg) {
					t.Error(fault)
				}
			}
		})
	}
}

func TestOverlapIsNoticed(t *testing.T) {
	text := func(x float64, s string) string {
		return fmt.Sprintf(`<text textLength="20" lengthAdjust="spacing" x="%g" y="-50" style="font-size:9px">%s</text>`, x, s)
	}
	svg := `<svg viewBox="0 0 100 100">` + text(10, "a") + text(25, "b") + text(90, "c") + `</svg>`
	if faults := check(t, svg); len(faults) != 2 {
		t.Errorf("want an overlap and a label that leaves the drawing, got %q", faults)
	}
}

func TestPlotFiles(t *testing.T) {
	dir, _ := draw(t, "small")
	for _, name := range []string{"timeline", "latency", "failures", "throughput", "outcomes", "compensation", "outage"} {
		svg := string(read(t, dir, filepath.Join(report.PlotsDir, name+".svg")))
		switch {
		case !strings.HasPrefix(svg, "<?xml"):
			t.Errorf("%s.svg does not begin as an SVG file", name)
		case strings.Contains(svg, "serif") && !strings.Contains(svg, "sans-serif"), strings.Contains(svg, "Liberation Serif"):
			t.Errorf("%s.svg has a font with serifs", name)
		}
		png, err := os.ReadFile(filepath.Join(dir, report.PlotsDir, name+".png"))
		if err != nil || len(png) < 1000 {
			t.Errorf("%s.png: %d bytes, %v", name, len(png), err)
		}
	}
}
