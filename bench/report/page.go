package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"regexp"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

// page is one file that needs nothing else: no script, no font, no picture from
// elsewhere. All text goes through the template's escaping; only the drawings
// and the style sheet, which are made here, are put in as they are.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"style": func() template.CSS { return template.CSS(pageStyle) },
	"wide":  func(f *figure) (template.HTML, error) { return inline(f, wide) },
	"thin":  func(f *figure) (template.HTML, error) { return inline(f, narrow) },
	"words": func(t table, column int) bool { return column < t.Words },
	"day":   func(d document) string { return d.Run.Started.UTC().Format("2 January 2006, 15:04 UTC") },
	"files": func() []string {
		return []string{"run.json", "orders.csv.gz", "effects.csv.gz", "faults.jsonl", "samples.csv.gz", ResultsFile, MarkdownFile, BenchFile}
	},
	"keep": keepTogether.Replace,
}).Parse(pageText))

// keepTogether keeps a number and its unit on one line.
var keepTogether = strings.NewReplacer(
	"–", "\u2060–\u2060", " ms", "\u00a0ms", " µs", "\u00a0µs", " s ", "\u00a0s ", " %", "\u00a0%", " ×", "\u00a0×", "≤ ", "≤\u00a0", "≥ ", "≥\u00a0", "n = ", "n\u00a0=\u00a0")

// page draws the whole report.
func (doc document) page() ([]byte, error) {
	doc.Sections = slices.DeleteFunc(slices.Clone(doc.Sections), section.empty)
	var buf bytes.Buffer
	if err := page.Execute(&buf, doc); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// svgHead is all before the drawing's first element: XML header, comment and the
// root with its fixed size.
var svgHead = regexp.MustCompile(`(?s)^.*?<svg[^>]*viewBox="([^"]*)"[^>]*>`)

// inline makes an SVG part of the page: it takes the width that it is given.
func inline(f *figure, l layout) (template.HTML, error) {
	svg, err := f.SVG(l)
	if err != nil {
		return "", err
	}
	return template.HTML(svgHead.ReplaceAllString(string(svg), `<svg viewBox="$1" aria-hidden="true" focusable="false">`)), nil
}
