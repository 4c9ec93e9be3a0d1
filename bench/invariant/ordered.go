package invariant

import (
	"fmt"
	"strconv"
	"strings"
)

// An item is one line of what was ordered, as the load generator wrote it down
// before the order was placed.
type item struct {
	dish     string
	quantity int64
	price    int64 // cents, for one
}

// items reads the form "2*890 Margherita;1*550 Tiramisu". What it can't read is
// left out, and then nothing that was charged is right.
func items(written string) (all []item) {
	for line := range strings.SplitSeq(written, ";") {
		sum, dish, _ := strings.Cut(line, " ")
		quantity, price, _ := strings.Cut(sum, "*")
		n, err := strconv.ParseInt(quantity, 10, 64)
		cents, err2 := strconv.ParseInt(price, 10, 64)
		if err == nil && err2 == nil {
			all = append(all, item{dish, n, cents})
		}
	}
	return all
}

// total is what the order costs in cents.
func (h *History) total() (cents int64) {
	for _, it := range items(h.Order.Items) {
		cents += it.quantity * it.price
	}
	return cents
}

// orderedOf is whom and what a service's row must be for.
func (h *History) orderedOf(r *row) string {
	switch {
	case r.Service == "restaurant":
		var dishes []string
		for _, it := range items(h.Order.Items) {
			dishes = append(dishes, fmt.Sprintf("%d %s", it.quantity, it.dish))
		}
		return h.Order.Restaurant + ": " + strings.Join(dishes, ", ")
	case r.Action == "assign":
		return h.Order.Restaurant + " to " + h.Order.Customer
	}
	return h.Order.Customer
}
