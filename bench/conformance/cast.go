package conformance

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/food"
)

// cast makes orders that must come to the given endings. An order's id has the
// ending and its number: no_partner-7. So a fault can see from a call alone what
// is to become of its order, in this process and in a worker's.
func cast(endings ...food.Ending) []food.Order {
	mix := load.Mix{Scenario: "conformance", Rate: 1}
	orders := make([]food.Order, len(endings))
	for n, ending := range endings {
		orders[n] = mix.Order(n)
		orders[n].ID = fmt.Sprintf("%s-%d", ending, n)
	}
	return orders
}

// largest are orders than which none of its ending is larger: every name, number and
// list is as long as it may be, and JSON takes six bytes for each one of a name.
func largest(endings ...food.Ending) []food.Order {
	orders := cast(endings...)
	for n := range orders {
		name := strings.Repeat("<", food.MaxName)
		o := food.Order{ID: orders[n].ID + strings.Repeat("0", 64-len(orders[n].ID)), Customer: name, Restaurant: name}
		for range food.MaxItems {
			o.Items = append(o.Items, food.Item{Dish: name, Quantity: food.MaxQuantity, Price: food.MaxPrice})
		}
		orders[n] = o
	}
	return orders
}

// times repeats a list of endings.
func times(n int, endings ...food.Ending) (all []food.Ending) {
	for range n {
		all = append(all, endings...)
	}
	return all
}

func ending(order string) food.Ending {
	before, _, _ := strings.Cut(order, "-")
	return food.Ending(before)
}

func number(order string) int {
	_, after, _ := strings.Cut(order, "-")
	n, _ := strconv.Atoi(after)
	return n
}
