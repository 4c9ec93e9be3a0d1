package food_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOrderValidate(t *testing.T) {
	if err := lunch.Validate(); err != nil {
		t.Fatalf("good order: %v", err)
	}
	for want, spoil := range map[string]func(*food.Order){
		"order id":      func(o *food.Order) { o.ID = "a.b" },
		`order id ""`:   func(o *food.Order) { o.ID = "" },
		"64 letters":    func(o *food.Order) { o.ID = strings.Repeat("x", 65) },
		"no customer":   func(o *food.Order) { o.Customer = "" },
		"no restaurant": func(o *food.Order) { o.Restaurant = "" },
		"0 items":       func(o *food.Order) { o.Items = nil },
		"51 items":      func(o *food.Order) { o.Items = make([]food.Item, 51) },
		"no dish":       func(o *food.Order) { o.Items[0].Dish = "" },
		"0 ×":           func(o *food.Order) { o.Items[0].Quantity = 0 },
		"101 ×":         func(o *food.Order) { o.Items[0].Quantity = 101 },
		"costs 0.00":    func(o *food.Order) { o.Items[0].Price = 0 },
		"costs -0.01":   func(o *food.Order) { o.Items[0].Price = -1 },
	} {
		o := lunch
		o.Items = append([]food.Item{}, lunch.Items...)
		spoil(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v, want %q in it", err, want)
		}
	}
}

func TestPolicyValidate(t *testing.T) {
	for want, spoil := range map[string]func(*food.Policy){
		"0 attempts":            func(p *food.Policy) { p.Attempts = 0 },
		"0 attempts at an undo": func(p *food.Policy) { p.UndoAttempts = 0 },
		"back-off":              func(p *food.Policy) { p.MaxBackoff = p.FirstBackoff / 2 },
		"20 % below":            func(p *food.Policy) { p.CallTimeout = p.Redelivery * 9 / 10 },
		"whole seconds":         func(p *food.Policy) { p.Redelivery = 5500 * time.Millisecond },
		"concurrency 0":         func(p *food.Policy) { p.Concurrency = 0 },
	} {
		p := food.DefaultPolicy
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v, want %q in it", err, want)
		}
	}
}

// Every action belongs to one service, every undo to the service of what it
// undoes, and no action is required by no ending.
func TestVocabulary(t *testing.T) {
	of := map[food.Action]food.Service{}
	for _, s := range food.AllServices {
		for _, a := range food.Actions[s] {
			if of[a] != "" {
				t.Errorf("%s belongs to %s and to %s", a, of[a], s)
			}
			of[a] = s
		}
	}
	required := map[food.Action]bool{}
	for _, ending := range food.Endings {
		for _, r := range food.Required[ending] {
			required[r.Action] = true
		}
	}
	for a, s := range of {
		if forward := a.Undoes(); forward != "" && of[forward] != s {
			t.Errorf("%s of %s undoes %s of %s", a, s, forward, of[forward])
		}
		if !required[a] {
			t.Errorf("no ending requires %s", a)
		}
	}
}

// Each story is the rows of an order: done, ✗ rejected or ⊘ blocked. The order has ended with all of them, in any order, and with no fewer.
func TestSettled(t *testing.T) {
	any := rand.New(rand.NewPCG(1, 2))
	const back = " refund cancel-ticket revoke status-cancelled mail-cancelled"
	for _, story := range []struct {
		ending food.Ending
		rows   string
	}{
		{food.Completed, "charge confirm assign award status-confirmed mail-confirmed status-completed mail-partner-assigned"},
		{food.Completed, "charge confirm assign award status-confirmed⊘ mail-confirmed⊘ status-completed mail-partner-assigned"},
		{food.PaymentDeclined, "charge✗ status-cancelled mail-payment-failed"},
		{food.RestaurantFailed, "charge confirm✗ refund status-cancelled mail-cancelled mail-refunded"},
		{food.NoPartner, "charge confirm assign✗ award status-confirmed mail-confirmed mail-refunded" + back},
		{food.NoPartner, "charge confirm assign✗ award⊘ status-confirmed⊘ mail-confirmed⊘ mail-refunded" + back},

		// The customer cancels: with nothing done, with something, and with all that can be.
		{food.CustomerCancelled, "cancel charge⊘ confirm⊘ assign⊘" + back},
		{food.CustomerCancelled, "cancel charge confirm⊘ assign⊘ mail-refunded" + back},
		{food.CustomerCancelled, "cancel charge confirm assign⊘ mail-refunded" + back},
		// Something else comes in between.
		{food.PaymentDeclined, "cancel charge✗ assign⊘ mail-payment-failed" + back},
		{food.RestaurantFailed, "cancel charge confirm✗ assign⊘ mail-refunded" + back},
		{food.NoPartner, "cancel charge confirm assign✗ award status-confirmed mail-confirmed mail-refunded" + back},

		// An undo is rejected.
		{food.Escalated, "charge confirm✗ refund✗ status-cancelled mail-cancelled mail-escalated resolve"},
		{food.Escalated, "charge confirm assign✗ award status-confirmed mail-confirmed refund cancel-ticket✗ revoke✗ status-cancelled mail-cancelled mail-refunded mail-escalated resolve"},
		{food.Escalated, "cancel charge confirm⊘ assign⊘ refund✗ cancel-ticket revoke status-cancelled mail-cancelled mail-escalated resolve"},
	} {
		all := strings.Fields(story.rows)
		for missing := -1; missing < len(all); missing++ {
			tally, ends := food.Tally{}, 0
			for _, i := range any.Perm(len(all)) {
				if i != missing && tally.Add(row(all[i])) {
					ends++
				}
			}
			without := "nothing"
			if missing >= 0 {
				without = all[missing]
			}
			if without == "cancel" && story.ending != food.CustomerCancelled && story.ending != food.Escalated {
				continue // it would have ended so without the customer
			}
			if settled := tally.Settled(); settled != (missing < 0) {
				t.Errorf("%s (%s) without %s: settled %v", story.ending, story.rows, without, settled)
			}
			ended := missing < 0 || without == "resolve"
			if tally.Ended() != ended || ended && ends == 0 {
				t.Errorf("%s (%s) without %s: ended %v, noticed %d times", story.ending, story.rows, without, tally.Ended(), ends)
			}
			if got, _ := tally.Ending(); missing < 0 && got != story.ending {
				t.Errorf("%s: ending is %q, want %s", story.rows, got, story.ending)
			}
		}
	}
}

// row reads one of a story's rows.
func row(text string) food.Row {
	for mark, r := range map[string]food.Row{
		"✗": {Outcome: food.Refused}, "⊘": {Outcome: food.Blocked, Reason: food.Undone},
	} {
		if action, ok := strings.CutSuffix(text, mark); ok {
			r.Action = food.Action(action)
			return r
		}
	}
	return food.Row{Action: food.Action(text), Outcome: food.Done}
}

// A cancelled order whose calls are in flight may still turn out to have been rejected.
func TestEndingOfACancelledOrder(t *testing.T) {
	var tally food.Tally
	for _, text := range []string{"cancel", "assign⊘", "charge"} {
		tally.Add(row(text))
		if ending, known := tally.Ending(); known {
			t.Errorf("after %s: ending %s is known", text, ending)
		}
	}
	if tally.Add(row("confirm✗")); !tally.Has(food.Confirm) || tally.Has(food.Refund) {
		t.Error("it has a row of confirm, and none of refund")
	}
	if ending, _ := tally.Ending(); ending != food.RestaurantFailed {
		t.Errorf("ending %s", ending)
	}
}

// A call that outlives its timeout is "no answer" at once; its effect comes late
// and stands.
func TestTimeout(t *testing.T) {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	release := make(chan struct{})
	slow := func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
		return food.Detach(ctx, func() error {
			<-release
			return next(context.WithoutCancel(ctx))
		})
	}
	policy := food.DefaultPolicy
	policy.CallTimeout = 10 * time.Millisecond
	services := food.NewServices(store, policy, slow)
	if _, err := services.Charge(t.Context(), lunch, 1); !errors.Is(err, food.ErrNoAnswer) {
		t.Errorf("slow charge: %v, want no answer", err)
	}
	close(release)
	services.Close() // waits for the late effect
	row, absorbed, err := store.Do(t.Context(), food.Call{Order: lunch.ID, Service: food.Payment, Action: food.Charge, Attempt: 2}, food.Proposal{Outcome: food.Done})
	if err != nil || !absorbed || row.Attempt != 1 || row.Amount != lunch.Total() {
		t.Errorf("after the late effect: %+v, absorbed %v, %v", row, absorbed, err)
	}
}

// A deciding call is given up after its last attempt, and not before; a late
// effect then finds itself blocked. A call that is neither deciding nor an undo is
// never given up.
func TestGivingUp(t *testing.T) {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	failing := func(context.Context, food.Call, func(context.Context) error) error { return food.ErrFailure }
	policy := food.DefaultPolicy
	policy.Attempts = 3
	services := food.NewServices(store, policy, failing)
	for attempt := 1; attempt < 3; attempt++ {
		if _, err := services.Confirm(t.Context(), lunch, attempt); !errors.Is(err, food.ErrFailure) {
			t.Errorf("attempt %d: %v, want a failure", attempt, err)
		}
	}
	row, err := services.Confirm(t.Context(), lunch, 3)
	if err != nil || row.Outcome != food.Blocked || row.Reason != food.GaveUp || !row.Rejected() {
		t.Errorf("attempt 3: %+v, %v, want blocked(gave_up)", row, err)
	}
	other := lunch
	other.ID = "other"
	if _, err := food.NewServices(store, policy).Confirm(t.Context(), other, 1); err != nil {
		t.Fatal(err)
	}
	late, err := food.NewServices(store, policy).Confirm(t.Context(), lunch, 1)
	if err != nil || late.Outcome != food.Blocked {
		t.Errorf("late effect: %+v, %v, want it blocked", late, err)
	}
	// So is an undo, after more attempts. It closes its forward call even so, and is
	// definite: nothing to undo, here.
	if _, err := services.Refund(t.Context(), lunch, 59); !errors.Is(err, food.ErrFailure) {
		t.Errorf("attempt 59 of a refund: %v, want a failure", err)
	}
	if row, err := services.Refund(t.Context(), lunch, 60); err != nil || row.Reason != food.NothingToUndo {
		t.Errorf("attempt 60 of a refund of nothing: %+v, %v", row, err)
	}
	if row, err := services.CancelTicket(t.Context(), other, 60); err != nil || !row.Rejected() {
		t.Errorf("attempt 60 to cancel a ticket: %+v, %v, want it given up", row, err)
	}
	if _, err := services.MailConfirmed(t.Context(), lunch, 100); !errors.Is(err, food.ErrFailure) {
		t.Errorf("attempt 100 of a mail: %v, want a failure", err)
	}
}

// The first interceptor is the outermost.
func TestChain(t *testing.T) {
	var order []string
	named := func(name string) food.Interceptor {
		return func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
			order = append(order, name)
			defer func() { order = append(order, "/"+name) }()
			return next(ctx)
		}
	}
	err := food.Chain(named("a"), named("b"))(t.Context(), food.Call{}, func(context.Context) error {
		order = append(order, "effect")
		return nil
	})
	if got := strings.Join(order, " "); err != nil || got != "a b effect /b /a" {
		t.Errorf("order %q, %v", got, err)
	}
}

// What follows a call depends on its row alone, and some rows are followed by nothing.
func TestWhatFollowsARow(t *testing.T) {
	for _, tt := range []struct {
		row                  food.Row
		tookEffect, rejected bool
	}{
		{food.Row{Outcome: food.Done}, true, false},
		{food.Row{Outcome: food.Refused, Reason: "no funds"}, false, true},
		{food.Row{Outcome: food.Blocked, Reason: food.GaveUp}, false, true},
		{food.Row{Outcome: food.Blocked, Reason: food.Undone}, false, false},
		{food.Row{Outcome: food.Done, Reason: food.NothingToUndo}, false, false},
	} {
		if got := tt.row.TookEffect(); got != tt.tookEffect {
			t.Errorf("%s %s took effect: %v", tt.row.Outcome, tt.row.Reason, got)
		}
		if got := tt.row.Rejected(); got != tt.rejected {
			t.Errorf("%s %s rejected: %v", tt.row.Outcome, tt.row.Reason, got)
		}
	}
}
