package measure_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// away is a cell whose orders are due every 100 ms and take 20, but wait for the
// end of an outage from 1000 to 2000 and are then worked off every 50 ms.
func away() (record.Cell, []record.Order) {
	c := record.Cell{Outages: []record.Outage{{Service: "restaurant", From: 1000, To: 2000}}}
	var orders []record.Order
	free := 2000.0
	for due := 0.0; due < 4000; due += 100 {
		end := due + 20
		if due >= 1000 && free > due {
			free += 50
			end = free
		}
		orders = append(orders, record.Order{Due: due, Settled: end - due})
	}
	return c, orders
}

func TestRecovery(t *testing.T) {
	never := func(orders []record.Order) { orders[15].Settled = math.NaN() }
	for name, test := range map[string]struct {
		spoil func(*record.Cell, []record.Order)
		want  []measure.Recovery
	}{
		"worked off":        {nil, []measure.Recovery{{Service: "restaurant", Before: 1, Most: 11, Took: 950, Cleared: 550}}},
		"one order is lost": {func(_ *record.Cell, o []record.Order) { never(o) }, []measure.Recovery{{Service: "restaurant", Before: 1, Most: 11, Took: 1020, Cleared: measure.Num(math.Inf(+1))}}},
		"two are lost": {func(_ *record.Cell, o []record.Order) { never(o); never(o[1:]) },
			[]measure.Recovery{{Service: "restaurant", Before: 1, Most: 11, Took: measure.Num(math.Inf(+1)), Cleared: measure.Num(math.Inf(+1))}}},
		"cut short": {func(c *record.Cell, _ []record.Order) { c.Cut = true }, nil},
		"no outage": {func(c *record.Cell, _ []record.Order) { c.Outages = nil }, nil},
	} {
		c, orders := away()
		if test.spoil != nil {
			test.spoil(&c, orders)
		}
		if diff := cmp.Diff(test.want, measure.Recoveries(c, orders)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// An order is open from its due time on, and no longer when it settles.
func TestBacklog(t *testing.T) {
	orders := []record.Order{{Due: 0, Settled: 30}, {Due: 10, Settled: math.NaN()}, {Due: 30, Settled: 5}}
	want := []measure.Backlog{{At: 0, Open: 1}, {At: 10, Open: 2}, {At: 30, Open: 2}, {At: 35, Open: 1}}
	if got := measure.Backlogs(orders); !slices.Equal(got, want) {
		t.Errorf("backlog %v, want %v", got, want)
	}
}
