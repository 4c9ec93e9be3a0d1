package food_test

import (
	"context"
	"fmt"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

var lunch = food.Order{
	ID: "o-17", Customer: "ada", Restaurant: "Da Mario",
	Items: []food.Item{{Dish: "Margherita", Quantity: 2, Price: 9_50}, {Dish: "Tiramisu", Quantity: 1, Price: 5_90}},
}

// One charge, and the same charge again: the second finds the first one's row.
// (The ledger is internal, so the examples run inside this module alone.)
func Example() {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy)

	for attempt := 1; attempt <= 2; attempt++ {
		row, err := services.Charge(context.Background(), lunch, attempt)
		fmt.Println(row.Action, row.Outcome, row.Amount, "for", row.For, "by attempt", row.Attempt, err)
	}
	fmt.Println("absorbed:", services.Absorbed())
	// Output:
	// charge done 24.90 for ada by attempt 1 <nil>
	// charge done 24.90 for ada by attempt 1 <nil>
	// absorbed: 1
}

// An undo that comes before its call blocks it for good.
func Example_undoFirst() {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy)

	for _, call := range []food.Step{services.Revoke, services.Award} {
		row, err := call(context.Background(), lunch, 1)
		fmt.Println(row.Action, row.Outcome, row.Reason, err)
	}
	// Output:
	// revoke done nothing_to_undo <nil>
	// award blocked undone <nil>
}

// A fault is an interceptor. This one loses every reply, so the charge is given
// up after its last attempt. But giving up finds the row of the first one, so the
// charge is done.
func ExampleInterceptor() {
	loseReply := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if err := next(ctx); err != nil {
			return err
		}
		return food.ErrNoAnswer
	}
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	policy := food.DefaultPolicy
	policy.Attempts = 2
	services := food.NewServices(store, policy, loseReply)

	for attempt := 1; attempt <= 2; attempt++ {
		row, err := services.Charge(context.Background(), lunch, attempt)
		fmt.Printf("attempt %d: %q %v\n", attempt, row.Outcome, err)
	}
	// Output:
	// attempt 1: "" payment.charge of o-17 (attempt 1): no answer: it may have had its effect
	// attempt 2: "done" <nil>
}

// Restaurants say no through the context of the call, and the no is recorded.
func ExampleRefusing() {
	closed := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		return next(food.Refusing(ctx, "kitchen closed"))
	}
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy, closed)

	confirm, _ := services.Confirm(context.Background(), lunch, 1)
	mail, _ := services.MailCancelled(context.Background(), lunch, 1) // can't be refused
	fmt.Println(confirm.Outcome, confirm.Reason, "·", mail.Outcome)
	// Output: refused kitchen closed · done
}

// A tally knows when an order is settled.
func ExampleTally() {
	var t food.Tally
	for _, row := range []food.Row{
		{Action: food.Charge, Outcome: food.Refused},
		{Action: food.StatusCancelled, Outcome: food.Done},
		{Action: food.MailPaymentFailed, Outcome: food.Done},
	} {
		t.Add(row)
		ending, known := t.Ending()
		fmt.Println(ending, known, t.Settled())
	}
	// Output:
	// payment_declined true false
	// payment_declined true false
	// payment_declined true true
}

// The waits of a policy double up to a bound.
func ExamplePolicy_Backoff() {
	for n := 1; n <= 6; n++ {
		fmt.Print(food.DefaultPolicy.Backoff(n), " ")
	}
	fmt.Println("in all", food.DefaultPolicy.Patience())
	// Output: 100ms 200ms 400ms 800ms 1.6s 2s in all 7.1s
}
