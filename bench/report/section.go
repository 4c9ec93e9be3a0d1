package report

import (
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/internal/lists"
)

// What a report is made of. The page and the Markdown only dress it.

// A section answers one question.
type section struct {
	ID, Title, Lead string
	Findings        []finding
	Figure          figure
	Tables          []table
	Lists           []list
}

// A finding is a sentence made from the numbers, and what it rests on.
type finding struct{ Topic, Text, Basis string }

// A figure is a drawing with what belongs to it, or the reason why there is none.
type figure struct {
	Name    string // of its files
	Title   string // in the picture
	Chart   plot.Chart
	How     string // how to read it
	Not     string // what it does not show
	Alt     string // what a reader who can't see it has to know
	Notes   []string
	Missing string // why it is left out, where it has no data
}

func (f figure) drawing() plot.Figure { return plot.Figure{Title: f.Title, Chart: f.Chart} }

// A table is one for the page, the Markdown and the terminal alike. A row of a
// single cell is a heading over the rows below it.
type table struct {
	Title string
	Head  []string
	Rows  [][]string
	Words int               // leading columns that hold words; the others hold numbers
	Links map[string]string // of cells that lead to a file, by their text
	Note  string
}

// A list is a titled list of sentences.
type list struct {
	Title string
	Items []string
}

// withRows are the tables but for those without a row.
func withRows(tables ...table) []table {
	return lists.Filter(tables, func(t table) bool { return len(t.Rows) > 0 })
}

// written are the findings but for those without a text.
func written(findings ...finding) []finding {
	return lists.Filter(findings, func(f finding) bool { return f.Text != "" })
}

// empty reports whether there is nothing under the heading but its lead.
func (s section) empty() bool {
	return s.Figure.Chart == nil && len(s.Findings) == 0 && len(s.Tables) == 0 && len(s.Lists) == 0
}
