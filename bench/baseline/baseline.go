// Package baseline coordinates an order with plain function calls: no broker, no
// engine, nothing durable. It is the lower bound of what coordination costs, and
// the shortest way to read the flow.
//
//	charge ──► confirm ──┬──► assign ──► status completed ∥ mail partner assigned
//	   │          │      └──► award ∥ status confirmed ∥ mail confirmed
//	   no         no          no: every undo ∥ status cancelled ∥ mail cancelled
//
// A customer who cancels in time brings about the same as a missing partner. An undo
// that is rejected is mailed as escalated.
//
// Calls, retries, waits and parallelism are those of the other styles. What is
// missing is the durability: when the process dies, orders that were accepted
// and not settled are lost.
package baseline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
)

// ErrClosed is the answer to an order that came after Close.
var ErrClosed = errors.New("baseline: closed")

// A Coordinator keeps an order's state in the goroutine that runs its flow.
type Coordinator struct {
	policy food.Policy
	steps  map[food.Action]step

	running   context.Context // ends when flows are to be abandoned
	abandon   context.CancelFunc
	mu        sync.Mutex // closed is set before Wait is called and after the last Go
	closed    bool
	escalated map[string]bool // by order that was accepted
	inProcess sync.WaitGroup
}

var _ food.Coordinator = (*Coordinator)(nil)

// A step is a call, and the slots of the service that executes it.
type step struct {
	do    food.Step
	slots chan struct{}
}

// New returns a coordinator over the services. It must be closed before they are.
func New(s *food.Services, p food.Policy) *Coordinator {
	calls := s.Steps()
	c := &Coordinator{policy: p, steps: map[food.Action]step{}, escalated: map[string]bool{}}
	c.running, c.abandon = context.WithCancel(context.Background())
	for _, actions := range food.Actions {
		slots := make(chan struct{}, p.Concurrency)
		for _, a := range actions {
			c.steps[a] = step{calls[a], slots}
		}
	}
	return c
}

// Submit implements [food.Coordinator], as far as a process without a memory
// can. It does not look whether it knows the order: an order that runs through
// the flow again finds all its rows written and changes nothing.
func (c *Coordinator) Submit(ctx context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if _, again := c.escalated[o.ID]; !again {
		c.escalated[o.ID] = false
	}
	c.inProcess.Go(func() { c.place(o) })
	return nil
}

// Cancel implements [food.Coordinator].
func (c *Coordinator) Cancel(_ context.Context, o food.Order) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.isEscalated(o); err != nil {
		return err
	}
	c.inProcess.Go(func() {
		if c.call(o, food.Cancel).TookEffect() {
			c.all(o, takeBack)
		}
	})
	return nil
}

// Resolve implements [food.Coordinator].
func (c *Coordinator) Resolve(_ context.Context, o food.Order) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	escalated, err := c.isEscalated(o)
	if err == nil && !escalated {
		err = fmt.Errorf("order %s: %w", o.ID, food.ErrNotEscalated)
	}
	if err == nil {
		c.inProcess.Go(func() { c.call(o, food.Resolve) })
	}
	return err
}

// isEscalated looks up an order. It is called with the coordinator locked.
func (c *Coordinator) isEscalated(o food.Order) (escalated bool, err error) {
	if c.closed {
		return false, ErrClosed
	}
	escalated, known := c.escalated[o.ID]
	if !known {
		return false, fmt.Errorf("order %s: %w", o.ID, food.ErrUnknownOrder)
	}
	return escalated, nil
}

// Close takes no more orders and waits until those accepted are settled. When
// ctx ends first it abandons them and returns ctx's error.
func (c *Coordinator) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	stop := context.AfterFunc(ctx, c.abandon)
	defer c.abandon()
	c.inProcess.Wait()
	if !stop() {
		return ctx.Err()
	}
	return nil
}

// place is the whole flow of one order.
func (c *Coordinator) place(o food.Order) {
	if !c.decide(o, food.Charge, branches{{food.StatusCancelled}, {food.MailPaymentFailed}}) {
		return
	}
	if !c.decide(o, food.Confirm, branches{{food.Refund, food.MailRefunded}, {food.StatusCancelled}, {food.MailCancelled}}) {
		return
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { c.all(o, branches{{food.Award}, {food.StatusConfirmed}, {food.MailConfirmed}}) })
	if c.decide(o, food.Assign, takeBack) {
		c.all(o, branches{{food.StatusCompleted}, {food.MailPartnerAssigned}})
	}
}

// takeBack undoes everything.
var takeBack = branches{
	{food.Refund, food.MailRefunded}, {food.CancelTicket}, {food.Revoke},
	{food.StatusCancelled}, {food.MailCancelled},
}

// decide makes a deciding call, and the branches if it was rejected. It reports whether
// the order goes on. One that was cancelled meanwhile does not: then the call was
// blocked.
func (c *Coordinator) decide(o food.Order, a food.Action, rejected branches) (done bool) {
	row := c.call(o, a)
	if row.Rejected() {
		c.all(o, rejected)
	}
	return row.TookEffect()
}

// branches run side by side. The calls of one are made in turn, each when the
// one before it took effect.
type branches [][]food.Action

func (c *Coordinator) all(o food.Order, b branches) {
	var wait sync.WaitGroup
	for _, calls := range b {
		wait.Go(func() {
			for _, a := range calls {
				row := c.call(o, a)
				if row.Rejected() {
					c.escalate(o)
				}
				if !row.TookEffect() {
					return
				}
			}
		})
	}
	wait.Wait()
}

// escalate is for an undo that was rejected.
func (c *Coordinator) escalate(o food.Order) {
	c.mu.Lock()
	c.escalated[o.ID] = true
	c.mu.Unlock()
	c.call(o, food.MailEscalated)
}

// call repeats a call until it has an answer. A coordinator that abandons its orders
// makes no more calls, so their flows run out: no row is an answer that nothing follows.
func (c *Coordinator) call(o food.Order, a food.Action) (row food.Row) {
	for attempt := 1; c.running.Err() == nil; attempt++ {
		row, err := c.steps[a].try(o, attempt)
		if err == nil {
			return row
		}
		select {
		case <-time.After(c.policy.Backoff(attempt)):
		case <-c.running.Done():
		}
	}
	return food.Row{}
}

// try makes one attempt in a slot of the service. Waiting for the next attempt
// takes no slot. An attempt that panics has failed: this coordinator runs inside the
// harness, which goes on.
func (s step) try(o food.Order, attempt int) (row food.Row, err error) {
	s.slots <- struct{}{}
	defer func() {
		<-s.slots
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: panic: %v", food.ErrFailure, p)
		}
	}()
	return s.do(context.Background(), o, attempt)
}
