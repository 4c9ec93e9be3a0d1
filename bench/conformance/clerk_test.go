package conformance_test

import (
	"context"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A clerk settles orders as long as nothing goes wrong, and does one thing after
// the other. It is known bad, in four ways.
type clerk struct {
	*food.Services
	policy   food.Policy
	rash     bool          // mails that a refund is made before it is
	resigned bool          // never tries a call twice
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

func (c *clerk) place(o food.Order) {
	if !c.call(o, c.Charge) {
		c.calls(o, c.StatusCancelled, c.MailPaymentFailed)
		return
	}
	if !c.call(o, c.Confirm) {
		if c.rash {
			c.call(o, c.MailRefunded)
		}
		c.calls(o, c.Refund, c.StatusCancelled, c.MailCancelled, c.MailRefunded)
		return
	}
	c.calls(o, c.Award, c.StatusConfirmed, c.MailConfirmed)
	if !c.call(o, c.Assign) {
		c.calls(o, c.Refund, c.CancelTicket, c.Revoke, c.StatusCancelled, c.MailCancelled, c.MailRefunded)
		return
	}
	c.calls(o, c.StatusCompleted, c.MailPartnerAssigned)
}

func (c *clerk) calls(o food.Order, all ...food.Step) {
	for _, do := range all {
		c.call(o, do)
	}
}

func (c *clerk) call(o food.Order, do food.Step) (done bool) {
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
			return row.Outcome == food.Done
		}
		select {
		case <-time.After(c.policy.Backoff(attempt)):
		case <-c.stop:
			return false
		}
	}
}
