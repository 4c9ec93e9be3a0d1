package food_test

import (
	"context"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// whom is whom and what each service's rows are for, which the benchmark's judge
// holds against the order by rules of its own.
var whom = map[food.Service]string{
	food.OrderService: "ada", food.Payment: "ada", food.Loyalty: "ada", food.Notification: "ada",
	food.Restaurant: "Da Mario: 2 Margherita, 1 Tiramisu",
	food.Delivery:   "Da Mario to ada",
}

// Each action has a step, which does that and nothing else, at the service whose
// it is.
func TestSteps(t *testing.T) {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy)
	steps := services.Steps()
	known := 0
	for service, actions := range food.Actions {
		for _, action := range actions {
			known++
			step := steps[action]
			if step == nil {
				t.Errorf("%s has no step", action)
				continue
			}
			o := lunch
			o.ID = string(action) // none stands in another's way
			row, err := step(t.Context(), o, 1)
			if err != nil || row.Action != action || row.Service != service {
				t.Errorf("the step of %s made %s.%s (%v)", action, row.Service, row.Action, err)
			}
			want := whom[service]
			if action == food.Cancel {
				want = "ada" // it is for who cancels, not for the courier
			}
			if row.For != want {
				t.Errorf("%s was for %q, want %q", action, row.For, want)
			}
		}
	}
	if len(steps) != known {
		t.Errorf("%d steps for %d actions", len(steps), known)
	}
}

// A refused row is for someone, and so is an undo that found nothing. What a call
// wrote that never happened is for no one.
func TestWhomARowIsFor(t *testing.T) {
	refuse := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		return next(food.Refusing(ctx, "no"))
	}
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy, refuse)
	giveUp := func(ctx context.Context, o food.Order, attempt int) (food.Row, error) {
		return store.GiveUp(ctx, food.Call{Order: o.ID, Service: food.Delivery, Action: food.Assign, Attempt: attempt})
	}
	for _, c := range []struct {
		step   food.Step
		reason string
		want   string
	}{
		{services.Confirm, "no", whom[food.Restaurant]},
		{services.Revoke, food.NothingToUndo, "ada"},
		{services.Award, food.Undone, ""},
		{services.MailCancelled, "", "ada"},
		{services.MailConfirmed, food.Undone, ""},
		{giveUp, food.GaveUp, ""},
	} {
		row, err := c.step(t.Context(), lunch, 1)
		if err != nil || row.Reason != c.reason || row.For != c.want {
			t.Errorf("%s: %q for %q (%v), want %q for %q", row.Action, row.Reason, row.For, err, c.reason, c.want)
		}
	}
}
