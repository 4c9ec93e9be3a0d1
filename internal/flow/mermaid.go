package flow

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
)

// Mermaid draws a flow: a box for each call, and arrows by what carries them. What is
// rejected has dotted arrows. Where one part of the program knows the flow a frame stands
// around all calls; otherwise each has the colour of its service.
func (f Flow) Mermaid(out io.Writer) error {
	d := drawing{}
	d.line("flowchart LR")
	if f.Frame != "" {
		d.line("  subgraph frame[\"%s\"]", f.Frame)
	}
	d.nodes(f)
	if f.Frame != "" {
		d.line("  end")
	}
	for _, e := range f.Edges {
		d.edge(e)
	}
	if f.Frame == "" {
		for i, s := range food.AllServices {
			d.line("  classDef %s fill:%s,stroke:#555,color:#111", class(s), fills[i])
		}
	}
	_, err := io.WriteString(out, d.String())
	return err
}

// fills are the colours of the services. The box says the service too, for whoever sees no
// colour.
var fills = []string{"#e3e3e3", "#f6cfa0", "#bfe3c0", "#bcd7f2", "#e7c9ea", "#f5eaa8"}

type drawing struct{ strings.Builder }

func (d *drawing) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// nodes are the calls, and a knot where several calls follow from one answer.
func (d *drawing) nodes(f Flow) {
	for _, s := range food.AllServices {
		for _, c := range food.Actions[s] {
			if !slices.ContainsFunc(f.Edges, func(e Edge) bool { return e.Call == c || slices.Contains(e.Then, c) }) {
				continue
			}
			if f.Frame != "" {
				d.line("    %s[\"%s\"]", id(string(c)), name(c))
			} else {
				d.line("  %s[\"%s<br/>%s\"]:::%s", id(string(c)), name(c), s, class(s))
			}
		}
	}
	for _, e := range f.Edges {
		if e.knotted() {
			d.line("  %s([\"%s\"])", e.knot(), e.caption())
		}
	}
}

// edge is an arrow to each call, or to the knot and from there to each.
func (d *drawing) edge(e Edge) {
	arrow := "-->"
	if e.Answers[0] != Done {
		arrow = "-.->"
	}
	from := id(string(e.Call))
	if p := e.points()[0]; slices.Contains(persons, p) {
		from, arrow = fmt.Sprintf("%s((\"%s\"))", from, phrase(e.points())), "-->"
	}
	var to []string
	for _, c := range e.Then {
		to = append(to, id(string(c)))
	}
	if e.knotted() {
		d.line("  %s %s %s", from, arrow, e.knot())
		from = e.knot()
	} else {
		arrow += "|\"" + e.caption() + "\"|"
	}
	if len(to) > 0 {
		d.line("  %s %s %s", from, arrow, strings.Join(to, " & "))
	}
}

// knotted says whether the edge needs a place of its own in the picture.
func (e Edge) knotted() bool { return len(e.Then) != 1 }

func (e Edge) knot() string { return id(e.label()) }

// caption is what is written at an edge: the answer, how it is carried and, of a run, how
// often.
func (e Edge) caption() string {
	text := strings.TrimPrefix(e.label(), string(e.Call)+" ")
	if slices.Contains(persons, e.points()[0]) {
		text = ""
	}
	if e.By != "history" {
		text = strings.TrimSpace(text + "<br/>" + e.By)
	}
	if e.Seen != nil {
		text += fmt.Sprintf("<br/>%d orders", e.Seen.Orders)
	}
	return strings.TrimPrefix(text, "<br/>")
}

// id makes a name of a node from words.
func id(words string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return '_'
		}
		return r
	}, strings.ToLower(words))
}

// class is a service's. Mermaid has a meaning of its own for some words.
func class(s food.Service) string { return "of_" + string(s) }
