package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// What stands on the first screen beside verdict and findings: the question, what
// the numbers are of, what to beware of, and the run at a glance.

func (d *data) heading() string {
	if d.twins() {
		return "Choreography or orchestration?"
	}
	return sentenceStart(listing(d.styles())) + " alone"
}

func (d *data) question() string {
	if d.twins() {
		return "The same food orders, with the same failures, coordinated by services that react to each other's events and by one workflow that calls them. What does either cost, and is every compensation right?"
	}
	return fmt.Sprintf("Food orders, coordinated by %s alone: what does it cost, and is every compensation right?", listing(d.styles()))
}

// interruption is what a run that was ended early lacks.
func (d *data) interruption() string {
	if !d.Run.Interrupted {
		return ""
	}
	cut := len(d.Run.Cells) - len(d.measured(func(measure.Cell) bool { return true }))
	return fmt.Sprintf("The run was ended early. It has %s, %s cut short, and lacks what was still to come. A cell that was cut short is judged and gives no numbers.",
		count(len(d.Run.Cells), "cell"), count(cut, "of them was", "of them were"))
}

// shortWarnings are the first few warnings, with the number of cells that each
// is about: a reader has to meet them before the numbers.
func (d *data) shortWarnings() []string {
	const shown = 3
	texts, cells := d.warned()
	lines := lists.Map(texts[:min(len(texts), shown)], func(w string) string {
		return fmt.Sprintf("Warning: %s (%s).", strings.TrimSuffix(w, "."), count(len(cells[w]), "cell"))
	})
	if more := len(texts) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("And %s.", count(more, "more warning")))
	}
	return lines
}

// scope is what the numbers are of.
func (d *data) scope() string {
	text := "These are numbers of the whole system on one machine"
	machine := []string{d.Run.Machine["cores"] + " cores", d.Run.Machine["cpu"], d.Run.Machine["memory"]}
	if machine = lists.Filter(machine, func(s string) bool { return s != "" && s != " cores" }); len(machine) > 0 {
		text += " (" + strings.Join(machine, ", ") + ")"
	}
	text += ": server, worker and load generator together, at durability " + d.Run.Durability + ". "
	if d.externalServers() != "" {
		return text + d.topologyLimit()
	}
	return text + "Each server is one process on this machine, reached over loopback TCP, without a cluster or replication; no number here is a property of an engine." + d.confounded()
}

// confounded is what can't be separated here.
func (d *data) confounded() string {
	if !d.twins() {
		return ""
	}
	return " Style and engine differ together here: a difference may be that of choreography and orchestration, or that of NATS JetStream and Temporal."
}

// mainTable is the run at a glance: one line per metric, one column per style.
func (d *data) mainTable() table {
	t := table{Title: "At a glance", Words: 1, Head: append([]string{"metric"}, d.styles()...), Note: d.percentileNote()}
	if heads, note := d.ratioHeads(); heads != nil {
		t.Head = append(t.Head, heads...)
		t.Note += note + ratioNote(d.intervals())
	}
	for _, s := range d.scenarios() {
		switch s.Kind {
		case record.KindSaturation, record.KindRung, record.KindOutage, record.KindFailures:
			continue // run for their rate; and a median over orders of which some wait for a retry is that of a mixture
		}
		t.Rows = append(t.Rows, []string{s.words()})
		for _, e := range food.Endings {
			for _, quantile := range measure.UsualPercentiles {
				t.Rows = append(t.Rows, d.latencyRow(s, endings[e].orders, settledAs(e), quantile)...)
			}
		}
		t.Rows = append(t.Rows, d.latencyRow(s, "refusal to last compensation", compensated(), "p50")...)
	}
	limits, note := d.limitRows()
	t.Rows = append(append(t.Rows, []string{"the whole run"}), append(limits, d.wrongRows()...)...)
	t.Note += note + d.raceNote() + d.wrongNote()
	if drawn := d.Results.Policy[realistic+" service times"]; drawn != "" {
		t.Note += " Realistic service times are " + drawn + "."
	}
	return t
}

// raceNote warns of what a customer's cancellation does to every other number.
func (d *data) raceNote() string {
	if d.ended(food.CustomerCancelled) == 0 {
		return ""
	}
	return " Which orders their customers cancel is drawn and the same in every style; whether that is in time is a race. So the slower style has more orders cancelled, and those are its slower ones: " +
		"percentiles by outcome hold different orders in each style, and can't be set against each other alone."
}

// ended counts the measured orders that settled with any of the endings.
func (d *data) ended(endings ...food.Ending) (n int) {
	for _, c := range d.Results.Cells {
		for _, e := range endings {
			n += c.Orders.Of(e)
		}
	}
	return n
}

func (d *data) percentileNote() string {
	brackets := "the lowest and highest repeat"
	if d.intervals() {
		brackets = "the 95 % confidence interval of the repeats' median, or the lowest and highest of fewer than six repeats"
	}
	return "p50: half of the orders were at least this fast; p90: nine in ten. Percentiles hold the orders of all repeats; in brackets are " + brackets + ". Without brackets there was one repeat, or each was too small for that percentile."
}

// latencyRow is the line of a percentile, if it has one. Medians appear where there
// is any such order; higher ones where at least one style has enough.
func (d *data) latencyRow(s scenario, name string, r reading, quantile string) [][]string {
	orders, given := 0, 0
	row := d.row(name+": "+quantile, func(style string) string {
		p, _ := d.pool(style, s.Scenario)
		q := r.of(p)
		orders += q.N
		switch v := q.At(quantile); {
		case q.N == 0:
			return "–"
		case !v.OK():
			return "– (" + q.Reasons[quantile] + ")"
		default:
			given++
			return ranged(v, p.Spreads[r.metric(quantile)], millis)
		}
	})
	if orders == 0 || quantile != "p50" && given == 0 {
		return nil
	}
	return [][]string{d.withRatios(row, r.metric(quantile), s.Scenario)}
}
