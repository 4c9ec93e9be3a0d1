package bench

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

// A counter counts submissions, of which it answers so many, and what is cancelled when.
type counter struct {
	System
	submitted []string
	answers   int

	cancelled time.Time
	refuses   error // to cancel
}

func (c *counter) Submit(_ context.Context, o food.Order) error {
	if c.submitted = append(c.submitted, o.ID); len(c.submitted) > c.answers {
		return errors.New("no answer")
	}
	return nil
}

func (c *counter) Cancel(context.Context, food.Order) error {
	c.cancelled = time.Now()
	return c.refuses
}

// customersOf are those of a plan with some rules, and the orders of which it is not
// known what became of them.
func customersOf(t *testing.T, rules ...string) (who *customers, unanswered *[]string) {
	t.Helper()
	parsed, err := fault.ParseAll(rules)
	if err != nil {
		t.Fatal(err)
	}
	unanswered = new([]string)
	return &customers{plan: fault.NewPlan(1, parsed), unanswered: func(id string) { *unanswered = append(*unanswered, id) }}, unanswered
}

// An order that is drawn is submitted once more at once, which leaves a fault, and once
// more at the end. Without an answer there is no fault.
func TestResubmission(t *testing.T) {
	o := food.Order{ID: "o-1"}
	for _, c := range []struct {
		answers, submitted, faults int
		firstFails, lastFails      bool
	}{{2, 2, 1, false, false}, {1, 2, 1, false, true}, {0, 1, 0, true, false}} {
		who, unanswered := customersOf(t, "order:resubmit@100%")
		system := &counter{answers: c.answers}
		who.accepted(t.Context(), system, o)
		last := who.submitLast(t.Context(), system)
		if (len(*unanswered) > 0) != c.firstFails || (last != nil) != c.lastFails {
			t.Errorf("%d answers: %v unanswered, and %v", c.answers, *unanswered, last)
		}
		if len(system.submitted) != c.submitted || len(who.faults) != c.faults {
			t.Errorf("%d answers: submitted %v, faults %v", c.answers, system.submitted, who.faults)
		}
		for _, f := range who.faults {
			if f.Order != o.ID || f.Kind != "resubmit" || f.Rule != "order:resubmit@100%" || f.At.IsZero() {
				t.Errorf("%+v", f)
			}
		}
	}
}

// A customer who is drawn cancels once, when the shortest delay of the rules is over.
// That the order is unknown is an answer. A wish without an answer leaves no fault, but
// an order of which nothing is known; one that was never made leaves nothing.
func TestCustomersCancel(t *testing.T) {
	for name, c := range map[string]struct {
		refuses            error
		leaves             time.Duration // the harness, when it is cut short
		faults, unanswered int
	}{
		"stored":    {nil, time.Hour, 1, 0},
		"unknown":   {fmt.Errorf("order o-1: %w", food.ErrUnknownOrder), time.Hour, 1, 0},
		"no answer": {errors.New("away"), time.Hour, 0, 1},
		"cut short": {nil, time.Second, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				who, unanswered := customersOf(t, "order:cancel@100%+5s", "order:cancel@100%+2s")
				system, accepted := &counter{refuses: c.refuses}, time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), c.leaves)
				defer cancel()
				if !who.cancels(food.Order{ID: "o-1"}) {
					t.Error("the order is not drawn")
				}
				who.accepted(ctx, system, food.Order{ID: "o-1"})
				who.waiting.Wait()
				if len(who.faults) != c.faults || len(*unanswered) != c.unanswered {
					t.Fatalf("faults %v, unanswered %v", who.faults, *unanswered)
				}
				for _, f := range who.faults {
					if f.Order != "o-1" || f.Kind != "cancel" || f.Rule != "order:cancel@100%+2s" || !f.At.Equal(accepted.Add(2*time.Second)) {
						t.Errorf("%+v", f)
					}
				}
				if asked := !system.cancelled.IsZero(); asked == (name == "cut short") {
					t.Errorf("asked: %v", asked)
				}
			})
		})
	}
}

// Whom no rule is for does nothing.
func TestOtherCustomers(t *testing.T) {
	who, unanswered := customersOf(t)
	system := &counter{}
	who.accepted(t.Context(), system, food.Order{ID: "o-1"})
	who.waiting.Wait()
	if err := who.submitLast(t.Context(), system); err != nil || len(system.submitted)+len(who.faults)+len(*unanswered) > 0 || who.cancels(food.Order{ID: "o-1"}) {
		t.Errorf("%v, %v, %v, %v", err, system, who.faults, *unanswered)
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
