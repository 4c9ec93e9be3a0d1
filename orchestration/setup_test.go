package orchestration_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/orchestration"
)

// A cell is both sides of the orchestration in one process, over a ledger in
// memory.
type cell struct {
	*orchestration.Coordinator
	*board
	config   orchestration.Config
	ledger   ledger.Store
	services *food.Services
	client   client.Client // to look at workflows from outside
	worker   *orchestration.Worker
}

var cells atomic.Int64

// open returns a cell that takes orders but does not work yet.
func open(tb testing.TB, server string, p food.Policy, around ...food.Interceptor) *cell {
	tb.Helper()
	logger := slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	c := &cell{board: newBoard(), config: orchestration.Config{
		HostPort: server,
		Name:     fmt.Sprintf("test-%d-%d", os.Getpid(), cells.Add(1)),
		Policy:   p,
	}}
	c.ledger = ledger.NewMemory(ledger.Options{Committed: c.post})
	tb.Cleanup(func() { c.ledger.Close() })
	c.services = food.NewServices(c.ledger, p, around...)
	var err error
	if c.Coordinator, err = orchestration.Open(tb.Context(), c.config); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Coordinator.Close(context.Background()) })
	if c.client, err = client.Dial(client.Options{HostPort: server, Logger: log.NewStructuredLogger(logger)}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.client.Close)
	return c
}

// start returns a cell at work.
func start(tb testing.TB, server string, p food.Policy, around ...food.Interceptor) *cell {
	tb.Helper()
	c := open(tb, server, p, around...)
	c.work(tb)
	return c
}

// work starts the worker of a cell.
func (c *cell) work(tb testing.TB) {
	tb.Helper()
	var err error
	if c.worker, err = orchestration.Work(tb.Context(), c.config, c.services); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.stop(tb) })
}

// stop closes the worker and waits for calls that are late.
func (c *cell) stop(tb testing.TB) {
	tb.Helper()
	if c.worker == nil {
		return
	}
	if err := c.worker.Close(context.Background()); err != nil {
		tb.Error(err)
	}
	c.worker = nil
	c.services.Close()
}

func (c *cell) submit(tb testing.TB, id string) {
	tb.Helper()
	if err := c.Submit(tb.Context(), meal(id)); err != nil {
		tb.Fatal(err)
	}
}

func (c *cell) workflow(id string) string { return c.config.Name + "." + id }

// result waits for the order's workflow to close.
func (c *cell) result(tb testing.TB, id string) (food.Ending, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	var ending food.Ending
	err := c.client.GetWorkflow(ctx, c.workflow(id), "").Get(ctx, &ending)
	if ctx.Err() != nil {
		tb.Fatalf("the workflow of order %s is not closed after a minute; its rows are:\n%s", id, show(c.of(id)))
	}
	return ending, err
}

// history returns what the server recorded of the order's workflow.
func (c *cell) history(tb testing.TB, id string) *history.History {
	tb.Helper()
	h := &history.History{}
	events := c.client.GetWorkflowHistory(tb.Context(), c.workflow(id), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			tb.Fatal(err)
		}
		h.Events = append(h.Events, e)
	}
	return h
}

func (c *cell) status(tb testing.TB, id string) enums.WorkflowExecutionStatus {
	tb.Helper()
	reply, err := c.client.DescribeWorkflowExecution(tb.Context(), c.workflow(id), "")
	if err != nil {
		tb.Fatal(err)
	}
	return reply.GetWorkflowExecutionInfo().GetStatus()
}

func meal(id string) food.Order {
	return food.Order{ID: id, Customer: "ada", Restaurant: "dosa-corner", Items: []food.Item{
		{Dish: "masala dosa", Quantity: 2, Price: 8_50},
		{Dish: "filter coffee", Quantity: 2, Price: 3_45},
	}}
}

// refuse makes a service refuse an action.
func refuse(a food.Action) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == a {
			ctx = food.Refusing(ctx, "not today")
		}
		return next(ctx)
	}
}

// fail makes every call of an action fail before it has done anything.
func fail(a food.Action) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		if c.Action == a {
			return errors.New("not now")
		}
		return next(ctx)
	}
}

// gates hold the calls of some actions until they are opened.
type gates map[food.Action]*gate

type gate struct {
	once       sync.Once
	came, pass chan struct{}
}

func shut(actions ...food.Action) gates {
	g := gates{}
	for _, a := range actions {
		g[a] = &gate{came: make(chan struct{}), pass: make(chan struct{})}
	}
	return g
}

func (g gates) hold(ctx context.Context, c food.Call, next func(context.Context) error) error {
	gate := g[c.Action]
	if gate == nil {
		return next(ctx)
	}
	gate.once.Do(func() { close(gate.came) })
	return food.Detach(ctx, func() error {
		<-gate.pass
		return next(ctx)
	})
}

// await waits until a call of each action has come.
func (g gates) await(tb testing.TB, actions ...food.Action) {
	tb.Helper()
	for _, a := range actions {
		select {
		case <-g[a].came:
		case <-time.After(20 * time.Second):
			tb.Fatalf("no call of %s has come", a)
		}
	}
}

// open lets the calls of these actions pass, from now on.
func (g gates) open(actions ...food.Action) {
	for _, a := range actions {
		select {
		case <-g[a].pass:
		default:
			close(g[a].pass)
		}
	}
}

// openAll is for the end of a test, so that no call is left hanging.
func (g gates) openAll() {
	for a := range g {
		g.open(a)
	}
}

// patient is a policy for tests that hold calls open.
func patient() food.Policy {
	p := food.DefaultPolicy
	p.CallTimeout, p.Redelivery = 30*time.Second, 60*time.Second
	return p
}

// A board shows the rows of every order as they are committed.
type board struct {
	mu     sync.Mutex
	change chan struct{} // closed and replaced at each commit
	rows   map[string][]food.Row
}

func newBoard() *board {
	return &board{change: make(chan struct{}), rows: map[string][]food.Row{}}
}

func (b *board) post(c ledger.Commit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range c.Rows {
		b.rows[r.Order] = append(b.rows[r.Order], r)
	}
	close(b.change)
	b.change = make(chan struct{})
}

// of returns the rows that an order has now.
func (b *board) of(order string) []food.Row {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows[order]
}

// has waits until the order has a row of each action.
func (b *board) has(tb testing.TB, order string, actions ...food.Action) {
	tb.Helper()
	deadline := time.After(20 * time.Second)
	for {
		b.mu.Lock()
		rows, change := b.rows[order], b.change
		b.mu.Unlock()
		missing := slices.DeleteFunc(slices.Clone(actions), func(a food.Action) bool {
			return slices.ContainsFunc(rows, func(r food.Row) bool { return r.Action == a })
		})
		if len(missing) == 0 {
			return
		}
		select {
		case <-change:
		case <-deadline:
			tb.Fatalf("order %s has no row of %v; its rows are:\n%s", order, missing, show(rows))
		}
	}
}

// settled waits until the order is, or until ctx ends.
func (b *board) settled(ctx context.Context, order string) error {
	for {
		b.mu.Lock()
		rows, change := b.rows[order], b.change
		b.mu.Unlock()
		var t food.Tally
		for _, r := range rows {
			t.Add(r)
		}
		if t.Settled() {
			return nil
		}
		select {
		case <-change:
		case <-ctx.Done():
			return fmt.Errorf("order %s is not settled; its rows are:\n%s", order, show(rows))
		}
	}
}

// sorted puts lines into the order of show.
func sorted(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// show lists rows in alphabetical order.
func show(rows []food.Row) string {
	var lines []string
	for _, r := range rows {
		line := fmt.Sprintf("%s %s", r.Action, r.Outcome)
		if r.Reason != "" {
			line += " " + r.Reason
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
