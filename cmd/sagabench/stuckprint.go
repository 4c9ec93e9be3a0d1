package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// A stuckReport is what was found, place by place.
type stuckReport struct {
	Places []stuckPlace `json:"places"`
	Notes  []string     `json:"notes,omitempty"`
}

// A stuckPlace is one name on one server, or one cell of a run.
type stuckPlace struct {
	Style  string       `json:"style"`
	Name   string       `json:"name"` // of its streams or workflows, or of its cell
	Orders []stuckOrder `json:"orders"`
	Notes  []string     `json:"notes,omitempty"`
	Cost   *stuck.Cost  `json:"cost,omitempty"` // of looking
}

// A stuckOrder is an order with what follows from its rows.
type stuckOrder struct {
	stuck.Order
	Ending  food.Ending   `json:"ending"` // so far; "" is undecided
	Remains []food.Action `json:"remains"`
	Who     stuck.Who     `json:"who,omitempty"`
}

// add takes what one operator has found.
func (r *stuckReport) add(d operator, look stuck.Look, took time.Duration) {
	p := placeOf(d.style, d.name, look)
	cost := d.Cost()
	cost.Millis = float64(took) / 1e6
	p.Cost = &cost
	r.Places = append(r.Places, p)
}

func placeOf(style, name string, look stuck.Look) stuckPlace {
	p := stuckPlace{Style: style, Name: name, Orders: []stuckOrder{}, Notes: look.Notes}
	for _, o := range look.Orders {
		one := stuckOrder{Order: o, Ending: o.Ending(), Remains: o.Remaining()}
		if len(o.Waits) > 0 {
			one.Who = o.Worst()
		}
		p.Orders = append(p.Orders, one)
	}
	return p
}

// print prints a line an order.
func (r stuckReport) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	for _, p := range r.Places {
		fmt.Fprintf(out, "%s, %s: %s\n", p.Style, p.Name, waiting(len(p.Orders)))
		if err := p.printOrders(out); err != nil {
			return err
		}
		p.printRest(out)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(out, n)
	}
	return nil
}

func waiting(n int) string {
	switch n {
	case 0:
		return "no order waits"
	case 1:
		return "1 order waits"
	}
	return fmt.Sprintf("%d orders wait", n)
}

// printOrders prints them as a table, the longest wait first.
func (p stuckPlace) printOrders(out io.Writer) error {
	if len(p.Orders) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  order\tending\twaits at\tsince\tattempt\twho must act\twhy")
	for _, o := range p.Orders {
		attempt := 0
		for _, w := range o.Waits {
			attempt = max(attempt, w.Attempt)
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(o.ID), ending(o.Ending), places(o.Waits), moment(o.Since()),
			number(attempt), o.Who, oneLine(o.Waits[0].Why))
	}
	return table.Flush()
}

// printRest ends with what belongs to no order and what the look has cost.
func (p stuckPlace) printRest(out io.Writer) {
	for _, n := range p.Notes {
		fmt.Fprintf(out, "  %s\n", n)
	}
	if c := p.Cost; c != nil {
		fmt.Fprintf(out, "  this look: %d requests, %.1f kB, %.0f ms\n", c.Requests, float64(c.Bytes)/1000, c.Millis)
	}
}

// printWhole prints all that is known of each order.
func (r stuckReport) printWhole(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	for _, p := range r.Places {
		for _, o := range p.Orders {
			fmt.Fprintf(out, "order %s, %s, %s: %s\n", o.ID, p.Style, p.Name, ending(o.Ending))
			p.printOrder(out, o)
		}
		p.printRest(out)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(out, n)
	}
	return nil
}

// printOrder prints what has happened to an order, what it waits for, and what remains.
func (p stuckPlace) printOrder(out io.Writer, o stuckOrder) {
	for _, s := range o.Steps {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %s  %-38s %s", s.At.UTC().Format(clock), s.What, oneLine(s.More)), " "))
	}
	for _, w := range o.Waits {
		printWait(out, w)
	}
	if len(o.Unclear) > 0 {
		fmt.Fprintf(out, "  not known, whether they were made: %s\n", calls(o.Unclear))
	}
	if len(o.Remains) > 0 {
		unless := ""
		if o.Ending == "" {
			unless = ", unless something is rejected"
		}
		fmt.Fprintf(out, "  remains%s: %s\n", unless, calls(o.Remains))
	}
	switch {
	case len(o.Waits) > 0:
		fmt.Fprintf(out, "  who must act: %s\n", p.act(o))
	case len(o.Remains) == 0:
		fmt.Fprintln(out, "  it waits for nothing")
	}
}

func printWait(out io.Writer, w stuck.Wait) {
	fmt.Fprintf(out, "  waits at %s since %s", places([]stuck.Wait{w}), moment(w.Since))
	if w.Attempt > 0 {
		fmt.Fprintf(out, ", attempt %d", w.Attempt)
	}
	if !w.Next.IsZero() {
		fmt.Fprintf(out, ", the next at %s", w.Next.UTC().Format(clock))
	}
	fmt.Fprintf(out, ": %s\n", oneLine(w.Why))
}

const clock = "15:04:05.000"

// moment is when, to the second. Times are UTC, as in run folders.
func moment(t time.Time) string {
	if t.IsZero() {
		return "not known"
	}
	return t.UTC().Format(time.RFC3339)
}

func number(n int) string {
	if n == 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

func ending(e food.Ending) string {
	if e == "" {
		return "undecided"
	}
	return string(e)
}

// act is who must act and, on running servers, by which command.
func (p stuckPlace) act(o stuckOrder) string {
	switch {
	case p.Cost == nil:
	case o.Who == stuck.Operator:
		return "operator, when the cause is mended: sagabench stuck redrive " + o.ID
	case o.Who == stuck.Person:
		return "person, when it is dealt with: sagabench stuck resolve " + o.ID
	}
	return string(o.Who)
}

// places are where an order waits.
func places(waits []stuck.Wait) string {
	var all []string
	for _, w := range waits {
		if where := at(w); where != "" && !slices.Contains(all, where) {
			all = append(all, where)
		}
	}
	if all == nil {
		return "its flow"
	}
	return strings.Join(all, ", ")
}

func calls(actions []food.Action) string {
	var all []string
	for _, a := range actions {
		all = append(all, string(a))
	}
	return strings.Join(all, ", ")
}

// oneLine makes text from elsewhere fit a line, and harmless for a terminal.
func oneLine(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(clean); len(runes) > 160 {
		return string(runes[:160]) + "…"
	}
	return clean
}
