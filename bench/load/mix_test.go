package load_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/food"
)

var mix = load.Mix{Scenario: "refused-20", Rate: 12.5, Repeat: 2, Seed: 7}

// A run can be repeated elsewhere and later only as long as this order stays.
func TestOrderIsPinned(t *testing.T) {
	want := food.Order{
		ID:         "refused-20-12_5-2-17",
		Customer:   "customer-126",
		Restaurant: "Trattoria Aurora",
		Items: []food.Item{
			{Dish: "Gnocchi", Quantity: 1, Price: 1120},
			{Dish: "Tiramisu", Quantity: 1, Price: 550},
			{Dish: "Lasagne", Quantity: 2, Price: 1250},
		},
	}
	if diff := cmp.Diff(want, mix.Order(17)); diff != "" {
		t.Errorf("order 17 (-want +got):\n%s", diff)
	}
}

// Every order can be placed, whatever the scenario is called.
func TestOrdersAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := load.Mix{
			Scenario: rapid.StringMatching(`[a-z0-9-]{1,24}`).Draw(t, "scenario"),
			Rate:     float64(rapid.IntRange(1, 1_000_000).Draw(t, "rate")) / 100,
			Repeat:   rapid.IntRange(0, 100).Draw(t, "repeat"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
		}
		n := rapid.IntRange(0, 10_000_000).Draw(t, "n")
		for _, o := range []food.Order{m.Order(n), m.Warmup(n)} {
			if err := o.Validate(); err != nil {
				t.Error(err)
			}
			if len(o.Items) > 5 {
				t.Errorf("%s has %d items", o.ID, len(o.Items))
			}
		}
		if cmp.Diff(m.Order(n), m.Order(n)) != "" {
			t.Error("the same order differs from itself")
		}
	})
}

// Scenario, rate, repeat, number and warm-up each make another id; the seed
// makes the same order with other contents.
func TestIDs(t *testing.T) {
	seen := map[string]string{}
	for _, scenario := range []string{"a", "a-1", "a-1-1", "w", "w1"} {
		for _, rate := range []float64{0.1, 1, 1.1, 11} {
			for repeat := range 3 {
				m := load.Mix{Scenario: scenario, Rate: rate, Repeat: repeat}
				for n := range 12 {
					for _, id := range []string{m.Order(n).ID, m.Warmup(n).ID} {
						what := strings.Join([]string{scenario, id}, " ")
						if other, ok := seen[id]; ok {
							t.Fatalf("%s is also %s", what, other)
						}
						seen[id] = what
					}
				}
			}
		}
	}
	other := mix
	other.Seed++
	if other.Order(3).ID != mix.Order(3).ID {
		t.Error("the seed changed an id")
	}
	if cmp.Diff(other.Order(3), mix.Order(3)) == "" {
		t.Error("the seed changed nothing")
	}
}

// The mix is varied: customers come back, and baskets differ in size.
func TestOrdersVary(t *testing.T) {
	customers, restaurants, sizes := map[string]int{}, map[string]int{}, map[int]int{}
	for n := range 4000 {
		o := mix.Order(n)
		customers[o.Customer]++
		restaurants[o.Restaurant]++
		sizes[len(o.Items)]++
	}
	if n := len(customers); n < 300 || n > 500 {
		t.Errorf("%d customers, want a few hundred", n)
	}
	if len(restaurants) < 5 || len(sizes) != 5 {
		t.Errorf("%d restaurants and baskets of %v, want several and 1 to 5", len(restaurants), sizes)
	}
}

// What was ordered is written down without the services' help.
func TestItemsInWriting(t *testing.T) {
	if got, want := load.Items(mix.Order(17)), "1*1120 Gnocchi;1*550 Tiramisu;2*1250 Lasagne"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
