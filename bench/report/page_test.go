package report_test

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/report"
)

// tag finds what a page could load, and what could run.
var (
	loads    = regexp.MustCompile(`(?i)<(script|link|img|iframe|object|embed|base|meta http-equiv|audio|video|source)\b|@import|url\(|xlink:href`)
	link     = regexp.MustCompile(`(?i)\b(?:href|src|srcset|action|data)="([^"]*)"`)
	handlers = regexp.MustCompile(`(?i)\son[a-z]+="|javascript:`)
)

func TestPageLoadsNothing(t *testing.T) {
	for name := range runs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, _ := draw(t, name)
			page := string(read(t, dir, report.PageFile))
			if found := loads.FindString(page); found != "" {
				t.Errorf("the page loads something: %s", found)
			}
			if found := handlers.FindString(page); found != "" {
				t.Errorf("the page runs something: %s", found)
			}
			for _, m := range link.FindAllStringSubmatch(page, -1) {
				if strings.Contains(m[1], ":") || strings.HasPrefix(m[1], "/") {
					t.Errorf("the page points outside its folder: %s", m[0])
				}
			}
			if strings.Contains(page, "://") {
				t.Error("the page holds an address")
			}
		})
	}
}

func TestTheGuardsBite(t *testing.T) {
	for _, bad := range []string{`<script src="x.js">`, `<LINK rel=stylesheet>`, `a{background:url(x.png)}`, `@import "x"`, `<img src="a.png">`} {
		if !loads.MatchString(bad) {
			t.Errorf("%s was not noticed", bad)
		}
	}
	if !handlers.MatchString(`<p onclick="x()">`) {
		t.Error("a handler was not noticed")
	}
}

// Every element is closed, and every row of a table has its cells.
func TestPageIsWellFormed(t *testing.T) {
	for name := range runs {
		dir, _ := draw(t, name)
		d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(string(read(t, dir, report.PageFile)), "<!DOCTYPE html>")))
		d.Entity = xml.HTMLEntity
		var head, cells int
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				switch e.Name.Local {
				case "table":
					head = 0
				case "tr":
					cells = 0
				case "th", "td":
					cells++
					for _, a := range e.Attr {
						if a.Name.Local == "colspan" {
							cells = head
						}
					}
				}
			case xml.EndElement:
				if e.Name.Local != "tr" {
					continue
				}
				if head == 0 {
					head = cells
				}
				if cells != head {
					t.Errorf("%s: a row of %d cells under a head of %d", name, cells, head)
				}
			}
		}
	}
}

func TestEverythingIsEscaped(t *testing.T) {
	dir, _ := draw(t, "unknown")
	page, text := string(read(t, dir, report.PageFile)), string(read(t, dir, report.MarkdownFile))
	if strings.Contains(page, "<b>lost") || !strings.Contains(page, "&lt;b&gt;lost") {
		t.Error("a warning became markup in the page")
	}
	if strings.Contains(text, "<b>lost") || strings.Contains(text, "| *all*") {
		t.Error("a warning became markup in the Markdown")
	}
}

// What must stand on every page, whatever the run was.
func TestPageHasItAll(t *testing.T) {
	for name := range runs {
		dir, r := draw(t, name)
		page := string(read(t, dir, report.PageFile))
		for _, want := range []string{
			"<strong>" + r.Verdict.String() + "</strong>", "When an order is settled", "What each side was given", "Policy, the same for both",
			"What this run does not measure", "Debugging.", "Visibility.", "The cost of change", "Machine", "Versions", "Load generator",
			"Every invariant", "Warnings", "no number here is a property of an engine", "2 cores, Example CPU", "sagabench bench --plan quick", "seed 1", `name="viewport"`, `lang="en"`,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
		if strings.Contains(page, "NaN") || strings.Contains(page, "%!") || strings.Contains(page, "+Inf") {
			t.Errorf("%s: a number was not written for people", name)
		}
	}
}

// A share is given where there is one, and its absence where there is none.
func TestSharesAreTold(t *testing.T) {
	for name, shared := range map[string]bool{"small": true, "ladder": false, "flooded": false} {
		dir, _ := draw(t, name)
		page := strings.ToLower(string(read(t, dir, report.PageFile)))
		if has := strings.Contains(page, "0.710 of its ceiling"); has != shared || has != strings.Contains(page, "of its ceiling") {
			t.Errorf("%s: the plot has a share: %v, want %v", name, has, shared)
		}
		if lacks := strings.Contains(page, "ceiling not measured in this run"); lacks == shared {
			t.Errorf("%s: the page reports that no ceiling was measured: %v", name, lacks)
		}
	}
}

func TestPageTellsWhatHappened(t *testing.T) {
	for name, wants := range map[string][]string{
		"small":   {"No violation in 1,984 orders: 12 invariants tested, 1 not tested: once.", "not tested<", "2.40\u00a0ms to 2.47\u00a0ms, claim: ok", "No more than before it (1) were open", "half of the charges refunded within", "The restaurant failed every call for 3 s", "at 95"},
		"broken":  {"Violations", "causes-first", "20 of"},
		"cut":     {"Interrupted.", "cut short"},
		"dead":    {"never with orchestration", "unsettled"},
		"unknown": {"rows are missing from the commit feed", "<li>Warning: 3 rows are missing from the commit feed (2 cells).</li>"},
		"alone":   {"Choreography alone"},
		"flooded": {"saturated", "fell behind"},
		"ladder":  {"above 400/s", "28.0\u2060–\u206032.0/s", "Below is the p90", "A bracket on the axis is a knee"},
		"six":     {"the 95\u00a0% interval of 6 repeats"},
	} {
		dir, _ := draw(t, name)
		page := string(read(t, dir, report.PageFile))
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", name, want)
			}
		}
	}
}
