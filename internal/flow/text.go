package flow

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/sagabench/sagabench/food"
)

// In text, "∥" stands between calls that begin at the same time, and "↩" before one that
// undoes another.

const follows = "WHAT FOLLOWS (∥ at once, ↩ undoes)"

// set is a set of calls in a line.
func set(calls []food.Action) string {
	return strings.ReplaceAll(lines(calls, name), "\n", " ∥ ")
}

func name(c food.Action) string {
	if c.Undoes() != "" {
		return "↩ " + string(c)
	}
	return string(c)
}

// label is a place in words, such as "charge rejected, unless cancelled".
func (p Place) label() string {
	text := phrase(p.points())
	if p.After != nil {
		text += ", after " + phrase(p.After)
	}
	switch p.When {
	case Uncancelled:
		text += ", unless cancelled"
	case Cancelled:
		text += ", once cancelled"
	}
	return text
}

// phrase is a list of points, those of one call together. Refused and given up are
// rejected.
func phrase(points []Point) string {
	var parts []string
	for i := 0; i < len(points); {
		call, answers := points[i].Call, []string{}
		for ; i < len(points) && points[i].Call == call; i++ {
			if points[i].Answer == Refused && i+1 < len(points) && points[i+1] == (Point{call, GaveUp}) {
				answers = append(answers, "rejected")
				i++
				continue
			}
			answers = append(answers, words[points[i].Answer])
		}
		parts = append(parts, string(call)+" "+enumerate(answers))
	}
	return enumerate(parts)
}

var words = map[Answer]string{
	Done: "done", Refused: "refused", GaveUp: "given up", Undone: "undone", Nothing: "with nothing to undo",
	OrderPlaced.Answer: "placed", CustomerCancels.Answer: "cancels", PersonResolves.Answer: "resolves",
}

// enumerate is "a, b or c".
func enumerate(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return strings.Join(words, "")
}

// drawn prints rows as a table, with lines below it. A cell may have several lines.
func drawn(out io.Writer, rows [][]string, below []string) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		lines := 1
		for _, cell := range row {
			lines = max(lines, 1+strings.Count(cell, "\n"))
		}
		for n := range lines {
			for _, cell := range row {
				fmt.Fprint(table, append(strings.Split(cell, "\n"), make([]string, lines)...)[n], "\t")
			}
			fmt.Fprintln(table)
		}
	}
	table.Flush()
	for _, line := range below {
		fmt.Fprintln(&text, strings.ReplaceAll(wrap(strings.Fields(line), 110), "\n", "\n  "))
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// wrapped is a set of calls in lines of a width.
func wrapped(calls []food.Action, width int) string {
	var words []string
	for i, c := range calls {
		words = append(words, name(c))
		if i+1 < len(calls) {
			words[i] += " ∥"
		}
	}
	return cmp.Or(wrap(words, width), "nothing")
}

// wrap sets words in lines of a width.
func wrap(words []string, width int) string {
	text, line := "", ""
	for _, word := range words {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			text, line = text+line+"\n", ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return text + line
}

// Text draws a flow, an edge a line, and says what leads nowhere. Where no part of the
// program knows it all, each call stands with its service.
func (f Flow) Text(out io.Writer) error {
	rows := [][]string{{"WHAT HAPPENED", follows, "BY"}}
	if f.Frame == "" {
		rows = [][]string{{"WHAT HAPPENED", "IS PUBLISHED AS", "RECEIVED BY", "WHICH CALLS (↩ undoes)"}}
	}
	for _, e := range f.Edges {
		if f.Frame == "" {
			rows = append(rows, []string{e.label(), e.By, lines(e.Then, serviceOf), lines(e.Then, name)})
		} else {
			rows = append(rows, []string{e.label(), e.then(50), e.By})
		}
	}
	return drawn(out, rows, f.Gaps)
}

// missing stands where there is nothing.
const missing = "–"

func lines(calls []food.Action, of func(food.Action) string) string {
	var all []string
	for _, c := range calls {
		all = append(all, of(c))
	}
	return cmp.Or(strings.Join(all, "\n"), missing)
}

func serviceOf(call food.Action) string {
	for service, actions := range food.Actions {
		if slices.Contains(actions, call) {
			return string(service)
		}
	}
	return ""
}

// Text draws the flow with the number of orders that were at each edge, and says what was
// not as the flow has it.
func (o *Observed) Text(out io.Writer) error {
	rows := [][]string{{"WHAT HAPPENED", "ORDERS", follows, "BY"}}
	for _, e := range o.Edges {
		rows = append(rows, []string{e.label(), fmt.Sprintf("%6d", e.Seen.Orders), e.then(44), e.By})
	}
	return drawn(out, rows, append(o.notes(), o.Gaps...))
}

func (e Edge) then(width int) string {
	text := wrapped(e.Then, width)
	if e.Sometimes {
		return text + "\n(not each time)"
	}
	return text
}

// Both draws two flows as one, with how each of them carries an edge: in a frame, where one
// part of the program has all of them. A condition that one of them has alone is left out:
// [Diff] has it.
func Both(out io.Writer, a, b Flow) error {
	const width = 40 // so that all is at most 120 wide
	rows := [][]string{{"WHAT HAPPENED", follows, a.framed(strings.ToUpper(a.Style), 1), b.framed(strings.ToUpper(b.Style), 1)}}
	add := func(e Edge, byA, byB string) {
		then := e.then(width)
		lines := 1 + strings.Count(then, "\n")
		rows = append(rows, []string{e.Words(), then, a.framed(byA, lines), b.framed(byB, lines)})
	}
	for _, e := range a.Edges {
		add(e, e.By, b.by(e))
	}
	for _, e := range b.Edges {
		if a.by(e) == missing {
			add(e, missing, e.By)
		}
	}
	return drawn(out, rows, append(a.gapsOf(), b.gapsOf()...))
}

// framed is a cell within the frame of a flow, if it has one.
func (f Flow) framed(cell string, lines int) string {
	if f.Frame == "" {
		return cell
	}
	return "│ " + cell + strings.Repeat("\n│", lines-1)
}

func (f Flow) gapsOf() (gaps []string) {
	for _, g := range f.Gaps {
		gaps = append(gaps, f.Style+": "+g)
	}
	return gaps
}

// Words is where an edge begins, without its condition.
func (e Edge) Words() string {
	e.When = Always
	return e.label()
}

// Same reports whether two edges lead from the same place to the same calls, whatever
// their conditions are.
func (e Edge) Same(o Edge) bool { return e.Words() == o.Words() && set(e.Then) == set(o.Then) }

// by is how the same edge is carried here.
func (f Flow) by(e Edge) string {
	for _, o := range f.Edges {
		if o.Same(e) {
			return o.By
		}
	}
	return missing
}
