package conformance

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/load"
	"github.com/sagabench/sagabench/food"
)

// cast makes orders that must come to the given endings. An order's id has the
// ending and its number among those: no_partner-7. So a fault can see from a call alone
// what is to become of its order, in this process and in a worker's.
func cast(endings ...food.Ending) []food.Order {
	mix := load.Mix{Scenario: "conformance", Rate: 1}
	orders, count := make([]food.Order, len(endings)), map[food.Ending]int{}
	for n, ending := range endings {
		orders[n] = mix.Order(n)
		orders[n].ID = fmt.Sprintf("%s-%d", ending, count[ending])
		count[ending]++
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

// route is how an order comes to its ending. For an escalated one that is the ending
// that it would have come to if its undos had not been rejected.
func route(order string) food.Ending {
	if e := ending(order); e != food.Escalated {
		return e
	}
	return []food.Ending{food.RestaurantFailed, food.NoPartner, food.CustomerCancelled}[number(order)%3]
}

func number(order string) int {
	_, after, _ := strings.Cut(order, "-")
	n, _ := strconv.Atoi(after)
	return n
}
