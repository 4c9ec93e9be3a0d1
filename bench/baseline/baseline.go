// Package baseline coordinates an order with plain function calls: no broker, no
// engine, nothing durable. It is the lower bound of what coordination costs, and
// the shortest way to read the flow.
//
//	charge ──► confirm ──┬──► assign ──► status completed ∥ mail partner assigned
//	   │          │      └──► award ∥ status confirmed ∥ mail confirmed
//	   no         no          no: every undo ∥ status cancelled ∥ mail cancelled
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
	c := &Coordinator{policy: p, steps: map[food.Action]step{}}
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
	c.inProcess.Go(func() { c.place(o) })
	return nil
}

// Cancel and Resolve implement [food.Coordinator] by an error: the baseline measures
// what calls cost without an engine, and has no customers who change their minds.
func (c *Coordinator) Cancel(context.Context, food.Order) error { return errNoPeople }

// Resolve is as Cancel.
func (c *Coordinator) Resolve(context.Context, food.Order) error { return errNoPeople }

var errNoPeople = errors.New("baseline: orders can't be cancelled or resolved")

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

// place is the whole flow of one order. A call that was not done was refused or
// given up.
func (c *Coordinator) place(o food.Order) {
	if !c.call(o, food.Charge) {
		c.all(o, branches{{food.StatusCancelled}, {food.MailPaymentFailed}})
		return
	}
	if !c.call(o, food.Confirm) {
		c.all(o, branches{{food.Refund, food.MailRefunded}, {food.StatusCancelled}, {food.MailCancelled}})
		return
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { c.all(o, branches{{food.Award}, {food.StatusConfirmed}, {food.MailConfirmed}}) })
	if !c.call(o, food.Assign) {
		c.all(o, branches{
			{food.Refund, food.MailRefunded}, {food.CancelTicket}, {food.Revoke},
			{food.StatusCancelled}, {food.MailCancelled},
		})
		return
	}
	c.all(o, branches{{food.StatusCompleted}, {food.MailPartnerAssigned}})
}

// branches run side by side. The calls of one are made in turn, each when the
// one before it is done.
type branches [][]food.Action

func (c *Coordinator) all(o food.Order, b branches) {
	var wait sync.WaitGroup
	for _, calls := range b {
		wait.Go(func() {
			for _, a := range calls {
				if !c.call(o, a) {
					return
				}
			}
		})
	}
	wait.Wait()
}

// call repeats a call until it has an answer, and reports whether it was done. A
// coordinator that abandons its orders makes no more calls, so their flows run
// out.
func (c *Coordinator) call(o food.Order, a food.Action) (done bool) {
	for attempt := 1; c.running.Err() == nil; attempt++ {
		row, err := c.steps[a].try(o, attempt)
		if err == nil {
			return row.Outcome == food.Done
		}
		select {
		case <-time.After(c.policy.Backoff(attempt)):
		case <-c.running.Done():
		}
	}
	return false
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
