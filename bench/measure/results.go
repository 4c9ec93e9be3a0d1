package measure

import (
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// Schema is the version of results.json.
const Schema = 1

// Results is results.json: all that a report says in numbers. Wherever a number
// is null, a reason stands beside it.
type Results struct {
	Schema      int                 `json:"schema"`
	RunID       string              `json:"run_id"`
	Started     time.Time           `json:"started"`
	Finished    time.Time           `json:"finished"`
	Interrupted bool                `json:"interrupted"`
	Seed        uint64              `json:"seed"`
	Plan        string              `json:"plan"`
	Command     string              `json:"command"`
	Durability  string              `json:"durability"`
	Verdict     string              `json:"verdict"`
	Reasons     []string            `json:"verdict_reasons"`
	Violations  []Violation         `json:"violations"`
	Invariants  []Invariant         `json:"invariants"`
	Machine     map[string]string   `json:"machine"`
	Versions    map[string]string   `json:"versions"`
	Parity      map[string]Parity   `json:"parity"`
	Policy      map[string]string   `json:"policy"`
	Cells       []Cell              `json:"cells"`
	Pools       []Pool              `json:"pools"`
	Capacity    map[string]Capacity `json:"capacity"` // by style, with the run's own settings
	Limits      []Limit             `json:"limits"`   // each throughput beside its ceiling
	Comparisons []Comparison        `json:"comparisons"`
	Contrasts   []Contrast          `json:"contrasts,omitempty"` // of scenarios, where the plan names pairs
}

// A Violation is one broken promise, with its evidence.
type Violation struct {
	Cell      string `json:"cell"`
	Style     string `json:"style"`
	Invariant string `json:"invariant"`
	Order     string `json:"order"`
	Detail    string `json:"detail"`
}

// An Invariant is a promise, how often it was put to the test, and how often it
// was broken.
type Invariant struct {
	Name     string `json:"invariant"`
	Promise  string `json:"promise"`
	Judged   int    `json:"judged"`
	Violated int    `json:"violated"`
	AtMost   Num    `json:"at_most_95"` // upper bound on the true share; null if none was judged
}

// Parity is one line of what each side was given.
type Parity struct {
	Choreography  string `json:"choreography"`
	Orchestration string `json:"orchestration"`
	Equal         bool   `json:"equal"`
	Note          string `json:"note,omitempty"`
}

// A Cell is what one style did under one setting in one repeat.
type Cell struct {
	ID         string                        `json:"id"`
	Style      string                        `json:"style"`
	Scenario   string                        `json:"scenario"`
	Kind       string                        `json:"kind"`
	Repeat     int                           `json:"repeat"`
	Durability string                        `json:"durability"`
	Varies     []string                      `json:"varies,omitempty"` // how its settings differ from the run's
	Window     Num                           `json:"window_s"`
	Offered    Num                           `json:"offered_per_s"`  // as planned
	Due        Num                           `json:"due_per_s"`      // as drawn: what achieved is held against
	Achieved   Num                           `json:"achieved_per_s"` // settled inside the window
	Behind     bool                          `json:"fell_behind"`    // more was open at the end than in a system that keeps up
	Saturated  bool                          `json:"saturated"`      // that, and no fault delays orders
	Cut        bool                          `json:"cut"`
	Late       string                        `json:"generator_late,omitempty"` // why its latency is the generator's own
	Drained    bool                          `json:"drained"`
	Faults     []string                      `json:"faults"`
	Orders     Counts                        `json:"orders"`
	Latency    Latency                       `json:"latency_ms"`
	ByOutcome  map[food.Ending]EndingLatency `json:"latency_by_outcome_ms"`
	Violations []Violation                   `json:"violations"`
	Wrong      int                           `json:"wrong_orders"`  // with at least one violation, warm-up included
	WrongMin   bool                          `json:"wrong_or_more"` // Wrong is a lower bound
	Absorbed   Num                           `json:"absorbed"`
	Verdict    string                        `json:"verdict"`
	Reasons    []string                      `json:"verdict_reasons"`
	Claims     map[string]string             `json:"claims"`
	Warnings   []string                      `json:"warnings"`
	Generator  record.Generator              `json:"generator"`
	Recoveries []Recovery                    `json:"recoveries,omitempty"` // one per outage
	Cost       Cost                          `json:"cost"`
	Share      Num                           `json:"share_of_ceiling"` // of a saturated cell; null also where the run measured no ceiling
}

// Counts are the measured orders of a cell; the warm-up is counted beside them.
// Every offered order is settled, stuck, unanswered or dropped.
type Counts struct {
	Offered          int `json:"offered"`
	Accepted         int `json:"accepted"`
	Settled          int `json:"settled"`
	Completed        int `json:"completed"`
	PaymentDeclined  int `json:"payment_declined"`
	RestaurantFailed int `json:"restaurant_failed"`
	NoPartner        int `json:"no_partner"`
	Stuck            int `json:"stuck"`      // accepted and never settled
	Unanswered       int `json:"unanswered"` // submitted without an answer, and never settled
	Dropped          int `json:"dropped"`    // never submitted
	Warmup           int `json:"warmup"`
}

// Of returns the number of orders that settled with the given ending.
func (c Counts) Of(e food.Ending) int { return *c.at(e) }

func (c *Counts) at(e food.Ending) *int {
	switch e {
	case food.Completed:
		return &c.Completed
	case food.PaymentDeclined:
		return &c.PaymentDeclined
	case food.RestaurantFailed:
		return &c.RestaurantFailed
	}
	return &c.NoPartner
}

func (c *Counts) add(o Counts) {
	c.Offered += o.Offered
	c.Accepted += o.Accepted
	c.Settled += o.Settled
	for _, e := range food.Endings {
		*c.at(e) += o.Of(e)
	}
	c.Stuck += o.Stuck
	c.Unanswered += o.Unanswered
	c.Dropped += o.Dropped
	c.Warmup += o.Warmup
}

// count sorts the orders of a cell into their fates.
func count(orders []record.Order) Counts {
	var c Counts
	for _, o := range orders {
		if o.Warmup {
			c.Warmup++
			continue
		}
		c.Offered++
		accepted, settled := came(o.Accept), came(o.Settled)
		if accepted {
			c.Accepted++
		}
		switch {
		case settled:
			c.Settled++
			*c.at(food.Ending(o.Outcome))++
		case accepted:
			c.Stuck++
		case came(o.Sent):
			c.Unanswered++
		default:
			c.Dropped++
		}
	}
	return c
}

// came says whether a moment came at all.
func came(ms float64) bool { return ms == ms }
