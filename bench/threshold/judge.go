package threshold

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// An Outcome is what became of a threshold. The zero value is not a pass.
type Outcome string

const (
	Inconclusive Outcome = "inconclusive"
	Met          Outcome = "met"
	Missed       Outcome = "missed"
)

// A Finding is a threshold in one place.
type Finding struct {
	Threshold string      `json:"threshold"`
	Where     string      `json:"where"` // style and scenario, or "the run"
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
		case Met:
		default:
			return Inconclusive
		}
	}
	return worst
}

func (t Threshold) judge(r measure.Results) []Finding {
	switch {
	case t.Metric == Violations:
		return []Finding{t.violations(r)}
	case t.Quantile == "" && t.Metric != Achieved:
		return []Finding{t.count(r)}
	}
	var found []Finding
	for _, s := range t.sides(r) {
		if t.Metric == Achieved {
			found = append(found, t.rate(s))
			continue
		}
		ratesOnly := s.Kind == record.KindSaturation || s.Kind == record.KindRung
		if t.Scenario == "" && ratesOnly {
			continue // it has no latency by design
		}
		found = append(found, t.latency(s))
	}
	if len(found) == 0 {
		return []Finding{t.absent(r)}
	}
	return found
}

// sides are the places of the run that the threshold is about.
func (t Threshold) sides(r measure.Results) (all []measure.Pool) {
	for _, s := range r.Pools {
		if cmp.Or(t.Style, s.Style) == s.Style && cmp.Or(t.Scenario, s.Scenario) == s.Scenario {
			all = append(all, s)
		}
	}
	return all
}

func (t Threshold) latency(s measure.Pool) Finding {
	q := s.Latency.At(measure.Clock(t.Metric))
	if t.Ending != measure.Any {
		e := s.ByOutcome[t.Ending]
		q = map[bool]measure.Quantiles{true: e.Settled, false: e.Decision}[t.Metric == string(measure.Settled)]
	}
	f := t.finding(where(s), q.At(t.Quantile))
	f.Reason = cmp.Or(q.Reasons[t.Quantile], "no such order")
	return f.conclude()
}

// rate is the median of the repeats. A style that kept up could have done more,
// so its rate meets a lower limit and says nothing of an upper one.
func (t Threshold) rate(s measure.Pool) Finding {
	achieved, _ := measure.MetricNamed("achieved_per_s")
	v, _ := achieved.Of(s)
	f := t.finding(where(s), v)
	f.Reason = "no repeat was whole"
	for _, c := range s.Cells {
		atLeast := !c.Saturated && c.Kind != record.KindRung && strings.HasPrefix(t.Op, ">")
		if claim := c.Claims[measure.Throughput]; claim != measure.ClaimOK && !(atLeast && f.Outcome == Met) {
			f.Value, f.Reason = measure.None, claim
		}
	}
	return f.conclude()
}

func (t Threshold) count(r measure.Results) Finding {
	sides := t.sides(r)
	if len(sides) == 0 {
		return t.absent(r)
	}
	n := 0
	for _, s := range sides {
		n += map[string]int{Stuck: s.Orders.Stuck, Dropped: s.Orders.Dropped, Unanswered: s.Orders.Unanswered}[t.Metric]
	}
	place := strings.TrimPrefix(t.Style+" "+t.Scenario, " ")
	return t.finding(cmp.Or(strings.TrimSpace(place), "the run"), measure.Num(n)).conclude()
}

// violations can't be counted where the evidence allows no judgement.
func (t Threshold) violations(r measure.Results) Finding {
	n := 0
	for _, i := range r.Invariants {
		n += i.Violated
	}
	f := t.finding("the run", measure.Num(n))
	if r.Verdict == "unknown" {
		f.Value, f.Reason = measure.None, "the verdict is unknown"
	}
	return f.conclude()
}

// absent says that the run has nothing of what the threshold is about.
func (t Threshold) absent(r measure.Results) Finding {
	var scenarios []string
	for _, s := range r.Pools {
		if s.Style == t.Style && !slices.Contains(scenarios, s.Scenario) {
			scenarios = append(scenarios, s.Scenario)
		}
	}
	f := Finding{Threshold: t.Text, Where: "the run", Outcome: Inconclusive, Value: measure.None, Unit: t.unit()}
	switch {
	case len(scenarios) == 0:
		f.Reason = fmt.Sprintf("%s was not run", cmp.Or(t.Style, "nothing"))
	case t.Scenario != "":
		f.Reason = unknown("scenario", t.Scenario, scenarios, "it has "+strings.Join(scenarios, ", ")).Error()
	default:
		f.Reason = "no scenario was run for its latency"
	}
	return f
}

func where(s measure.Pool) string { return s.Style + " " + s.Scenario }

// finding compares a value with the limit. It is not concluded yet: the value
// may be one that can't be claimed.
func (t Threshold) finding(where string, v measure.Num) Finding {
	f := Finding{Threshold: t.Text, Where: where, Outcome: Missed, Value: v, Unit: t.unit()}
	x := float64(v)
	if map[string]bool{"<": x < t.Limit, "<=": x <= t.Limit, ">": x > t.Limit, ">=": x >= t.Limit, "==": x == t.Limit}[t.Op] {
		f.Outcome = Met
	}
	return f
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

// conclude keeps the reason only where there is no value.
func (f Finding) conclude() Finding {
	if f.Value.OK() {
		f.Reason = ""
	} else {
		f.Outcome = Inconclusive
	}
	return f
}
