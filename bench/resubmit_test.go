package bench

import (
	"context"
	"errors"
	"testing"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

// A counter counts submissions, of which it answers so many.
type counter struct {
	System
	submitted []string
	answers   int
}

func (c *counter) Submit(_ context.Context, o food.Order) error {
	if c.submitted = append(c.submitted, o.ID); len(c.submitted) > c.answers {
		return errors.New("no answer")
	}
	return nil
}

// An order that is drawn is submitted once more at once, which leaves a fault, and once
// more at the end. Without an answer there is no fault.
func TestResubmission(t *testing.T) {
	rules, err := fault.ParseAll([]string{"order:resubmit@100%"})
	if err != nil {
		t.Fatal(err)
	}
	o := food.Order{ID: "o-1"}
	for _, c := range []struct {
		answers, submitted, faults int
		firstFails, lastFails      bool
	}{{2, 2, 1, false, false}, {1, 2, 1, false, true}, {0, 1, 0, true, false}} {
		again, system := resubmission{plan: fault.NewPlan(1, rules)}, &counter{answers: c.answers}
		first := again.submit(t.Context(), system, o)
		last := again.all(t.Context(), system)
		if !again.drawn(o) || (first != nil) != c.firstFails || (last != nil) != c.lastFails {
			t.Errorf("%d answers: %v and %v", c.answers, first, last)
		}
		if len(system.submitted) != c.submitted || len(again.faults) != c.faults {
			t.Errorf("%d answers: submitted %v, faults %v", c.answers, system.submitted, again.faults)
		}
		for _, f := range again.faults {
			if f.Order != o.ID || f.Kind != "resubmit" || f.Rule != "order:resubmit@100%" || f.At.IsZero() {
				t.Errorf("%+v", f)
			}
		}
	}
	if none := (&resubmission{plan: fault.NewPlan(1, nil)}); none.drawn(o) {
		t.Error("an order is drawn that no rule is for")
	}
}

// How busy the machine was is a share of what all processors spent, and nothing where
// that is not known.
func TestBusySince(t *testing.T) {
	before := processorTime{all: 100, idle: 60}
	if busy := (processorTime{all: 110, idle: 64}).busySince(before); busy == nil || *busy != 0.6 {
		t.Errorf("busy %v, want 0.6", busy)
	}
	for _, unknown := range []processorTime{before, {}} {
		if busy := unknown.busySince(before); busy != nil {
			t.Errorf("%+v: busy %v, want none", unknown, *busy)
		}
	}
	if busy := (processorTime{all: 5, idle: 1}).busySince(processorTime{}); busy != nil {
		t.Errorf("busy %v since nothing is known", *busy)
	}
}
