package checks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/stage"
)

// edge is the exercise in which all participants of the choreography, and the workflow of
// the orchestration, are the learner's. One edge of their flow is broken, another one for
// each learner, and in both styles the same.
var edge = workshop.Exercise{
	Number: 2, Folder: edgeFolder, Title: "Find the missing edge", Minutes: [2]int{25, 40},
	Goal:   "I can find out in both styles what happens next to an order, and say which style shows a missing step and how.",
	Styles: []string{record.Choreography, record.Orchestration},
	Yours: []string{
		"choreography/orders.go", "choreography/payments.go", "choreography/restaurants.go",
		"choreography/deliveries.go", "choreography/loyalty.go", "choreography/notifications.go",
		edgeWorkflow,
	},
	Seeded: edgeSeeded,
	Scenarios: map[string][]string{
		record.Choreography:  names(edgePlays, yourAnswers),
		record.Orchestration: names(edgePlays, yourAnswers),
	},
	Fails: map[string]string{record.Choreography: edgeOf(1).scenario, record.Orchestration: edgeOf(1).scenario},

	Questions: edgeQuestions,
	Mutants:   edgeMutants,
	Check:     checkEdge,
}

const (
	edgeFolder   = "2-find-the-missing-edge"
	edgeWorkflow = "orchestration/workflow.go"
)

// The scenarios of the exercise are endings.
const (
	isCompleted  = "completed"
	isDeclined   = "payment declined"
	isNotCooked  = "restaurant failed"
	isNotBrought = "no partner"
	isCancelled  = "customer cancelled"
)

var edgePlays = []play{
	{isCompleted, playEdgeCompleted},
	{isDeclined, playEnding(food.PaymentDeclined)},
	{isNotCooked, playEnding(food.RestaurantFailed)},
	{isNotBrought, playEnding(food.NoPartner)},
	{isCancelled, playEdgeCancelled},
}

func checkEdge(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	exe, err := program(ctx, j, edgeFolder)
	if err != nil {
		return workshop.Result{}, err
	}
	c := stage.Config{Machine: j.Machine, Style: j.Style, Without: stage.Workflow, Exe: exe, Seed: j.Seed}
	if j.Style == record.Choreography {
		c.Without, c.Sound = stage.All, true
	}
	r, err := played(ctx, j, c, edgePlays)
	if err != nil || r.Verdict != workshop.Passed || !j.Plays(yourAnswers) {
		return r, err
	}
	return answered(j, edgeQuestions(j.Learner)), nil
}

// playEnding places orders that come to an ending.
func playEnding(ending food.Ending) func(context.Context, *stage.Stage) (bool, error) {
	return func(ctx context.Context, st *stage.Stage) (bool, error) {
		news := newNews(st, nil)
		return true, news.judge(placeAndSettle(ctx, st, st.Orders(ending, ending)...))
	}
}

// ahead is for how long a call is held that others must not run ahead of.
const ahead = 100 * time.Millisecond

// playEdgeCompleted holds the confirmation for a while: what does not wait for it as it
// should is done before. Then it holds the assignment, until what must not wait for that is
// done. At the end nothing may be left over that is for nothing.
func playEdgeCompleted(ctx context.Context, st *stage.Stage) (bool, error) {
	one := st.Order(food.Completed)
	var confirmed atomic.Bool
	held := func(a food.Action) bool { return a == food.Confirm || a == food.Assign && confirmed.Load() }
	err := holding(ctx, st, one, held, func() error {
		select {
		case <-time.After(ahead):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		confirmed.Store(true)
		st.Release(string(food.Confirm))
		if err := st.Until(ctx, func() bool {
			return st.Count(stage.Call, one.ID, string(food.Assign))+st.Count(stage.Request, one.ID, string(food.Assign)) > 0
		}); err != nil {
			return err
		}
		return besides(ctx, st, one)
	})
	if err != nil {
		return false, err
	}
	return true, needless(ctx, st, one)
}

// besides waits for what runs beside the search for a courier.
func besides(ctx context.Context, st *stage.Stage, o food.Order) error {
	beside := []food.Action{food.Award, food.StatusConfirmed, food.MailConfirmed}
	waits := func() bool {
		return slices.ContainsFunc(beside, func(a food.Action) bool { return !st.Took(o.ID, a) })
	}
	err := st.Until(ctx, func() bool { return !waits() })
	if _, halted := errors.AsType[*stage.Halt](err); !halted {
		return err
	}
	return &stage.Wrong{
		Order:    o.ID,
		Sentence: fmt.Sprintf("Order %s is confirmed, and its customer does not learn of it before a courier is found.", o.ID),
		Expected: "award, status-confirmed and mail-confirmed beside assign", Seen: "not all of them while assign is under way",
	}
}

// needless looks for a call that is made twice, and for a subscription to an event that
// does not exist. Neither does harm yet.
func needless(ctx context.Context, st *stage.Stage, o food.Order) error {
	if st.Style == record.Choreography {
		kind, by, err := st.Unknown(ctx)
		if err != nil || kind == "" {
			return err
		}
		return &stage.Wrong{
			Order: o.ID, Sentence: fmt.Sprintf("All is done, and the %s service still receives %s: the stream takes no such event.", by, kind),
			Expected: "each event that is received is one that is published", Seen: kind,
		}
	}
	calls, err := st.Scheduled(ctx, o.ID)
	for call, n := range calls {
		if n > 1 {
			return &stage.Wrong{
				Order: o.ID, Sentence: fmt.Sprintf("Your workflow asked for %s %d times. Only the key kept it from being done as often.", call, n),
				Expected: call + " once", Seen: fmt.Sprintf("%d times", n),
			}
		}
	}
	return err
}

// playEdgeCancelled cancels two orders: one before its charge takes effect, and one before
// its assignment does.
func playEdgeCancelled(ctx context.Context, st *stage.Stage) (bool, error) {
	for _, call := range []food.Action{food.Charge, food.Assign} {
		one := st.Order(food.CustomerCancelled)
		err := holding(ctx, st, one, func(a food.Action) bool { return a == call }, func() error {
			if err := st.Cancel(ctx, one); err != nil {
				return err
			}
			return st.Until(ctx, func() bool {
				return st.Has(one.ID, food.Cancel) && (call != food.Charge || st.Has(one.ID, food.Refund))
			})
		})
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// holding places an order and holds some of its calls. It does something when the first of
// them is under way.
func holding(ctx context.Context, st *stage.Stage, o food.Order, held func(food.Action) bool, do func() error) error {
	var underWay sync.Map
	news := newNews(st, func(p stage.Point) stage.Hit {
		if (p.Where == stage.Call || p.Where == stage.Request) && held(food.Action(p.Name)) {
			underWay.Store(p.Name, true)
			return stage.Hold
		}
		return stage.Pass
	})
	calls := func() (all []string) {
		underWay.Range(func(call, _ any) bool {
			all = append(all, call.(string))
			return true
		})
		return all
	}
	err := st.Place(ctx, o)
	if err == nil {
		err = st.Until(ctx, func() bool { return len(calls()) > 0 })
	}
	if err == nil {
		err = do()
	}
	st.Release(calls()...)
	if err == nil {
		err = st.Settle(ctx, o)
	}
	return news.judge(err)
}

// news are the events that participants published, by order.
type news struct {
	stage *stage.Stage
	mu    sync.Mutex
	of    map[string][]string
}

// newNews collects what is published. at decides what becomes of all else.
func newNews(st *stage.Stage, at func(stage.Point) stage.Hit) *news {
	n := &news{stage: st, of: map[string][]string{}}
	st.Hits(func(p stage.Point) stage.Hit {
		if p.Where == stage.Publish {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.of[p.Order] = append(n.of[p.Order], p.Name)
		}
		if at == nil {
			return stage.Pass
		}
		return at(p)
	})
	return n
}

// edgeNews are the events of an order on the way to its ending, but for the customer's.
var edgeNews = map[food.Ending][]string{
	food.Completed:         {"payment_success", "restaurant_confirmed_order", "delivery_partner_assigned"},
	food.PaymentDeclined:   {"payment_failed"},
	food.RestaurantFailed:  {"payment_success", "restaurant_order_confirmation_failed", "payment_reversed"},
	food.NoPartner:         {"payment_success", "restaurant_confirmed_order", "delivery_partner_unavailable", "payment_reversed"},
	food.CustomerCancelled: {"payment_success", "restaurant_confirmed_order", "order_cancelled", "payment_reversed"},
}

// judge looks whether all that was published is so, where the rows show nothing wrong.
func (n *news) judge(err error) error {
	if err != nil || n.stage.Style != record.Choreography {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for order, kinds := range n.of {
		ending, _ := n.stage.Ending(order)
		for _, kind := range kinds {
			if !slices.Contains(edgeNews[ending], kind) {
				return &stage.Wrong{
					Order:    order,
					Sentence: fmt.Sprintf("Order %s ended as %s, and %s was published about it, which is not so. Whoever reads the events is deceived.", order, ending, kind),
					Expected: strings.Join(edgeNews[ending], ", "), Seen: strings.Join(kinds, ", "),
				}
			}
		}
	}
	return nil
}
