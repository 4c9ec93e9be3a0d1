package orchestration_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/stuck"
	"github.com/sagabench/sagabench/orchestration"
)

// Every order that waits is found at its place, and no other is.
func TestStuck(t *testing.T) {
	t.Parallel()
	p := food.DefaultPolicy
	p.Attempts = 1000 // none is given up meanwhile
	cell := start(t, devservertest.Temporal(t).Addr(), p,
		only("escalated-1", refuse(food.Confirm)), only("escalated-1", refuse(food.Refund)),
		only("points-1", fail(food.Award)), only("partner-1", fail(food.Assign)))
	began := time.Now()
	for _, id := range []string{"escalated-1", "points-1", "partner-1", "o-1", "o-2"} {
		cell.submit(t, id)
	}
	bad := meal("bad-1")
	bad.Items = nil
	if _, err := cell.client.ExecuteWorkflow(t.Context(), starting(cell, "bad-1"), orchestration.WorkflowType, bad); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"o-1", "o-2"} {
		if _, err := cell.result(t, id); err != nil {
			t.Fatal(err)
		}
	}
	o := operate(t, cell.config)
	want := map[string]string{
		"escalated-1": "escalated: payment.refund waits for person: it was rejected: not today",
		"points-1":    "completed: loyalty.award waits for program: not now",
		"partner-1":   ": delivery.assign waits for program: not now",
		"bad-1":       ": . waits for operator: its workflow failed: order bad-1: 0 items, want 1 to 50",
	}
	var look stuck.Look
	eventually(t, "what waits is all that is listed", func() bool {
		look = list(t, o)
		return cmp.Equal(want, tell(look))
	})
	for _, one := range look.Orders {
		if since := one.Since(); since.Before(began.Add(-time.Second)) || since.After(time.Now().Add(time.Second)) {
			t.Errorf("order %s waits since %v", one.ID, since)
		}
		if w := one.Waits[0]; w.Call == food.Award && w.Attempt < 2 {
			t.Errorf("attempt %d, after a failure", w.Attempt)
		}
	}
	if cost := o.Cost(); cost.Requests == 0 || cost.Bytes == 0 {
		t.Errorf("cost %+v", cost)
	}
}

// What an order's history tells is put together for one order.
func TestStuckShow(t *testing.T) {
	t.Parallel()
	cell := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Confirm), refuse(food.Refund))
	o := operate(t, cell.config)
	cell.submit(t, "o-1")
	if one := showOne(t, o, "o-1"); len(one.Waits) != 1 || one.Waits[0].Why != "no worker has made its next decision yet" {
		t.Errorf("without a worker it waits for %+v", one.Waits)
	}
	cell.work(t)
	cell.has(t, "o-1", food.MailEscalated, food.MailCancelled, food.StatusCancelled)
	var one stuck.Order
	eventually(t, "all is answered", func() bool {
		one = showOne(t, o, "o-1")
		return slices.Equal(one.Remaining(), []food.Action{food.Resolve}) && len(one.Waits) == 1
	})
	if one.Waits[0].Why != "it was rejected: not today" || one.Waits[0].Who != stuck.Person || one.Ending() != food.Escalated {
		t.Errorf("it waits for %+v, and ends as %s", one.Waits[0], one.Ending())
	}
	cell.stop(t)
	if err := o.Resolve(t.Context(), "o-1"); err != nil {
		t.Fatal(err)
	}
	if one := showOne(t, o, "o-1"); len(one.Waits) != 1 || one.Worst() != stuck.Program {
		t.Errorf("the answer is stored, and it waits for %+v", one.Waits)
	}
	cell.work(t)
	if _, err := cell.result(t, "o-1"); err != nil {
		t.Fatal(err)
	}
	one = showOne(t, o, "o-1")
	if len(one.Waits)+len(one.Remaining()) > 0 {
		t.Errorf("resolved, it waits for %+v, and %v remain", one.Waits, one.Remaining())
	}
	var steps []string
	for _, s := range one.Steps {
		steps = append(steps, strings.TrimSpace(s.What+" "+s.More))
	}
	for _, want := range []string{"PlaceOrder", "charge done", "confirm refused not today", "refund refused not today", "signal resolve", "resolve done", "workflow completed"} {
		if !slices.Contains(steps, want) {
			t.Errorf("the steps %q lack %q", steps, want)
		}
	}
	if _, err := o.Show(t.Context(), "o-9"); !errors.Is(err, food.ErrUnknownOrder) {
		t.Errorf("an order that was never placed: %v", err)
	}
	eventually(t, "the order is listed", func() bool {
		ids, err := o.Orders(t.Context())
		return err == nil && slices.Equal(ids, []string{"o-1"})
	})
}

// A workflow that a bug has failed, or whose task fails for ever, goes on when a worker
// without it runs and the order is redriven. Its answers are kept.
func TestRedriveReset(t *testing.T) {
	t.Parallel()
	for name, bug := range map[string]func(){"failed": nil, "panics": func() { panic("a bug") }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cell := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
			buggy, err := orchestration.WorkBuggy(t.Context(), cell.config, cell.services, bug)
			if err != nil {
				t.Fatal(err)
			}
			cell.submit(t, "o-1")
			o := operate(t, cell.config)
			eventually(t, "an operator must act", func() bool {
				look := list(t, o)
				return len(look.Orders) == 1 && look.Orders[0].Worst() == stuck.Operator && strings.Contains(look.Orders[0].Waits[0].Why, "a bug")
			})
			if err := buggy.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if did, err := o.Redrive(t.Context(), "o-1"); err != nil || len(did) != 1 || !strings.Contains(did[0], "was reset to its last workflow task") {
				t.Fatalf("did %q, %v", did, err)
			}
			cell.work(t)
			if _, err := o.Redrive(t.Context(), "o-1"); err != nil { // it goes on, or has ended
				t.Fatal(err)
			}
			if ending, err := cell.result(t, "o-1"); ending != food.Completed || err != nil {
				t.Errorf("workflow returned %q, %v", ending, err)
			}
			charges := 0
			for _, r := range cell.of("o-1") {
				if r.Action == food.Charge {
					charges++
				}
			}
			if one := showOne(t, o, "o-1"); charges != 1 || len(one.Waits)+len(one.Remaining()) > 0 {
				t.Errorf("%d charges; it waits for %+v, and %v remain", charges, one.Waits, one.Remaining())
			}
			eventually(t, "nothing is listed", func() bool { return len(list(t, o).Orders) == 0 })
		})
	}
}

// A call that waits for its next attempt is made at once.
func TestRedriveHurries(t *testing.T) {
	t.Parallel()
	p := food.DefaultPolicy
	p.FirstBackoff, p.MaxBackoff = time.Hour, time.Hour
	var away atomic.Bool
	away.Store(true)
	cell := start(t, devservertest.Temporal(t).Addr(), p, func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == food.Confirm && away.Load() {
			return errors.New("not now")
		}
		return next(ctx)
	})
	cell.submit(t, "o-1")
	o := operate(t, cell.config)
	var wait stuck.Wait
	eventually(t, "its next attempt is far away", func() bool {
		if one := showOne(t, o, "o-1"); len(one.Waits) == 1 {
			wait = one.Waits[0]
		}
		return wait.Attempt == 2 && time.Until(wait.Next) > 50*time.Minute
	})
	away.Store(false)
	did, err := o.Redrive(t.Context(), "o-1")
	if err != nil || !slices.Equal(did, []string{"confirm is made at once, as attempt 1 again"}) {
		t.Fatalf("did %q, %v", did, err)
	}
	if ending, err := cell.result(t, "o-1"); ending != food.Completed || err != nil {
		t.Errorf("workflow returned %q, %v", ending, err)
	}
}

// With local activities the answers are in the history too; a call that has none is not.
func TestStuckLocal(t *testing.T) {
	t.Parallel()
	cell := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Confirm), refuse(food.Refund))
	cell.config.Local = true
	cell.work(t)
	cell.submit(t, "o-1")
	o := operate(t, cell.config)
	eventually(t, "it waits for a person alone", func() bool {
		want := map[string]string{"o-1": "escalated: payment.refund waits for person: it was rejected: not today"}
		return cmp.Equal(want, tell(list(t, o)))
	})
}

// A customer who cancels late has a workflow of the same order.
func TestStuckCancelling(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy, refuse(food.Charge), fail(food.Cancel))
	cell.submit(t, "o-1")
	if _, err := cell.result(t, "o-1"); err != nil {
		t.Fatal(err)
	}
	if err := cell.Cancel(t.Context(), meal("o-1")); err != nil {
		t.Fatal(err)
	}
	o := operate(t, cell.config)
	eventually(t, "it waits for delivery's answer", func() bool {
		want := map[string]string{"o-1": "payment_declined: delivery.cancel waits for program: not now"}
		return cmp.Equal(want, tell(list(t, o)))
	})
}

// Names finds those that are there.
func TestNames(t *testing.T) {
	t.Parallel()
	cell := start(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	c := cell.config
	if names, err := orchestration.Names(t.Context(), c); err != nil || len(names) > 0 {
		t.Errorf("names %v, %v", names, err)
	}
	cell.submit(t, "o-1")
	for _, c.Name = range []string{cell.config.Name, "other", ""} {
		eventually(t, "the workflow is listed", func() bool {
			names, err := orchestration.Names(t.Context(), c)
			return err == nil && slices.Equal(names, []string{cell.config.Name})
		})
	}
}

// BenchmarkStuck looks at a server of many orders, of which some wait.
func BenchmarkStuck(b *testing.B) {
	for _, n := range []int{1, 20} {
		b.Run(fmt.Sprintf("%d-of-100", n), func(b *testing.B) {
			waits := func(id string) bool { return strings.HasPrefix(id, "escalated") }
			cell := start(b, devservertest.Temporal(b).Addr(), food.DefaultPolicy, func(ctx context.Context, c food.Call, next func(context.Context) error) error {
				if waits(c.Order) && (c.Action == food.Confirm || c.Action == food.Refund) {
					ctx = food.Refusing(ctx, "not today")
				}
				return next(ctx)
			})
			for i := range 100 {
				id := fmt.Sprintf("o-%d", i)
				if i < n {
					id = fmt.Sprintf("escalated-%d", i)
				}
				cell.submit(b, id)
				if !waits(id) {
					cell.result(b, id)
				}
			}
			o := operate(b, cell.config)
			eventually(b, "those that wait are all that is listed", func() bool { return len(list(b, o).Orders) == n })
			before := o.Cost()
			for b.Loop() {
				list(b, o)
			}
			after := o.Cost()
			b.ReportMetric(float64(after.Requests-before.Requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(after.Bytes-before.Bytes)/float64(b.N), "wire-B/op")
		})
	}
}

func operate(tb testing.TB, c orchestration.Config) *orchestration.Operator {
	tb.Helper()
	o, err := orchestration.Operate(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { o.Close(context.Background()) })
	return o
}

func list(tb testing.TB, o *orchestration.Operator) stuck.Look {
	tb.Helper()
	look, err := o.List(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return look
}

func showOne(tb testing.TB, o *orchestration.Operator, order string) stuck.Order {
	tb.Helper()
	one, err := o.Show(tb.Context(), order)
	if err != nil {
		tb.Fatal(err)
	}
	return one
}

// tell puts each order that waits into a line.
func tell(l stuck.Look) map[string]string {
	lines := map[string]string{}
	for _, o := range l.Orders {
		var at []string
		for _, w := range o.Waits {
			at = append(at, fmt.Sprintf("%s.%s", w.Service, w.Call))
		}
		lines[o.ID] = fmt.Sprintf("%s: %s waits for %s: %s", o.Ending(), strings.Join(at, ", "), o.Worst(), o.Waits[0].Why)
	}
	return lines
}

// starting are the options with which the order's workflow is started.
func starting(c *cell, order string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: c.workflow(order), TaskQueue: c.config.Name + ".workflow"}
}

// only makes an interceptor meet one order.
func only(order string, in food.Interceptor) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Order != order {
			return next(ctx)
		}
		return in(ctx, c, next)
	}
}

// eventually waits for a condition by looking again and again.
func eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("still not so: %s", what)
		}
	}
}
