package report

import (
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// What an order takes under each kind of failure, at one rate. Units differ from
// measure to measure and are never added up.

// A burden is one thing that orders take from the machine or the engine.
type burden struct {
	name  string  // with its unit
	scale float64 // what is written is the value over this
	read  func(measure.Cost) measure.Num
}

func (b burden) write(v measure.Num) string { return three(float64(v) / b.scale) }

var burdens = []burden{
	{"server (cores)", 1, busy("server")},
	{"worker (cores)", 1, busy("worker")},
	{"load generator (cores)", 1, busy("harness")},
	{"server memory (MB)", 1, func(c measure.Cost) measure.Num { return c.ServerRSS }},
	{"disk (kB per order)", 1000, func(c measure.Cost) measure.Num { return c.Disk }},
	{"messages per order", 1, func(c measure.Cost) measure.Num { return c.Messages }},
	{"deliveries per order", 1, func(c measure.Cost) measure.Num { return c.Deliveries }},
	{"redeliveries per order", 1, func(c measure.Cost) measure.Num { return c.Redeliveries }},
	{"history events per order", 1, func(c measure.Cost) measure.Num { return c.History }},
	{"state transitions per order", 1, func(c measure.Cost) measure.Num { return c.Transitions }},
}

func busy(role string) func(measure.Cost) measure.Num {
	return func(c measure.Cost) measure.Num { return c.BusyCores(role) }
}

// A toll is what each repeat of a style took of one burden in one scenario.
type toll struct {
	style  string
	values []measure.Num // ascending
}

func (t toll) median() measure.Num { return measure.Median(t.values) }

// tolled lists the calm scenario, and those with faults at the same rate: any
// difference between them is what went wrong.
func (d *data) tolled() (all []scenario) {
	calm := d.calmScenario()
	var rate float64
	for _, s := range d.scenarios() {
		if s.name == calm {
			rate = s.offered
		}
	}
	for _, s := range d.scenarios(record.KindRefused, record.KindFailures, record.KindOutage, record.KindCustom, record.KindUnloaded) {
		if s.name == calm || len(s.faults) > 0 && s.settings == (record.Settings{}) && s.offered == rate {
			all = append(all, s)
		}
	}
	return all
}

// tolls reads one burden in one scenario, by style. A style that has none is
// left out.
func (d *data) tolls(b burden, s scenario) (all []toll) {
	for _, style := range d.styles() {
		t := toll{style: style}
		for _, c := range d.cellsWhere(func(c measure.Cell) bool { return c.Style == style && c.Scenario == s.name }) {
			if v := b.read(c.Cost); v.Finite() {
				t.values = append(t.values, v)
			}
		}
		if slices.Sort(t.values); len(t.values) > 0 {
			all = append(all, t)
		}
	}
	return all
}

// tollTable says what the orders of one style took, a scenario in each line.
func (d *data) tollTable(style string) (t table, ok bool) {
	t = table{Title: sentenceStart(style) + ", by what goes wrong", Words: 1, Head: []string{"scenario"},
		Note: "Medians of the repeats; the plot has each repeat. Cores are processor time over the time from the start of the window to the end of the drain, so they are use at this rate and not the price of an order. Deliveries hold the redeliveries."}
	scenarios := d.tolled()
	t.Rows = make([][]string, len(scenarios))
	for i, s := range scenarios {
		t.Rows[i] = []string{s.words()}
	}
	for _, b := range burdens {
		column, given := make([]string, len(scenarios)), false
		for i, s := range scenarios {
			column[i] = "–"
			for _, toll := range d.tolls(b, s) {
				if toll.style == style {
					column[i], given = b.write(toll.median()), true
				}
			}
		}
		if !given {
			continue
		}
		t.Head = append(t.Head, b.name)
		for i, text := range column {
			t.Rows[i] = append(t.Rows[i], text)
		}
	}
	return t, len(t.Head) > 1
}

// costFigure draws each burden in a panel of its own, with a line per scenario.
func (d *data) costFigure() (figure, string) {
	scenarios := d.tolled()
	if len(scenarios) < 2 {
		return figure{}, "the run has no scenario with faults at the rate of one without"
	}
	art := tollDots{legend: markEntries(d.styles())}
	for _, s := range scenarios {
		art.rows = append(art.rows, strings.TrimSuffix(s.words(), ", "+perSecond(s.offered)))
	}
	var names []string
	for _, b := range burdens {
		p := tollPanel{burden: b}
		for _, s := range scenarios {
			tolls := d.tolls(b, s)
			p.rows = append(p.rows, tolls)
			for _, t := range tolls {
				p.most = max(p.most, float64(t.values[len(t.values)-1]))
				p.given = true
			}
		}
		if !p.given {
			continue
		}
		art.panels = append(art.panels, p)
		names = append(names, b.name)
	}
	return figure{
		Name: "cost", Title: "What orders take at " + perSecond(scenarios[0].offered) + ", by what goes wrong", art: art,
		How: "Each panel has its own unit and starts at zero. The large marker is the median of the repeats, small ones are single repeats. " +
			"Read a panel downwards: what a kind of failure adds to the first line. An engine that has no such unit has no marker.",
		Not: "The price of an order: at this rate much of the processor time is that of being awake, and its clock ticks every 10 ms. " +
			"The panels can't be added up. Memory belongs to a server that has been through all scenarios before, and the files of a database grow in leaps.",
		Alt: listing(names) + ", each for " + listing(art.rows) + ". The tables below hold the medians.",
	}, ""
}
