package food

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cents is an amount of money. It is an integer because the ledger must balance
// to the cent after a million orders, and sums of floats do not.
type Cents int64

// String writes an amount as money, such as 23.90.
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// Limits on what an order may be. They are far above any sensible order, and
// low enough that no sum over a run can overflow.
const (
	MaxItems    = 50
	MaxQuantity = 100
	MaxPrice    = Cents(1_000_00)
	MaxName     = 80 // bytes of a customer, a restaurant or a dish
)

// An Item is one line of an order.
type Item struct {
	Dish     string `json:"dish"`
	Quantity int    `json:"quantity"`
	Price    Cents  `json:"price"` // for one
}

// An Order is what a customer asked for. It does not change once it is placed,
// so it can travel in every event and every workflow input.
type Order struct {
	ID         string `json:"id"`
	Customer   string `json:"customer"`
	Restaurant string `json:"restaurant"`
	Items      []Item `json:"items"`
}

// Total is what the customer pays.
func (o Order) Total() Cents {
	var sum Cents
	for _, it := range o.Items {
		sum += it.Price * Cents(it.Quantity)
	}
	return sum
}

// Equal says whether both are one order: under one id, the same in everything.
func (o Order) Equal(p Order) bool {
	return o.ID == p.ID && o.Customer == p.Customer && o.Restaurant == p.Restaurant && slices.Equal(o.Items, p.Items)
}

// Points is what the order earns in the loyalty programme: one point for each
// whole unit of money.
func (o Order) Points() Cents { return o.Total() / 100 }

// ValidID says whether id may name an order: 1 to 64 letters, digits, '_' or '-'.
// It is strict because an order id becomes a NATS subject token and a Temporal
// workflow id. The NATS client does not refuse '.', '*' and '>'.
func ValidID(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		default:
			return false
		}
	}
	return 1 <= len(id) && len(id) <= 64
}

// aName is what [validName] wants, in words.
var aName = fmt.Sprintf("1 to %d bytes of UTF-8 without control characters", MaxName)

// validName says whether a name can travel unchanged: JSON has no way to write bytes
// that are no UTF-8. Its length is bounded so that the largest order fits into a message
// of either engine, also when JSON takes six bytes for each of its own.
func validName(s string) bool {
	return 1 <= len(s) && len(s) <= MaxName && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Validate returns the first thing wrong with the order, or nil.
func (o Order) Validate() error {
	switch {
	case !ValidID(o.ID):
		return fmt.Errorf("order id %q: want 1 to 64 letters, digits, '_' or '-'", o.ID)
	case !validName(o.Customer):
		return fmt.Errorf("order %s: customer %.*q: want %s", o.ID, MaxName, o.Customer, aName)
	case !validName(o.Restaurant):
		return fmt.Errorf("order %s: restaurant %.*q: want %s", o.ID, MaxName, o.Restaurant, aName)
	case len(o.Items) == 0 || len(o.Items) > MaxItems:
		return fmt.Errorf("order %s: %d items, want 1 to %d", o.ID, len(o.Items), MaxItems)
	}
	for i, it := range o.Items {
		switch {
		case !validName(it.Dish):
			return fmt.Errorf("order %s: dish %d, %.*q: want %s", o.ID, i+1, MaxName, it.Dish, aName)
		case it.Quantity < 1 || it.Quantity > MaxQuantity:
			return fmt.Errorf("order %s: %d × %s, want 1 to %d", o.ID, it.Quantity, it.Dish, MaxQuantity)
		case it.Price < 1 || it.Price > MaxPrice:
			return fmt.Errorf("order %s: %s costs %v, want 0.01 to %v", o.ID, it.Dish, it.Price, MaxPrice)
		}
	}
	return nil
}
