package threshold

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// An Outcome is what became of a threshold. The zero value is not a pass.
type Outcome string

const (
	Inconclusive Outcome = "inconclusive"
	Met          Outcome = "met"
	Missed       Outcome = "missed"
	Shown        Outcome = "shown" // there was no limit to keep
)

// A Finding is a threshold in one place.
type Finding struct {
	Threshold string      `json:"threshold"`
	Where     string      `json:"where"` // style and scenario, or "the run"; of a number of no run what it is
	Outcome   Outcome     `json:"outcome"`
	Value     measure.Num `json:"value"`
	Unit      string      `json:"unit,omitempty"` // ms or orders/s; of a count there is none
	Reason    string      `json:"reason,omitempty"`
}

// Judge holds a run against thresholds. Each has one finding at least.
func Judge(r measure.Results, all []Threshold) (found []Finding) {
	for _, t := range all {
		found = append(found, t.judge(r)...)
	}
	return found
}

// Worst is the outcome of them all: inconclusive before missed before met.
func Worst(found []Finding) Outcome {
	worst := Met
	for _, f := range found {
		switch f.Outcome {
		case Missed:
			worst = Missed
		case Met, Shown:
		default:
			return Inconclusive
		}
	}
	return worst
}

func (t Threshold) judge(r measure.Results) []Finding {
	pools := t.pools(r)
	switch {
	case t.Metric == Violations:
		return []Finding{t.violations(r)}
	case len(pools) == 0:
		return []Finding{t.absent(r)}
	case slices.Contains(counts, t.Metric):
		return []Finding{t.count(pools)}
	}
	var found []Finding
	for _, p := range pools {
		switch {
		case slices.Contains(rates, t.Metric):
			found = append(found, t.rate(p))
		case t.Scenario != "" || measure.NoLatency(p.Kind) == "":
			found = append(found, t.latency(p))
		}
	}
	if len(found) == 0 {
		return []Finding{t.absent(r)}
	}
	return found
}

// pools are the places of the run that the threshold is about.
func (t Threshold) pools(r measure.Results) (all []measure.Pool) {
	for _, p := range r.Pools {
		if cmp.Or(t.Style, p.Style) == p.Style && cmp.Or(t.Scenario, p.Scenario) == p.Scenario {
			all = append(all, p)
		}
	}
	return all
}

func (t Threshold) latency(p measure.Pool) Finding {
	q := p.Of(measure.Clock(t.Metric), t.Ending)
	return t.finding(placeOf(p), q.At(t.Quantile)).conclude(q.Why(t.Quantile))
}

// rate is the median of the repeats, of a rate or of its share of the ceiling. A
// style that kept up could have done more, so its rate meets a lower limit and
// shows nothing of an upper one.
func (t Threshold) rate(p measure.Pool) Finding {
	name, why := "achieved_per_s", "no repeat was whole"
	if t.Metric == Share {
		name = "share_of_ceiling"
	}
	m, _ := measure.MetricNamed(name)
	v, _ := m.Of(p)
	f := t.finding(placeOf(p), v)
	for _, c := range p.Cells {
		atLeast := t.Metric == Achieved && !c.Saturated && c.Kind != record.KindRung && strings.HasPrefix(t.Op, ">")
		switch claim := c.Claims[measure.Throughput]; {
		case claim != measure.ClaimOK && !(atLeast && f.Outcome == Met):
			f.Value, why = measure.None, claim
		case t.Metric == Share && !c.Share.OK():
			why = measure.NoCeiling + " for its settings"
		}
	}
	return f.conclude(why)
}

func (t Threshold) count(pools []measure.Pool) Finding {
	n := 0
	for _, p := range pools {
		switch t.Metric {
		case Stuck:
			n += p.Orders.Stuck
		case Dropped:
			n += p.Orders.Dropped
		case Unanswered:
			n += p.Orders.Unanswered
		}
	}
	return t.finding(cmp.Or(strings.TrimSpace(t.Style+" "+t.Scenario), "the run"), measure.Num(n)).conclude("")
}

// violations can't be counted where there is not enough evidence.
func (t Threshold) violations(r measure.Results) Finding {
	n := measure.Num(0)
	for _, i := range r.Invariants {
		n += measure.Num(i.Violated)
	}
	if r.Verdict == invariant.Unknown {
		n = measure.None
	}
	return t.finding("the run", n).conclude("the verdict is unknown")
}

// absent reports that the run has nothing of what the threshold is about.
func (t Threshold) absent(r measure.Results) Finding {
	var scenarios []string
	for _, p := range r.Pools {
		if p.Style == t.Style {
			scenarios = append(scenarios, p.Scenario)
		}
	}
	f := t.finding("the run", measure.None)
	switch {
	case len(scenarios) == 0:
		return f.conclude(cmp.Or(t.Style, "nothing") + " was not run")
	case t.Scenario != "":
		return f.conclude(unknown("scenario", t.Scenario, scenarios, "it has "+strings.Join(scenarios, ", ")).Error())
	}
	return f.conclude("no scenario was run for its latency")
}

func placeOf(p measure.Pool) string { return p.Style + " " + p.Scenario }

// finding compares a value with the limit. It is not concluded yet: the value
// may be one that can't be claimed.
func (t Threshold) finding(where string, v measure.Num) Finding {
	f := Finding{Threshold: t.Text, Where: where, Outcome: Missed, Value: v, Unit: t.unit()}
	if t.keptBy(float64(v)) {
		f.Outcome = Met
	}
	return f
}

// keptBy compares. An operator is made of the signs that it allows between value
// and limit.
func (t Threshold) keptBy(v float64) bool {
	sign := "<=>"[1+cmp.Compare(v, t.Limit)]
	return strings.IndexByte(t.Op, sign) >= 0
}

func (t Threshold) unit() string {
	switch {
	case t.Quantile != "":
		return "ms"
	case t.Metric == Achieved:
		return "orders/s"
	}
	return ""
}

// conclude gives the reason where there is no value.
func (f Finding) conclude(reason string) Finding {
	if !f.Value.OK() {
		f.Outcome, f.Reason = Inconclusive, reason
	}
	return f
}

// Hold holds a number that is of no run against a limit, such as
// Hold("checking a row", 0.8, "µs", "<", 2). What is not a number is
// inconclusive.
func Hold(what string, value float64, unit, op string, limit float64) Finding {
	t := Threshold{Text: strings.TrimSpace(fmt.Sprintf("%s %g %s", op, limit, unit)), Op: op, Limit: limit}
	f := t.finding(what, measure.Num(value))
	f.Unit = unit
	return f.conclude("it could not be measured")
}

// Show is a number without a limit, to be read beside those that have one.
func Show(what string, value float64, unit string) Finding {
	return Finding{Where: what, Outcome: Shown, Value: measure.Num(value), Unit: unit}
}
