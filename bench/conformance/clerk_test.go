package conformance_test

import (
	"context"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A clerk settles orders as long as nothing goes wrong, and does one thing after
// the other. It is known bad, in seven ways.
type clerk struct {
	*food.Services
	policy   food.Policy
	rash     bool          // mails that a refund is made before it is
	resigned bool          // never tries a call twice
	silent   bool          // tells no customer that a person takes over
	slots    chan struct{} // of all services together; held while it waits
	stop     chan struct{}
	busy     sync.WaitGroup
}

func newClerk(s *food.Services, p food.Policy) *clerk {
	return &clerk{Services: s, policy: p, stop: make(chan struct{})}
}

func newRash(s *food.Services, p food.Policy) *clerk {
	c := newClerk(s, p)
	c.rash = true
	return c
}

func newResigned(s *food.Services, p food.Policy) *clerk {
	c := newClerk(s, p)
	c.resigned = true
	return c
}

func newSilent(s *food.Services, p food.Policy) *clerk {
	c := newClerk(s, p)
	c.silent = true
	return c
}

func newHogging(s *food.Services, p food.Policy) *clerk {
	c := newClerk(s, p)
	c.slots = make(chan struct{}, p.Concurrency)
	return c
}

func (c *clerk) Submit(_ context.Context, o food.Order) error {
	c.busy.Go(func() { c.place(o) })
	return nil
}

// Close drops what is not done.
func (c *clerk) Close(context.Context) error {
	close(c.stop)
	c.busy.Wait()
	return nil
}

// Cancel takes any order for one that it knows.
func (c *clerk) Cancel(_ context.Context, o food.Order) error {
	c.busy.Go(func() {
		if c.call(o, c.Services.Cancel).TookEffect() {
			c.takeBack(o, c.Services.CancelTicket, c.Revoke)
		}
	})
	return nil
}

// Resolve forgets what it was asked.
func (c *clerk) Resolve(context.Context, food.Order) error { return nil }

func (c *clerk) place(o food.Order) {
	if row := c.call(o, c.Charge); !row.TookEffect() {
		if row.Rejected() {
			c.calls(o, c.StatusCancelled, c.MailPaymentFailed)
		}
		return
	}
	if row := c.call(o, c.Confirm); !row.TookEffect() {
		if row.Rejected() {
			c.takeBack(o)
		}
		return
	}
	c.calls(o, c.Award, c.StatusConfirmed, c.MailConfirmed)
	if row := c.call(o, c.Assign); !row.TookEffect() {
		if row.Rejected() {
			c.takeBack(o, c.CancelTicket, c.Revoke)
		}
		return
	}
	c.calls(o, c.StatusCompleted, c.MailPartnerAssigned)
}

// takeBack undoes the charge, and then other things.
func (c *clerk) takeBack(o food.Order, undos ...food.Step) {
	if c.rash {
		c.call(o, c.MailRefunded)
	}
	refund := c.call(o, c.Refund)
	rejected := c.calls(o, undos...) || refund.Rejected()
	c.calls(o, c.StatusCancelled, c.MailCancelled)
	if refund.TookEffect() {
		c.call(o, c.MailRefunded)
	}
	if rejected && !c.silent {
		c.call(o, c.MailEscalated)
	}
}

func (c *clerk) calls(o food.Order, all ...food.Step) (rejected bool) {
	for _, do := range all {
		rejected = c.call(o, do).Rejected() || rejected
	}
	return rejected
}

func (c *clerk) call(o food.Order, do food.Step) food.Row {
	if c.slots != nil {
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
	}
	attempt := 1
	if c.resigned {
		attempt = c.policy.Attempts
	}
	for ; ; attempt++ {
		row, err := do(context.Background(), o, attempt)
		if err == nil || c.resigned {
			return row
		}
		select {
		case <-time.After(c.policy.Backoff(attempt)):
		case <-c.stop:
			return food.Row{}
		}
	}
}
