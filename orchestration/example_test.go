package orchestration_test

import (
	"context"
	"fmt"
	"os"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/orchestration"
)

// One order, from click to doorbell. What runs side by side comes in any order.
func Example() {
	ctx := context.Background()
	server := exampleServer(ctx)
	defer server.Close()

	// The world: it prints what happens in it, and tells when an order is settled.
	settled := make(chan struct{})
	var order food.Tally
	world := ledger.NewMemory(ledger.Options{Committed: func(c ledger.Commit) {
		for _, row := range c.Rows {
			fmt.Println(row.Service, row.Action, row.Outcome)
			order.Add(row)
		}
		if order.Settled() {
			close(settled)
		}
	}})
	defer world.Close()
	services := food.NewServices(world, food.DefaultPolicy)
	defer services.Close()

	config := orchestration.Config{HostPort: server.Addr(), Name: "example", Policy: food.DefaultPolicy}
	worker, err := orchestration.Work(ctx, config, services)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer worker.Close(ctx)

	coordinator, err := orchestration.Open(ctx, config)
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
	// restaurant confirm done
	// order status-confirmed done
	// notification mail-confirmed done
	// loyalty award done
	// delivery assign done
	// order status-completed done
	// notification mail-partner-assigned done
}

func exampleServer(ctx context.Context) *devserver.Server {
	exe, err := devserver.FindTemporal(ctx, os.Stderr)
	if err != nil {
		panic(err)
	}
	server, err := devserver.StartTemporal(ctx, []string{exe}, devserver.Config{Durability: durability.Memory})
	if err != nil {
		panic(err)
	}
	return server
}
