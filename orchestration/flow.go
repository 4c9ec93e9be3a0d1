package orchestration

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
	flows "github.com/sagabench/sagabench/internal/flow"
)

// This file is for whoever looks at the flow from outside. PlaceOrder is code, and what
// follows from what is found by running it: in the SDK's test environment, with an
// [executor] that makes no call but opens it, and an explorer that answers.

// surprises is how many answers of a run, or requests of its customer, are not as they
// would be if all went well. The runs with three show nothing that those with two don't.
const surprises = 2

// Flow is what follows from what, as seen in every run of PlaceOrder and CancelOrder in
// which up to two things go another way.
func Flow() flows.Flow { return explore(surprises) }

func explore(surprises int) flows.Flow {
	var seen []flows.Sighting
	var gaps []string
	all := choices{most: surprises}
	for more := true; more; more = all.next() {
		e := exploration{choices: &all, cause: map[food.Action]flows.Point{}, answers: map[food.Action]flows.Answer{}}
		e.run()
		seen = append(seen, e.seen...)
		if e.gap != "" && !slices.Contains(gaps, e.gap) {
			gaps = append(gaps, e.gap)
		}
	}
	f := flows.FromSightings(seen)
	f.Frame = workflowType
	f.Gaps = append(gaps, f.Gaps...)
	return f
}

// choices goes through all ways of making choices one after the other, of which the first
// is each time the one that does not surprise.
type choices struct {
	most  int // surprises
	taken []int
	of    []int
	now   int
}

// choose takes one of n.
func (c *choices) choose(n int) int {
	if c.now == len(c.taken) {
		c.taken, c.of = append(c.taken, 0), append(c.of, n)
	}
	c.now++
	return c.taken[c.now-1]
}

// next makes the last choice another one that can be, and forgets those behind it.
func (c *choices) next() bool {
	c.now = 0
	for i := len(c.taken) - 1; i >= 0; i-- {
		before := 0
		for _, n := range c.taken[:i] {
			before += min(n, 1)
		}
		if before < c.most && c.taken[i]+1 < c.of[i] {
			c.taken, c.of = c.taken[:i+1], c.of[:i+1]
			c.taken[i]++
			return true
		}
	}
	return false
}

// An exploration is one run.
type exploration struct {
	*choices
	env *testsuite.TestWorkflowEnvironment

	running int                 // flows that have not returned
	cancel  workflow.CancelFunc // the customer's request to PlaceOrder
	open    []*openCall
	made    []food.Action
	cause   map[food.Action]flows.Point // of the calls that were made
	answers map[food.Action]flows.Answer
	at      flows.Point // the last

	requested, resolved bool
	seen                []flows.Sighting
	gap                 string // why it does not end well
}

// An openCall was made and has no answer.
type openCall struct {
	ctx    workflow.Context
	action food.Action
	answer workflow.Settable
	noted  bool
}

// execute is the [executor]. Like an activity's, its call ends with the context.
func (e *exploration) execute(ctx workflow.Context, action food.Action, _ food.Order) workflow.Future {
	future, settable := workflow.NewFuture(ctx)
	if err := ctx.Err(); err != nil {
		settable.SetError(err)
		return future
	}
	e.open = append(e.open, &openCall{ctx: ctx, action: action, answer: settable})
	return future
}

func (e *exploration) run() {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	e.env = suite.NewTestWorkflowEnvironment()
	e.env.RegisterWorkflowWithOptions(e.explore, workflow.RegisterOptions{Name: "explore"})
	e.env.ExecuteWorkflow("explore")
	if err := e.env.GetWorkflowError(); err != nil {
		e.gap = fmt.Sprintf("the workflow fails after %s %s: %v", e.at.Call, e.at.Answer, errors.Unwrap(err))
	}
}

// explore is the workflow around both flows. While it sleeps they go on until all wait,
// and what was called until then follows from the step before.
func (e *exploration) explore(ctx workflow.Context) error {
	e.begin(ctx, workflows{e.execute}.PlaceOrder)
	e.at = flows.OrderPlaced
	for {
		if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
		e.note(e.at)
		all := e.steps()
		if len(all) == 0 {
			return nil
		}
		next := all[e.choose(len(all))]
		if next.do == nil {
			return nil
		}
		e.at = next.point
		next.do(ctx)
	}
}

// begin runs a flow beside the explorer.
func (e *exploration) begin(ctx workflow.Context, place flow) {
	e.running++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { e.running-- }()
		ctx, e.cancel = workflow.WithCancel(ctx)
		_, _ = place(ctx, anyOrder)
	})
}

// note keeps what followed from a point.
func (e *exploration) note(at flows.Point) {
	s := flows.Sighting{Point: at, Made: slices.Clone(e.made)}
	s.Context = flows.Context{Cause: e.cause[at.Call], When: flows.Uncancelled}
	if e.answers[food.Cancel] == flows.Done && at.Call != food.Cancel {
		s.When = flows.Cancelled
	}
	for _, c := range e.open {
		if !c.noted {
			c.noted = true
			s.Then = append(s.Then, c.action)
			e.cause[c.action] = at
		}
	}
	if len(s.Then) > 0 {
		s.By = carriedBy(at)
	}
	e.made = append(e.made, s.Then...)
	e.seen = append(e.seen, s)
}

// carriedBy is how the flow learns that it is at a point.
func carriedBy(p flows.Point) string {
	switch p {
	case flows.OrderPlaced:
		return "start"
	case flows.CustomerCancels:
		return "request"
	case flows.PersonResolves:
		return "signal"
	}
	return "history"
}

// A step is what can happen next. One that does nothing ends the run.
type step struct {
	point flows.Point
	do    func(workflow.Context)
}

// steps are those that can be next, first the one that does not surprise. None: the run
// is over.
func (e *exploration) steps() (all []step) {
	for _, c := range e.next() {
		for _, a := range flows.Answers(c.action) {
			if e.possible(c.action, a) {
				all = append(all, step{flows.Point{Call: c.action, Answer: a}, func(workflow.Context) { e.answer(c, a) }})
			}
		}
	}
	switch {
	case len(e.open) > 0:
	case e.running == 0:
		all = append(all, step{})
	case e.resolved:
		e.gap = fmt.Sprintf("the workflow waits for ever after %s %s", e.at.Call, e.at.Answer)
		return nil
	default:
		all = append(all, step{flows.PersonResolves, e.resolve})
	}
	if !e.requested {
		all = append(all, step{flows.CustomerCancels, e.request})
	}
	return all
}

// next are the open calls of which one is answered next: the cancellation and the deciding
// call, in either order, and only then the others, in turn. In which order those end makes
// no difference, or it would show in one of the runs.
func (e *exploration) next() (calls []*openCall) {
	for _, c := range e.open {
		if c.action == food.Cancel {
			calls = append([]*openCall{c}, calls...)
		} else if c.action.Deciding() {
			calls = append(calls, c)
		}
	}
	if calls == nil && len(e.open) > 0 {
		return e.open[:1]
	}
	return calls
}

// possible says whether the ledger would give the answer: of a cancellation and an
// assignment exactly one takes effect.
func (e *exploration) possible(action food.Action, a flows.Answer) bool {
	other := map[food.Action]food.Action{food.Cancel: food.Assign, food.Assign: food.Cancel}[action]
	if answer, answered := e.answers[other]; answered {
		return (a == flows.Done) == (answer != flows.Done)
	}
	return action != food.Cancel || a == flows.Done || slices.Contains(e.made, food.Assign)
}

// answer gives an open call its answer.
func (e *exploration) answer(c *openCall, a flows.Answer) {
	e.answers[c.action] = a
	e.open = slices.DeleteFunc(e.open, func(o *openCall) bool { return o == c })
	row := a.Row()
	c.answer.SetValue(answer{row.Outcome, row.Reason})
}

// request is what [Coordinator.Cancel] does: it cancels the workflow or, when that has
// ended, starts CancelOrder.
func (e *exploration) request(ctx workflow.Context) {
	e.requested = true
	if e.running == 0 {
		e.begin(ctx, workflows{e.execute}.CancelOrder)
		return
	}
	e.cancel()
	e.open = slices.DeleteFunc(e.open, func(c *openCall) bool {
		if err := c.ctx.Err(); err != nil {
			c.answer.SetError(err)
		}
		return c.ctx.Err() != nil
	})
}

// resolve is what [Coordinator.Resolve] does. No workflow of an order may do this, and the
// explorer is never replayed.
//
//workflowcheck:ignore
func (e *exploration) resolve(workflow.Context) {
	e.resolved = true
	e.env.SignalWorkflow(resolveSignal, nil)
}

// anyOrder is one like any other.
var anyOrder = food.Order{ID: "o-1", Customer: "ada", Restaurant: "noodle-bar", Items: []food.Item{{Dish: "ramen", Quantity: 1, Price: 11_50}}}
