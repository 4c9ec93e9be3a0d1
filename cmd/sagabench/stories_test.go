package main

import (
	"io"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A server keeps what happened to an order also when its cell is closed, and says of one
// that it does not know that it does not.
func TestStoriesOfAClosedCell(t *testing.T) {
	t.Parallel()
	for _, style := range []string{record.Choreography, record.Orchestration} {
		t.Run(style, func(t *testing.T) {
			t.Parallel()
			setup := plan.Setup{Durability: durability.Memory}
			server, err := benchStyles(nil, io.Discard)[style].Start(t.Context(), bench.Block{Dir: t.TempDir(), Setup: setup})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { server.Close() })
			settled, dir := make(chan struct{}), t.TempDir()
			var tally food.Tally
			system, err := server.Open(t.Context(), bench.Env{
				Config: world.Config{Cell: "c", Dir: dir, Durability: durability.Memory, Policy: food.DefaultPolicy, Called: dir + ".calls", Fired: dir + ".faults"},
				Rows: func(c ledger.Commit) {
					for _, r := range c.Rows {
						if tally.Add(r) {
							close(settled)
						}
					}
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			order := food.Order{ID: "o-1", Customer: "ada", Restaurant: "dosa-corner", Items: []food.Item{{Dish: "dosa", Quantity: 1, Price: 8_50}}}
			if err := system.Submit(t.Context(), order); err != nil {
				t.Fatal(err)
			}
			select {
			case <-settled:
			case <-time.After(30 * time.Second):
				t.Fatal("the order does not settle")
			}
			if err := system.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := server.(bench.KeepingServer).Stories(t.Context(), "c", []string{"o-1", "o-9"})
			if err != nil || len(all) != 2 {
				t.Fatalf("%d stories, %v", len(all), err)
			}
			if all[0].Order != "o-1" || len(all[0].Moments) < 4 {
				t.Errorf("of the order: %+v", all[0])
			}
			if all[1].Order != "o-9" || len(all[1].Moments) > 0 || len(all[1].Notes) != 1 {
				t.Errorf("of one that was never placed: %+v", all[1])
			}
		})
	}
}
