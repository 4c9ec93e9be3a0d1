package report

import (
	"bytes"
	_ "embed"
	"html/template"
	"regexp"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
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
	"wide":  func(f figure) (template.HTML, error) { return inline(f, plot.Wide) },
	"thin":  func(f figure) (template.HTML, error) { return inline(f, plot.Narrow) },
	"words": func(t table, column int) bool { return column < t.Words },
	"files": func() []string {
		return []string{record.RunFile, record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.SamplesFile,
			ResultsFile, MarkdownFile, BenchFile}
	},
	"keep": keepTogether.Replace,
}).Parse(pageText))

// keepTogether keeps a number and its unit on one line.
var keepTogether = strings.NewReplacer(
	"–", "\u2060–\u2060", " ms", "\u00a0ms", " µs", "\u00a0µs", " s ", "\u00a0s ", " %", "\u00a0%", " ×", "\u00a0×", "≤ ", "≤\u00a0", "≥ ", "≥\u00a0", "n = ", "n\u00a0=\u00a0")

// page draws the whole report.
func (doc document) page() ([]byte, error) {
	var buf bytes.Buffer
	err := page.Execute(&buf, doc)
	return buf.Bytes(), err
}

// svgHead is all before the drawing's first element: XML header, comment and the
// root with its fixed size.
var svgHead = regexp.MustCompile(`(?s)^.*?<svg[^>]*viewBox="([^"]*)"[^>]*>`)

// inline makes an SVG part of the page: it takes the width that it is given.
func inline(f figure, l plot.Layout) (template.HTML, error) {
	svg, err := f.drawing().SVG(l)
	return template.HTML(svgHead.ReplaceAllString(string(svg), `<svg viewBox="$1" aria-hidden="true" focusable="false">`)), err
}
