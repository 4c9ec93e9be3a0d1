package choreography_test

import (
	"context"
	"fmt"
	"os"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// One order that is refused by the restaurant, and its compensation. What runs side
// by side comes in any order.
func Example() {
	ctx := context.Background()
	server := exampleServer(ctx)
	defer server.Close()

	// The ledger stands for the outside world. It prints what is recorded in it.
	settled := make(chan struct{})
	var tally food.Tally
	rows := ledger.NewMemory(ledger.Options{Committed: func(c ledger.Commit) {
		for _, row := range c.Rows {
			fmt.Println(row.Service, row.Action, row.Outcome)
			tally.Add(row)
		}
		if tally.Settled() {
			close(settled)
		}
	}})
	defer rows.Close()

	// A fault is an interceptor around the services' calls.
	closed := func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == food.Confirm {
			ctx = food.Refusing(ctx, "kitchen closed")
		}
		return next(ctx)
	}
	services := food.NewServices(rows, food.DefaultPolicy, closed)
	defer services.Close()

	config := choreography.Config{URL: server.URL(), Name: "example", Policy: food.DefaultPolicy, Memory: true}
	worker, err := choreography.Work(ctx, config, services)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer worker.Close(ctx)

	coordinator, err := choreography.Open(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer coordinator.Close(ctx)

	err = coordinator.Submit(ctx, food.Order{
		ID: "o-1", Customer: "ada", Restaurant: "dosa-corner",
		Items: []food.Item{{Dish: "masala dosa", Quantity: 2, Price: 8_50}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-settled

	// Unordered output:
	// payment charge done
	// restaurant confirm refused
	// payment refund done
	// order status-cancelled done
	// notification mail-cancelled done
	// notification mail-refunded done
}

// exampleServer starts this test binary as the server; see TestMain.
func exampleServer(ctx context.Context) *devserver.Server {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	server, err := devserver.StartNATS(ctx, []string{exe, "nats-server"}, devserver.Config{Durability: durability.Memory})
	if err != nil {
		panic(err)
	}
	return server
}
