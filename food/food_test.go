package food_test

import (
	"context"
	"errors"
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
		`customer ""`:   func(o *food.Order) { o.Customer = "" },
		`customer "a`:   func(o *food.Order) { o.Customer = strings.Repeat("a", food.MaxName+1) },
		`restaurant ""`: func(o *food.Order) { o.Restaurant = "" },
		`"\xffa"`:       func(o *food.Order) { o.Restaurant = "\xffa" },
		"0 items":       func(o *food.Order) { o.Items = nil },
		"51 items":      func(o *food.Order) { o.Items = make([]food.Item, 51) },
		`dish 1, ""`:    func(o *food.Order) { o.Items[0].Dish = "" },
		`"so\nup"`:      func(o *food.Order) { o.Items[0].Dish = "so\nup" },
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
		"0 attempts":    func(p *food.Policy) { p.Attempts = 0 },
		"back-off":      func(p *food.Policy) { p.MaxBackoff = p.FirstBackoff / 2 },
		"20 % below":    func(p *food.Policy) { p.CallTimeout = p.Redelivery * 9 / 10 },
		"whole seconds": func(p *food.Policy) { p.Redelivery = 5500 * time.Millisecond },
		"concurrency 0": func(p *food.Policy) { p.Concurrency = 0 },
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

// Each ending is settled by its required rows, in any order, and by no fewer.
func TestSettled(t *testing.T) {
	for ending, required := range food.Required {
		for missing := -1; missing < len(required); missing++ {
			var tally food.Tally
			for i, r := range required {
				if i == missing {
					continue
				}
				outcome := food.Done
				if r.Want == food.WantNotDone || r.Want == food.WantEither {
					outcome = food.Blocked
				}
				tally.Add(food.Row{Action: r.Action, Outcome: outcome})
			}
			if settled := tally.Settled(); settled != (missing < 0) {
				t.Errorf("%s without row %d: settled %v", ending, missing, settled)
			}
			if got, _ := tally.Ending(); missing < 0 && got != ending {
				t.Errorf("ending is %q, want %s", got, ending)
			}
		}
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
// effect then finds itself blocked. A call that is not deciding is never given up.
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
	late, err := food.NewServices(store, policy).Confirm(t.Context(), lunch, 1)
	if err != nil || late.Outcome != food.Blocked {
		t.Errorf("late effect: %+v, %v, want it blocked", late, err)
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
