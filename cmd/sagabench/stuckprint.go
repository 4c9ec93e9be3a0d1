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

// A stuckReport is what was found, in every style that was looked at.
type stuckReport struct {
	Orders []stuckOrder          `json:"orders"`
	Notes  []string              `json:"notes,omitempty"`
	Cost   map[string]stuck.Cost `json:"cost,omitempty"` // by style
}

// A stuckOrder is an order with where it was found and what follows from its rows.
type stuckOrder struct {
	Style string `json:"style"`
	Name  string `json:"name"` // of its streams or queues, or of its cell
	stuck.Order
	Ending  food.Ending   `json:"ending"` // so far; "" is undecided
	Remains []food.Action `json:"remains"`
	Who     stuck.Who     `json:"who,omitempty"`
}

// add takes what one desk has found.
func (r *stuckReport) add(d desk, look stuck.Look, took time.Duration) {
	r.take(d.style, d.name, look)
	if r.Cost == nil {
		r.Cost = map[string]stuck.Cost{}
	}
	cost, more := r.Cost[d.style], d.Cost()
	r.Cost[d.style] = stuck.Cost{Requests: cost.Requests + more.Requests, Bytes: cost.Bytes + more.Bytes, Millis: cost.Millis + float64(took)/1e6}
}

func (r *stuckReport) take(style, name string, look stuck.Look) {
	r.Orders = slices.Grow(r.Orders, 1)[:len(r.Orders)] // not null, when there is none
	for _, o := range look.Orders {
		one := stuckOrder{Style: style, Name: name, Order: o, Ending: o.Ending(), Remains: o.Remaining()}
		if len(o.Waits) > 0 {
			one.Who = o.Worst()
		}
		r.Orders = append(r.Orders, one)
	}
	for _, n := range look.Notes {
		r.Notes = append(r.Notes, style+", "+name+": "+n)
	}
}

// print prints a line an order, the longest wait of each place first.
func (r stuckReport) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	if len(r.Orders) == 0 {
		fmt.Fprintln(out, "no order waits")
	} else {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "order\tstyle\tending\twaits at\tsince\tattempt\twho must act\twhy")
		for _, o := range r.Orders {
			attempt := 0
			for _, w := range o.Waits {
				attempt = max(attempt, w.Attempt)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", oneLine(o.ID), o.Style, ending(o.Ending), places(o.Waits), moment(o.Since()),
				number(attempt), act(o), oneLine(o.Waits[0].Why))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return r.printRest(out)
}

// printRest ends with what belongs to no order and what the look has cost.
func (r stuckReport) printRest(out io.Writer) (err error) {
	for _, n := range r.Notes {
		fmt.Fprintln(out, n)
	}
	for _, e := range engines {
		if c, ok := r.Cost[e.style]; ok {
			_, err = fmt.Fprintf(out, "this look at the %s: %d requests, %.1f kB, %.0f ms\n", e.style, c.Requests, float64(c.Bytes)/1000, c.Millis)
		}
	}
	return err
}

// printWhole prints all that is known of each order.
func (r stuckReport) printWhole(out io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(out, r)
	}
	for _, o := range r.Orders {
		fmt.Fprintf(out, "order %s, %s, %s: %s\n", o.ID, o.Style, o.Name, ending(o.Ending))
		for _, s := range o.Steps {
			fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %s  %-38s %s", s.At.UTC().Format(clock), s.What, oneLine(s.More)), " "))
		}
		for _, w := range o.Waits {
			printWait(out, w)
		}
		if len(o.Unclear) > 0 {
			fmt.Fprintf(out, "not known, whether they were made: %s\n", calls(o.Unclear))
		}
		if len(o.Remains) > 0 {
			if o.Ending == "" {
				fmt.Fprintf(out, "remains, unless something is rejected: %s\n", calls(o.Remains))
			} else {
				fmt.Fprintf(out, "remains: %s\n", calls(o.Remains))
			}
		}
		switch {
		case len(o.Waits) > 0:
			fmt.Fprintf(out, "who must act: %s\n", act(o))
		case len(o.Remains) == 0:
			fmt.Fprintln(out, "it waits for nothing")
		}
	}
	return r.printRest(out)
}

func printWait(out io.Writer, w stuck.Wait) {
	where := at(w)
	if where == "" {
		where = "its flow"
	}
	fmt.Fprintf(out, "waits: %s since %s", where, moment(w.Since))
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

// act is who must act, and by which command.
func act(o stuckOrder) string {
	switch o.Who {
	case stuck.Operator:
		if o.ID == "" {
			return fmt.Sprintf("an operator: redrive --letter %d", o.Waits[0].Letter)
		}
		return "an operator: redrive"
	case stuck.Person:
		return "a person: resolve"
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
