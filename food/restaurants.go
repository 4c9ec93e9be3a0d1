package food

import (
	"context"
	"fmt"
	"strings"
)

// Confirm asks the kitchen to take the order, and opens a ticket if it does.
// It is the second deciding call, and compensatable.
func (s *Services) Confirm(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Restaurant, Confirm, o, attempt, Proposal{For: ticket(o)})
}

// CancelTicket undoes Confirm: the kitchen does not cook.
func (s *Services) CancelTicket(ctx context.Context, o Order, attempt int) (Row, error) {
	return s.do(ctx, Restaurant, CancelTicket, o, attempt, Proposal{For: ticket(o)})
}

// ticket is what the kitchen reads, such as "Da Mario: 2 Margherita, 1 Tiramisu".
func ticket(o Order) string {
	dishes := make([]string, len(o.Items))
	for i, it := range o.Items {
		dishes[i] = fmt.Sprintf("%d %s", it.Quantity, it.Dish)
	}
	return o.Restaurant + ": " + strings.Join(dishes, ", ")
}
