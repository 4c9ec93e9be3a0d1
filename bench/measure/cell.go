package measure

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// A Cell is what one style did under one setting in one repeat.
type Cell struct {
	ID         string          `json:"id"`
	Style      string          `json:"style"`
	Scenario   string          `json:"scenario"`
	Kind       string          `json:"kind"`
	Repeat     int             `json:"repeat"`
	Durability string          `json:"durability"`
	Settings   record.Settings `json:"-"`                // how they differ from the run's
	Varies     []string        `json:"varies,omitempty"` // the same in words
	Window     Num             `json:"window_s"`
	Offered    Num             `json:"offered_per_s"`       // as planned
	InFlight   int             `json:"in_flight,omitempty"` // orders kept under way, where that was asked for and not a rate
	Due        Num             `json:"due_per_s"`           // as drawn: what achieved is compared with
	Achieved   Num             `json:"achieved_per_s"`      // settled inside the window; of an overloaded system all orders over the time to settle them all
	Behind     bool            `json:"fell_behind"`         // more was open at the end than in a system that keeps up
	Saturated  bool            `json:"saturated"`           // that, and no fault delays orders
	Cut        bool            `json:"cut"`
	Late       string          `json:"generator_late,omitempty"` // why its latency is the generator's own
	Drained    bool            `json:"drained"`
	Faults     []string        `json:"faults"`
	Orders     Counts          `json:"orders"`
	Timings
	Violations []invariant.Violation `json:"violations"`
	Wrong      int                   `json:"wrong_orders"`         // with at least one violation, warm-up included
	Faulted    int                   `json:"faulted_orders"`       // met a planned fault, warm-up included
	FaultWrong int                   `json:"wrong_faulted_orders"` // of these, with at least one violation
	Waiting    int                   `json:"awaiting_a_person"`    // escalated orders without a person's answer, warm-up included
	Met        invariant.Met         `json:"met"`                  // orders by what they met, warm-up included
	Again      invariant.Again       `json:"calls_again"`          // calls that reached their service after they had taken effect
	Retries    []invariant.Retry     `json:"retries"`              // how late they were, by back-off
	Deaths     []record.Death        `json:"deaths,omitempty"`
	LeftOver   map[string]float64    `json:"left_over"`
	Verdict    invariant.Verdict     `json:"verdict"`
	Reasons    []string              `json:"verdict_reasons"`
	Claims     map[string]string     `json:"claims"`
	Warnings   []string              `json:"warnings"`
	Generator  record.Generator      `json:"generator"`
	Timer      *record.Timer         `json:"timer_late,omitempty"` // of the harness's own
	Recoveries []Recovery            `json:"recoveries,omitempty"` // one per outage
	Cost       Cost                  `json:"cost"`
	Share      Num                   `json:"share_of_ceiling"` // of a saturated cell; null also where the run measured no ceiling
}

// What a cell may claim of a metric. Anything else is "unsupported (why)". A
// claim is not a verdict: it is about what the numbers are good for, not whether the
// orders were handled rightly.
const (
	ClaimOK        = "ok"
	ClaimSaturated = "saturated"
)

// Metrics that claims are made about, besides the clocks.
const (
	Throughput  = "throughput"
	CPUPerOrder = "cpu_per_order"
)

func unsupported(format string, args ...any) string {
	return "unsupported (" + fmt.Sprintf(format, args...) + ")"
}

// measureCell turns one cell's raw orders into its results.
func measureCell(c record.Cell, durability string, orders []record.Order) Cell {
	l := weigh(c, orders)
	behind := l.behind && !c.Cut
	out := Cell{
		ID: c.ID, Style: c.Style, Scenario: c.Scenario, Kind: c.Kind, Repeat: c.Repeat,
		Durability: declared(cmp.Or(c.Durability, durability), c), Settings: c.Settings, Varies: c.Words(),
		Window: Num(l.seconds), Offered: Num(c.Offered), InFlight: c.InFlight, Due: Num(l.duePerS), Achieved: Num(l.achieved),
		Behind: behind, Saturated: behind && !delays(c.Faults), Cut: c.Cut, Drained: c.Drained,
		Late:   lateGenerator(c, orders),
		Faults: list(c.Faults), Orders: count(orders),
		Violations: []invariant.Violation{}, Reasons: []string{},
		Retries: []invariant.Retry{}, Deaths: c.Deaths, LeftOver: c.LeftOver, Generator: c.Generator, Timer: c.Timer, Recoveries: Recoveries(c, orders), Share: None,
	}
	out.Cost = cost(c, l, len(orders), out.Saturated)
	out.Timings = timings(orders, out.withholds())
	out.Claims = out.claims()
	out.Warnings = append(list(c.Warnings), out.warnings(c.Gaps)...)
	return out
}

// declared is the durability of cells. That of an external server is marked as
// declared, because it can't be verified from here.
func declared(durability string, cells ...record.Cell) string {
	if slices.ContainsFunc(cells, func(c record.Cell) bool { return c.External != "" }) {
		return durability + ", as declared, not verified"
	}
	return durability
}

// perhapsDelayed is why a cell that has fallen behind is not called saturated.
const perhapsDelayed = "orders were left open, by the load or by the faults that delay orders: that can't be distinguished"

// NoLatency is why no cell of a kind gives a latency, or "".
func NoLatency(kind string) (why string) {
	switch kind {
	case record.KindSaturation:
		return "this cell is run for its rate"
	case record.KindRung:
		return onceOnly
	}
	return ""
}

const onceOnly = "a step on the way up, run once"

// withholds explains why a cell gives no latency, or "".
func (c Cell) withholds() string {
	switch {
	case c.Cut:
		return "the cell was cut short"
	case c.Saturated:
		return ClaimSaturated
	case c.Behind:
		return perhapsDelayed
	}
	return cmp.Or(NoLatency(c.Kind), c.Late)
}

// claim is what a clock is good for: what its median is.
func claim(q Quantiles) string {
	switch why := q.Why("p50"); why {
	case "":
		return ClaimOK
	case ClaimSaturated:
		return ClaimSaturated
	default:
		return unsupported("%s", why)
	}
}

func (c Cell) claims() map[string]string {
	m := map[string]string{CPUPerOrder: ClaimOK, Throughput: ClaimOK}
	for _, clock := range Clocks {
		m[string(clock)] = claim(c.Latency.At(clock))
	}
	switch {
	case c.Cut:
		m[Throughput] = unsupported("the cell was cut short")
	case c.Kind == record.KindRung:
		m[Throughput] = unsupported(onceOnly)
	case c.Kind != record.KindSaturation:
		m[Throughput] = unsupported("offered %.4g/s, not driven to its limit", float64(c.Offered))
	case !c.Saturated:
		m[Throughput] = unsupported("not saturated: at least %.4g/s", float64(c.Achieved))
	}
	if !c.Saturated {
		m[CPUPerOrder] = unsupported("the cell was not saturated")
	}
	return m
}

func (c Cell) warnings(gaps int) (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	forLatency := NoLatency(c.Kind) == ""
	if forLatency && !c.Behind && c.Late != "" {
		add("%s: latency holds that as well, so the cell claims none", c.Late)
	}
	if c.Orders.Stuck > 0 {
		add("%d accepted orders are unsettled; they count as infinitely late", c.Orders.Stuck)
	}
	if c.Orders.Settled == 0 {
		add("no order settled")
	}
	if gaps > 0 {
		add("%d rows are missing from the commit feed", gaps)
	}
	switch {
	case forLatency && c.Saturated:
		add("orders came faster than they settled; the cell gives no latency")
	case forLatency && c.Behind:
		add("%s; the cell gives no latency", perhapsDelayed)
	}
	if c.Cut {
		add("cut short by the user")
	}
	return all
}

// list is s, or an empty slice where s is nil, so that JSON has [] and not null.
func list(s []string) []string { return append([]string{}, s...) }
