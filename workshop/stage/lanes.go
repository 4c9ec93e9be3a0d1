package stage

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// lanes are what happened to the order of a finding.
func (st *Stage) lanes(f *finding) workshop.Lanes {
	o := st.order(f.order)
	if o == nil {
		return workshop.Lanes{}
	}
	l := workshop.Lanes{Order: o.ID, Heads: []string{st.yours(), "the provider", st.balanceOf(o)}}
	facts := st.journal.of(o.ID)
	zero := slices.IndexFunc(facts, func(f fact) bool { return f.order == o.ID })
	if zero < 0 {
		return l
	}
	balance := food.Cents(0)
	for i, one := range facts {
		if i < zero {
			continue // the program's start
		}
		cells := st.cells(one, &balance)
		if cells == nil && i != f.here {
			continue
		}
		l.Lines = append(l.Lines, workshop.Line{
			MS: float64(one.at.Sub(facts[zero].at).Microseconds()) / 1000, Cells: cells, Here: i == f.here,
		})
	}
	l.Lines = fewer(l.Lines)
	return l
}

// A program that does the same again and again fills no screen: some lines are left out
// of the middle.
const (
	firstLines = 16
	lastLines  = 10
)

func fewer(lines []workshop.Line) []workshop.Line {
	from, to := firstLines, len(lines)-lastLines
	if here := slices.IndexFunc(lines, func(l workshop.Line) bool { return l.Here }); here >= firstLines && here < to {
		to = max(firstLines, here-lastLines/2)
		lines = lines[:min(len(lines), to+lastLines)]
	}
	if to <= from+1 {
		return lines
	}
	gap := workshop.Line{MS: lines[from].MS, Cells: []string{fmt.Sprintf("… %d more lines", to-from), "", ""}}
	return slices.Concat(lines[:from], []workshop.Line{gap}, lines[to:])
}

// yours is what the program is.
func (st *Stage) yours() string {
	switch st.Without {
	case All:
		return "your participants"
	case Workflow:
		return "your workflow"
	}
	return "your " + st.Without + " service"
}

// balanceOf is what moves on the customer's side. What other services did stands below it
// too.
func (st *Stage) balanceOf(o *food.Order) string {
	switch st.service() {
	case "":
		return "what is done"
	case food.Payment:
		return o.Customer + "'s account"
	case food.Loyalty:
		return o.Customer + "'s points"
	}
	return "others"
}

// cells are a fact in its columns; nil: it is not shown.
func (st *Stage) cells(f fact, balance *food.Cents) []string {
	yours := func(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...), "", ""} }
	theirs := func(s string) []string { return []string{"", s, ""} }
	switch f.what {
	case received:
		return yours("receives %s, delivery %d", f.name, f.n)
	case called:
		if st.Without == Workflow {
			return yours("%s, attempt %d", f.name, f.n)
		}
		return yours("%s%s, key %s", f.name, st.price(f), quoted(f.key))
	case took:
		return []string{"", "──► " + st.answered(f.row), st.moved(f.row, balance)}
	case knew:
		if f.name == voidAction {
			return theirs("──► it is done already")
		}
		return theirs("──► knows the key, does nothing")
	case voided:
		return theirs("──► nothing will come of it")
	case failed:
		return theirs("◄ ✗ an error " + f.text)
	case lost:
		return theirs("◄ ✗ the reply is lost")
	case dropped:
		return yours("✗ %s is lost on its way", f.name)
	case held:
		return theirs("──► is slow on its way")
	case published:
		if !slices.Contains(choreography.Kinds, choreography.Kind(f.name)) {
			return yours("publishes %s ✗ no such event", f.name)
		}
		return yours("publishes %s", f.name)
	case noted:
		return yours("notes %s", f.name)
	case lookFailed:
		return yours("reads %s ✗ an error", f.name)
	case writeFailed:
		return yours("notes %s ✗ an error", f.name)
	case acked:
		return yours("acks %s", f.name)
	case nacked:
		return yours("returns %s (nak)", f.name)
	case started:
		return yours("starts")
	case killed:
		return yours("✗ killed %s", f.text)
	case ended:
		return yours("✗ %s", f.text)
	case row:
		return []string{"", "", st.moved(f.row, balance)}
	case asked:
		return []string{"", "", f.text}
	case forgot:
		return theirs("forgets all keys")
	}
	return nil
}

// price is what a charge asks for.
func (st *Stage) price(f fact) string {
	if f.name != string(food.Charge) {
		return ""
	}
	return " " + st.order(f.order).Total().String()
}

func quoted(key string) string {
	if key == "" {
		return "none"
	}
	const most, tail = 24, 12 // what tells keys apart is mostly at their end
	if k := []rune(key); len(k) > most {
		key = string(k[:most-tail-1]) + "…" + string(k[len(k)-tail:])
	}
	return `"` + key + `"`
}

// apart shows two keys from a little before where they begin to differ.
func apart(a, b string) (string, string) {
	x, y := []rune(a), []rune(b)
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	const before, most = 8, 24
	cut := func(k []rune) string {
		from := max(0, same-before)
		to := min(len(k), from+most)
		s := string(k[from:to])
		if from > 0 {
			s = "…" + s
		}
		if to < len(k) {
			s += "…"
		}
		return `"` + s + `"`
	}
	return cut(x), cut(y)
}

// answered is what the provider did.
func (st *Stage) answered(r food.Row) string {
	switch {
	case r.Reason == food.NothingToUndo:
		return "nothing to undo"
	case r.Outcome != food.Done:
		return "refuses: " + r.Reason
	}
	return "does it"
}

// moved is what a row did to the customer's balance, or that a service did something.
func (st *Stage) moved(r food.Row, balance *food.Cents) string {
	if r.Service != st.service() || !r.TookEffect() {
		if r.Service == st.service() {
			return ""
		}
		return st.brief(r)
	}
	switch r.Action {
	case food.Charge, food.Revoke:
		*balance -= r.Amount
	case food.Refund, food.Award:
		*balance += r.Amount
	default:
		return ""
	}
	if r.Service == food.Loyalty {
		return fmt.Sprintf("%+d points", int64(*balance))
	}
	if *balance > 0 {
		return "+" + balance.String()
	}
	return balance.String()
}
