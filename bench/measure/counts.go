package measure

import (
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// Counts are the measured orders of a cell; the warm-up is counted beside them.
// Every offered order is settled, or unsettled in one of three ways: stuck, unanswered
// or dropped.
type Counts struct {
	Offered           int `json:"offered"`
	Accepted          int `json:"accepted"`
	Settled           int `json:"settled"`
	Completed         int `json:"completed"`
	PaymentDeclined   int `json:"payment_declined"`
	RestaurantFailed  int `json:"restaurant_failed"`
	NoPartner         int `json:"no_partner"`
	CustomerCancelled int `json:"customer_cancelled"`
	Escalated         int `json:"escalated"`
	Stuck             int `json:"stuck"`      // accepted and unsettled
	Unanswered        int `json:"unanswered"` // submitted without an answer, and unsettled
	Dropped           int `json:"dropped"`    // never submitted
	Warmup            int `json:"warmup"`
}

// Of returns the number of orders that settled with the given ending.
func (c Counts) Of(e food.Ending) int { return *c.at(e) }

func (c *Counts) at(e food.Ending) *int {
	switch e {
	case food.Completed:
		return &c.Completed
	case food.PaymentDeclined:
		return &c.PaymentDeclined
	case food.RestaurantFailed:
		return &c.RestaurantFailed
	case food.NoPartner:
		return &c.NoPartner
	case food.CustomerCancelled:
		return &c.CustomerCancelled
	}
	return &c.Escalated
}

func (c *Counts) add(o Counts) {
	c.Offered += o.Offered
	c.Accepted += o.Accepted
	c.Settled += o.Settled
	for _, e := range food.Endings {
		*c.at(e) += o.Of(e)
	}
	c.Stuck += o.Stuck
	c.Unanswered += o.Unanswered
	c.Dropped += o.Dropped
	c.Warmup += o.Warmup
}

// count sorts the orders of a cell by outcome.
func count(orders []record.Order) Counts {
	var c Counts
	for _, o := range orders {
		if o.Warmup {
			c.Warmup++
			continue
		}
		c.Offered++
		accepted, settled := record.Came(o.Accept), record.Came(o.Settled)
		if accepted {
			c.Accepted++
		}
		switch {
		case settled:
			c.Settled++
			*c.at(food.Ending(o.Outcome))++
		case accepted:
			c.Stuck++
		case record.Came(o.Sent):
			c.Unanswered++
		default:
			c.Dropped++
		}
	}
	return c
}
