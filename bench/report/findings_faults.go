package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// undoFinding says whether refused orders were made good, and how fast.
func (d *data) undoFinding() finding {
	f := finding{Topic: "Compensation"}
	dead, undone := 0, 0
	for _, c := range d.run.Cells {
		for _, o := range d.orders[c.ID] {
			if !o.Warmup && (o.Outcome == string(food.RestaurantFailed) || o.Outcome == string(food.NoPartner)) {
				dead++
				if !math.IsNaN(o.Settled) {
					undone++
				}
			}
		}
	}
	if dead == 0 {
		f.Text = "No order was refused after it had been paid for, so nothing had to be undone."
		return f
	}
	f.Text = fmt.Sprintf("%s paid for and then refused%s; ", count(dead, "order was", "orders were"), d.allTold())
	switch undone {
	case dead:
		f.Text += "every one of them was undone to the end."
	case 0:
		f.Text += "none of them was undone to the end."
	default:
		f.Text += grouped(undone) + " of them were undone to the end."
	}
	s, ok := d.undone()
	if !ok {
		return f
	}
	m := d.medians(s, "compensation.p50_ms", func(p measure.Pool) measure.Quantiles { return p.Latency.Compensation })
	f.Text += " " + m.say("Counted from the refusal, half of them were undone after ", " ("+s.words()+").")
	f.Basis = m.basis()
	return f
}

// refusalFinding says what others' refusals do to a completed order.
func (d *data) refusalFinding() (f finding, ok bool) {
	f.Topic = "Refusals"
	steps := d.refusals()
	if len(steps) < 2 {
		return f, false
	}
	first, last := steps[0], steps[len(steps)-1]
	var parts []string
	for _, style := range d.styles() {
		a, _ := d.pool(style, first.name)
		b, _ := d.pool(style, last.name)
		from, to := a.ByOutcome[food.Completed].Settled.At("p50"), b.ByOutcome[food.Completed].Settled.At("p50")
		if !from.OK() || !to.OK() {
			continue
		}
		parts = append(parts, fmt.Sprintf("from %s to %s with %s (%s)", millis(from), millis(to), style, overlap(a.Spreads[gaugeCompleted], b.Spreads[gaugeCompleted])))
	}
	if len(parts) == 0 {
		return f, false
	}
	f.Text = fmt.Sprintf("As the share of refused orders went from %s %% to %s %%, the median of the completed ones went %s.", trim(share(first)), trim(share(last)), listing(parts))
	return f, true
}

const gaugeCompleted = "completed.settled.p50_ms"

// overlap says whether two spreads of repeats can be told apart.
func overlap(a, b measure.Spread) string {
	switch {
	case !a.Lo.OK() || !b.Lo.OK() || len(a.Values) < 2 || len(b.Values) < 2:
		return "too few repeats to tell"
	case a.Hi < b.Lo:
		return "higher in all repeats"
	case b.Hi < a.Lo:
		return "lower in all repeats"
	}
	return "within the spread of the repeats"
}

// outageFinding says how an outage was ridden out.
func (d *data) outageFinding() (f finding, ok bool) {
	f.Topic = "Outage"
	var parts []string
	length := 0.0
	service := ""
	for _, c := range d.outageCells() {
		w := d.waited(c)
		if w.due == 0 {
			continue
		}
		o := c.Outages[0]
		length, service = (o.To-o.From)/1000, o.Service
		text := fmt.Sprintf("With %s, %s of %s due in the outage settled, the slowest after %s", c.Style, grouped(w.due-w.never), count(w.due, "order"), millis(w.slowest))
		if words := d.recoveryWords(c); words != "" {
			text += "; " + words
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return f, false
	}
	f.Text = fmt.Sprintf("The %s was away for %s s. %s.", service, trim(length), strings.Join(parts, ". "))
	f.Basis = "one cell per style, so there is no range; how soon a waiting order is tried again is the policy's, not the engine's"
	return f, true
}

// waits is what an outage did to the orders that were due in it.
type waits struct {
	due     int
	never   int
	slowest measure.Num
}

func (d *data) waited(c record.Cell) waits {
	w := waits{slowest: measure.None}
	for _, o := range d.orders[c.ID] {
		for _, out := range c.Outages {
			if o.Warmup || o.Due < out.From || o.Due >= out.To {
				continue
			}
			w.due++
			if math.IsNaN(o.Settled) {
				w.never++
			} else if !(float64(w.slowest) > o.Settled) {
				w.slowest = measure.Num(o.Settled)
			}
		}
	}
	return w
}
