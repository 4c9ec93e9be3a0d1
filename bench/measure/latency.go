package measure

import (
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A Clock names one of the latencies of an order. All but the last two run from
// the moment the order was due.
type Clock string

const (
	Accept       Clock = "accept"       // until it was durably accepted
	Decision     Clock = "decision"     // until its final status
	Settled      Clock = "settled"      // until every row that its outcome requires was there
	Compensation Clock = "compensation" // from the refusal to the last compensation
	Inconsistent Clock = "inconsistent" // charged while the order was dead
)

// Clocks are all of them, in the order of results.json.
var Clocks = []Clock{Accept, Decision, Settled, Compensation, Inconsistent}

// Any stands for orders of every outcome.
const Any food.Ending = ""

// Latencies reads one clock of the measured orders that ended in the given way.
//
// An order that is still open has no outcome yet. It could have had any of them,
// so it counts as infinite under each outcome that occurs at all, and under all
// of them when none does: what is reported of an outcome then stays true.
func Latencies(orders []record.Order, clock Clock, ending food.Ending) Sample {
	var values []float64
	occurs, decided := ending == Any, false
	for _, o := range orders {
		if o.Warmup {
			continue
		}
		decided = decided || o.Outcome != ""
		if o.Outcome == string(ending) {
			occurs = true
		} else if ending != Any && o.Outcome != "" {
			continue
		}
		if v, ok := read(o, clock); ok {
			values = append(values, v)
		}
	}
	if decided && !occurs {
		return Sample{}
	}
	return NewSample(values)
}

// read returns what the clock shows for an order, and false when the clock does
// not run for it: nothing has to be compensated for an order that was never charged.
//
// The last two run only where something had to be compensated. An order that died
// after its charge and is unsettled is one whose compensation never came; one that its
// customer cancelled counts as such. An escalated order is never compensated to the
// end, and if its refund was rejected the money never came back.
func read(o record.Order, clock Clock) (float64, bool) {
	all := []float64{o.Accept, o.Decision, o.Settled, o.Compensation, o.Inconsistent}
	ms := all[slices.Index(Clocks, clock)]
	compensating := clock == Compensation || clock == Inconsistent
	ending := food.Ending(o.Outcome)
	if ending == food.Escalated && clock == Compensation {
		return math.Inf(+1), true
	}
	paidAndDead := ending == food.RestaurantFailed || ending == food.NoPartner || ending == food.CustomerCancelled
	never := paidAndDead && !record.Came(o.Settled) || ending == food.Escalated
	return orNever(ms), !compensating || record.Came(ms) || never
}

func orNever(ms float64) float64 {
	if math.IsNaN(ms) {
		return math.Inf(+1)
	}
	return ms
}

// Latency holds every clock of one set of orders.
type Latency struct {
	Accept       Quantiles `json:"accept"`
	Decision     Quantiles `json:"decision"`
	Settled      Quantiles `json:"settled"`
	Compensation Quantiles `json:"compensation"`
	Inconsistent Quantiles `json:"inconsistent"`
}

// At returns one clock's percentiles.
func (l Latency) At(c Clock) Quantiles { return *l.at(c) }

func (l *Latency) at(c Clock) *Quantiles {
	all := []*Quantiles{&l.Accept, &l.Decision, &l.Settled, &l.Compensation, &l.Inconsistent}
	return all[slices.Index(Clocks, c)]
}

// EndingLatency holds the clocks that are worth separating by outcome.
type EndingLatency struct {
	Decision Quantiles `json:"decision"`
	Settled  Quantiles `json:"settled"`
}

// Timings are the latencies of one set of orders, together and by outcome.
type Timings struct {
	Latency   Latency                       `json:"latency_ms"`
	ByOutcome map[food.Ending]EndingLatency `json:"latency_by_outcome_ms"`

	open bool // no order has an outcome; ByOutcome has them once, as completed
}

// Of returns the percentiles of a clock, of orders that ended in the given way.
// By outcome there are but Decision and Settled.
func (t Timings) Of(clock Clock, ending food.Ending) Quantiles {
	switch {
	case ending == Any:
		return t.Latency.At(clock)
	case t.open:
		ending = food.Completed
	}
	if clock == Decision {
		return t.ByOutcome[ending].Decision
	}
	return t.ByOutcome[ending].Settled
}

// timings reads every clock. A reason withholds all of them.
func timings(orders []record.Order, why string) Timings {
	of := func(clock Clock, ending food.Ending) Quantiles {
		s := Latencies(orders, clock, ending)
		if why != "" {
			return withheld(len(s), why)
		}
		return s.Quantiles()
	}
	decided := func(o record.Order) bool { return !o.Warmup && o.Outcome != "" }
	t := Timings{ByOutcome: map[food.Ending]EndingLatency{}, open: !slices.ContainsFunc(orders, decided)}
	for _, clock := range Clocks {
		*t.Latency.at(clock) = of(clock, Any)
	}
	for _, e := range food.Endings {
		if t.open && e != food.Completed {
			continue
		}
		if l := (EndingLatency{of(Decision, e), of(Settled, e)}); l.Settled.N > 0 {
			t.ByOutcome[e] = l
		}
	}
	return t
}
