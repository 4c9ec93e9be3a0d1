package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/stuck"
	"github.com/sagabench/sagabench/internal/twins"
)

const stuckPage = "../../docs/stuck.md"

// The commands in docs/stuck.md, in their order, print what the page says that they
// print, but for times, numbers of attempts and costs. The orders are real, in both
// styles: o-4 was placed when an old build worked, which could not read it in the one
// style and failed in the other; then the present one came, and o-1, o-2 and o-3.
func TestStuckPage(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	for _, e := range engines {
		if e.server != nil {
			lunch(t, e, twins.Endpoint{Address: at[e.server.name]})
		}
	}
	page := read(t, stuckPage)
	block := regexp.MustCompile("(?ms)^```\n\\$ (sagabench stuck [^\n]*)\n(.*?)^```$")
	if n := len(block.FindAllString(page, -1)); n < 8 {
		t.Fatalf("the page has %d commands", n)
	}
	fresh := block.ReplaceAllStringFunc(page, func(one string) string {
		m := block.FindStringSubmatch(one)
		args := strings.NewReplacer("nats://127.0.0.1:4222", at["nats"], "127.0.0.1:7233", at["temporal"], "reports/", "../../reports/").Replace(m[1])
		got := runStuck(t, strings.Fields(args)[1:]...)
		if diff := cmp.Diff(withoutNumbers(m[2]), withoutNumbers(got)); diff != "" && !*update {
			t.Errorf("%s (-docs/stuck.md +now):\n%s", m[1], diff)
		}
		return "```\n$ " + m[1] + "\n" + got + "```"
	})
	if *update {
		if err := os.WriteFile(stuckPage, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// runStuck runs a command and returns all that it prints.
func runStuck(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	if code := execute(t.Context(), args, &out, &errs); code == exitOK && errs.Len() > 0 {
		t.Errorf("%v: printed %s", args, &errs)
	}
	return out.String() + errs.String()
}

// withoutNumbers leaves what is the same in every run.
func withoutNumbers(s string) string {
	for _, r := range numbers {
		s = r.from.ReplaceAllString(s, r.to)
	}
	var steps, others []string
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, " TIME") {
			steps = append(steps, line)
		} else {
			others = append(others, line)
		}
	}
	slices.Sort(steps) // what is done side by side ends in any order
	return strings.Join(append(steps, others...), "")
}

var numbers = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(` +`), " "}, // columns are as wide as their numbers
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:]{8}Z`), "DATE"},
	{regexp.MustCompile(`, the next at \d\d:\d\d:\d\d\.\d{3}`), ""}, // unless it is just being made
	{regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}`), "TIME"},
	{regexp.MustCompile(`DATE \d+ `), "DATE N "},
	{regexp.MustCompile(`(attempt|event) \d+`), "$1 N"},
	{regexp.MustCompile(`\d+ requests, [0-9.]+ kB, \d+ ms`), "COST"},
}

// The comparison bites: another order, call or reason is not the same.
func TestWithoutNumbers(t *testing.T) {
	line := "o-3  orchestration  completed  loyalty.award  2026-11-22T14:00:00Z  7  program  loyalty.award of o-3 (attempt 6): failed\n"
	same := strings.NewReplacer("Z  7  pro", "Z    12  pro", "attempt 6", "attempt 11", "14:00:00", "15:01:02").Replace(line)
	if withoutNumbers(line) != withoutNumbers(same) {
		t.Errorf("%q differs from %q", withoutNumbers(line), withoutNumbers(same))
	}
	for _, change := range []string{"o-3", "award", "program", "failed", "completed"} {
		if withoutNumbers(line) == withoutNumbers(strings.Replace(line, change, "other", 1)) {
			t.Errorf("a change of %s does not show", change)
		}
	}
}

// lunch places the four orders of the page in one style, and leaves a worker running.
func lunch(t *testing.T, e engine, at twins.Endpoint) {
	t.Helper()
	traffic := twins.Traffic{Endpoint: at, Name: "food-lunch"}
	traffic.Env.Policy = food.DefaultPolicy
	co, err := e.twin.Place(t.Context(), traffic)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { co.Close(context.Background()) })
	submit := func(id string) {
		o := food.Order{ID: id, Customer: "ada", Restaurant: "dosa-corner", Items: []food.Item{{Dish: "masala dosa", Quantity: 2, Price: 8_50}}}
		if err := co.Submit(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	submit("o-4")
	if e.server == &natsServer {
		unreadable(t, at.Address, traffic.Name)
	} else {
		failing(t, at.Address, traffic.Name)
	}

	w := newStuckWorld(t)
	s := food.NewServices(w.ledger, food.DefaultPolicy, func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		switch {
		case c.Order == "o-2" && (c.Action == food.Confirm || c.Action == food.Refund):
			ctx = food.Refusing(ctx, "no longer in business")
		case c.Order == "o-3" && c.Action == food.Award:
			return food.ErrFailure
		}
		return next(ctx)
	})
	work, err := e.twin.Work(t.Context(), traffic, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { work.Close(context.Background()); s.Close() })
	for _, id := range []string{"o-1", "o-2", "o-3"} {
		submit(id)
		last := food.StatusCompleted
		if id == "o-2" {
			last = food.MailEscalated
		}
		w.until(t, id, last)
	}
	// What is answered is also written down.
	want := map[string]int{"o-2": 1, "o-3": 1, "o-4": 1}
	eventuallyStuck(t, e, at, func(orders []stuckOrder) bool {
		waits := map[string]int{}
		for _, o := range orders {
			waits[o.ID] = len(o.Waits)
		}
		return cmp.Equal(waits, want) && slices.ContainsFunc(orders, func(o stuckOrder) bool { return o.ID == "o-2" && len(o.Remains) == 1 }) &&
			slices.ContainsFunc(orders, func(o stuckOrder) bool { return o.ID == "o-3" && len(o.Remains) == 1 })
	})
}

// eventuallyStuck waits until what waits in a style is as asked.
func eventuallyStuck(t *testing.T, e engine, at twins.Endpoint, holds func([]stuckOrder) bool) {
	t.Helper()
	var out string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		out = runStuck(t, "stuck", "list", "-o", "json", "--"+e.server.name, at.Address)
		var r stuckReport
		var all []stuckOrder
		if json.Unmarshal([]byte(out), &r) == nil {
			for _, p := range r.Places {
				if p.Style != e.style || p.Cost.Requests == 0 || p.Cost.Bytes == 0 || p.Cost.Millis == 0 {
					t.Errorf("place %+v", p)
				}
				all = append(all, p.Orders...)
			}
			if holds(all) {
				return
			}
		}
	}
	t.Fatalf("the %s still has %s", e.style, out)
}

// unreadable is an old build of the choreography's payment. It does not know the
// version of the first event, and makes it a dead letter as any worker would.
func unreadable(t *testing.T, url, name string) {
	t.Helper()
	js := jetStream(t, url)
	consumer, err := js.Consumer(t.Context(), name, string(food.Payment))
	if err != nil {
		t.Fatal(err)
	}
	m, err := consumer.Next(jetstream.FetchMaxWait(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	_, err = js.PublishMsg(t.Context(), &nats.Msg{Subject: name + ".dead", Data: m.Data(), Header: nats.Header{
		jetstream.MsgIDHeader: {"1"}, "Dead-Subject": {m.Subject()}, "Dead-Reason": {"version 1 is not known"},
	}})
	if err = errors.Join(err, m.Term()); err != nil {
		t.Fatal(err)
	}
}

// failing is an old build of the orchestration's flow. It has a bug.
func failing(t *testing.T, address, name string) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := worker.New(c, name+".workflow", worker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context, food.Order) (food.Ending, error) {
		return "", errors.New("a bug of yesterday")
	}, workflow.RegisterOptions{Name: "PlaceOrder"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if err := c.GetWorkflow(t.Context(), name+".o-4", "").Get(t.Context(), nil); err == nil {
		t.Fatal("the old build has no bug")
	}
}

// A stuckWorld is a ledger in memory whose rows can be waited for.
type stuckWorld struct {
	ledger ledger.Store
	mu     sync.Mutex
	rows   map[string][]food.Action
}

func newStuckWorld(t *testing.T) *stuckWorld {
	w := &stuckWorld{rows: map[string][]food.Action{}}
	w.ledger = ledger.NewMemory(ledger.Options{Committed: func(c ledger.Commit) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, r := range c.Rows {
			w.rows[r.Order] = append(w.rows[r.Order], r.Action)
		}
	}})
	t.Cleanup(func() { w.ledger.Close() })
	return w
}

func (w *stuckWorld) until(t *testing.T, order string, a food.Action) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		w.mu.Lock()
		there := slices.Contains(w.rows[order], a)
		w.mu.Unlock()
		if there {
			return
		}
	}
	t.Fatalf("order %s has no row of %s", order, a)
}

// What a run's raw files tell: who waits, at what, since when; and what they don't.
func TestStuckOfARun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	data := record.Data{Cell: record.Cell{ID: "a-choreography-1", Style: record.Choreography, Scenario: "a", Repeat: 1, Kind: record.KindCustom, Started: began, LeftOver: map[string]float64{"dead_letters": 1, "unacked": 2, "pending": 0}}}
	for i, id := range []string{"done", "escalated", "begun", "silent", "unanswered", "dropped"} {
		o := record.Order{ID: id, Customer: "ada", Restaurant: "dosa-corner", Items: "1*100 dosa", Due: float64(1000 * i), Sent: 1, Accept: 2,
			Decision: math.NaN(), Settled: math.NaN(), Compensation: math.NaN(), Inconsistent: math.NaN()}
		switch id {
		case "dropped":
			o.Sent, o.Accept = math.NaN(), math.NaN()
		case "unanswered":
			o.Accept = math.NaN()
		}
		data.Orders = append(data.Orders, o)
	}
	seq := int64(0)
	row := func(order string, s food.Service, a food.Action, outcome food.Outcome, reason string) {
		seq++
		data.Effects = append(data.Effects, record.Effect{Order: order, Seq: seq, Service: string(s), Action: string(a), Outcome: string(outcome), Reason: reason, Attempt: 1, At: float64(seq), Committed: float64(seq)})
	}
	for _, r := range food.Required[food.PaymentDeclined] {
		outcome := food.Done
		if r.Action == food.Charge {
			outcome = food.Refused
		}
		row("done", "payment", r.Action, outcome, "")
	}
	row("escalated", food.Payment, food.Charge, food.Done, "")
	row("escalated", food.Restaurant, food.Confirm, food.Refused, "closed")
	row("escalated", food.Payment, food.Refund, food.Refused, "account closed")
	row("escalated", food.OrderService, food.StatusCancelled, food.Done, "")
	row("escalated", food.Notification, food.MailCancelled, food.Done, "")
	row("escalated", food.Notification, food.MailEscalated, food.Done, "")
	row("begun", food.Payment, food.Charge, food.Done, "")
	for n := range 3 {
		data.Calls = append(data.Calls, record.Call{Order: "begun", Service: "restaurant", Action: "confirm", Attempt: n + 1, At: float64(100 + n)})
	}
	if err := errors.Join(w.Add(data), w.Close(record.Run{ID: "r"})); err != nil {
		t.Fatal(err)
	}

	want := `choreography, a-choreography-1: 3 orders wait
  order      ending     waits at            since                 attempt  who must act  why
  escalated  escalated  payment.refund      2026-11-22T12:00:00Z  1        person        it was rejected: account closed
  begun      undecided  restaurant.confirm  2026-11-22T12:00:00Z  3        not recorded  it was begun and has no row
  silent     undecided  charge              2026-11-22T12:00:03Z  –        not recorded  it has no row, and no attempt at it was noted
  1 orders had no answer and no row: whether they were accepted is not known
  the engine still had dead letters: 1; of which orders is not recorded
  the engine still had unacked: 2; of which orders is not recorded
a run folder does not tell what the engine was doing, nor what has happened since the run
`
	if diff := cmp.Diff(want, runStuck(t, "stuck", "list", "--run", dir)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	want = `order begun, choreography, a-choreography-1: undecided
  12:00:02.000  placed
  12:00:00.010  charge done
  waits at restaurant.confirm since 2026-11-22T12:00:00Z, attempt 3: it was begun and has no row
  remains, unless something is rejected: confirm, assign, award, status-confirmed, status-completed, mail-confirmed, mail-partner-assigned
  who must act: not recorded
a run folder does not tell what the engine was doing, nor what has happened since the run
`
	if diff := cmp.Diff(want, runStuck(t, "stuck", "show", "begun", "--run", dir, "--name", "a-choreography-1")); diff != "" {
		t.Errorf("show (-want +got):\n%s", diff)
	}
	for args, want := range map[string]string{
		"stuck show escalate --run " + dir:             `order "escalate": no such order was accepted; did you mean "escalated"?`,
		"stuck list --name a-choregraphy --run " + dir: `has no cell "a-choregraphy"; did you mean "a-choreography-1"?`,
	} {
		var out, errs strings.Builder
		if code := execute(t.Context(), strings.Fields(args), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit %d, %s", args, code, &errs)
		}
	}
	var r stuckReport
	if err := json.Unmarshal([]byte(runStuck(t, "stuck", "list", "-o", "json", "--run", dir)), &r); err != nil || len(r.Places) != 1 || len(r.Places[0].Orders) != 3 || r.Places[0].Orders[0].Who != stuck.Person {
		t.Errorf("as JSON: %+v, %v", r, err)
	}
}

// Bad input gets a line with what to do and exit code 2.
func TestStuckBadInput(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"lsit"}, `did you mean "list"?`},
		{[]string{"list"}, "want --nats nats://127.0.0.1:4222, --temporal 127.0.0.1:7233 or both, or --run reports/latest"},
		{[]string{"resolve", "o-1"}, "no server is named"},
		{[]string{"list", "o-1", "--run", "."}, `takes no argument, got "o-1"`},
		{[]string{"show", "--run", "."}, "takes one order, got 0"},
		{[]string{"show", "*", "--run", "."}, `order "*": want 1 to 64 letters`},
		{[]string{"show", ">", "--nats", "nats://127.0.0.1:1"}, `order ">": want`},
		{[]string{"redrive", "o-1\n", "--nats", "nats://127.0.0.1:1"}, `order "o-1\n": want`},
		{[]string{"resolve", "a.b", "--temporal", "127.0.0.1:1"}, `order "a.b": want`},
		{[]string{"resolve", strings.Repeat("a", 65), "--temporal", "127.0.0.1:1"}, "want 1 to 64 letters"},
		{[]string{"list", "--name", "food.>", "--nats", "nats://127.0.0.1:1"}, `--name "food.>": want`},
		{[]string{"list", "--run", ".", "--nats", "nats://127.0.0.1:1"}, "--nats and --run"},
		{[]string{"list", "--run", t.TempDir()}, "not a run folder"},
		{[]string{"list", "--run", ".", "-o", "xml"}, `unknown output "xml"; want text or json`},
		{[]string{"redrive", "o-1", "--run", "."}, "unknown flag: --run"},
		{[]string{"redrive", "o-1", "--letter", "3", "--nats", "nats://127.0.0.1:1"}, "takes no argument"},
		{[]string{"redrive", "--nats", "nats://127.0.0.1:1"}, "takes one order, or --letter, got 0"},
		{[]string{"resolve", "o-1", "--timeout", "0s", "--nats", "nats://127.0.0.1:1"}, "--timeout 0s: want more than 0"},
		{[]string{"list", "--nats", "nats://10.0.0.1:4222"}, "not this machine by its name"},
		{[]string{"list", "--temporal", "http://127.0.0.1:7233"}, "want HOST:PORT"},
		{[]string{"list", "--namespace", "other", "--nats", "nats://127.0.0.1:1"}, "--namespace goes with --temporal"},
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), append([]string{"stuck"}, c.args...), &out, &errs)
		if code != exitUsage || !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
			t.Errorf("stuck %q: exit %d, printed %s%s, want %q", c.args, code, &out, &errs, c.want)
		}
	}
}

// What is refused of orders that are there, in both styles.
func TestStuckRefuses(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	for _, e := range engines {
		if e.server == nil {
			continue
		}
		place := twins.Endpoint{Address: at[e.server.name]}
		to := []string{"--" + e.server.name, place.Address}
		nothing := runStuck(t, append([]string{"stuck", "list"}, to...)...)
		if !strings.Contains(nothing, "no orders were placed there yet") {
			t.Errorf("%s: an empty server: %s", e.style, nothing)
		}
		lunch(t, e, place)
		for args, want := range map[string]string{
			"resolve o-1":               "order o-1: the order is not escalated, so there is nothing to resolve",
			"resolve o-3":               "order o-3: the order is not escalated",
			"resolve o-9":               `order "o-9": no such order was accepted; did you mean "o-`,
			"redrive o-1":               "order o-1 waits for nothing: there is nothing to redrive",
			"redrive o-2":               "order o-2 has nothing to redrive: it waits for a person; when that is dealt with: sagabench stuck resolve o-2",
			"show o-1":                  "it waits for nothing",
			"list --name food-lnuch":    `no orders were placed there under the name "food-lnuch"; did you mean "food-lunch"?`,
			"redrive --letter 99":       map[bool]string{true: "there is no dead letter 99", false: "--letter is for --nats alone"}[e.server == &natsServer],
			"resolve o-2 --name food-x": "no orders were placed there under the name",
		} {
			if got := runStuck(t, append(append([]string{"stuck"}, strings.Fields(args)...), to...)...); !strings.Contains(got, want) {
				t.Errorf("%s: %s: printed %s, want %q", e.style, args, got, want)
			}
		}
		if e.server == &natsServer {
			want := "dead letter 1 was published again as order_placed of order \"o-4\"\n"
			if got := runStuck(t, append([]string{"stuck", "redrive", "--letter", "1"}, to...)...); got != want {
				t.Errorf("a letter by its number: %s, want %s", got, want)
			}
		}
		other := twins.Traffic{Endpoint: place, Name: "food-dinner"}
		other.Env.Policy = food.DefaultPolicy
		co, err := e.twin.Place(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		defer co.Close(context.Background())
		if err := co.Submit(t.Context(), food.Order{ID: "o-1", Customer: "ada", Restaurant: "dosa-corner", Items: []food.Item{{Dish: "dosa", Quantity: 1, Price: 1}}}); err != nil {
			t.Fatal(err)
		}
		eventuallyStuck(t, e, place, func(orders []stuckOrder) bool {
			return slices.ContainsFunc(orders, func(o stuckOrder) bool { return o.ID == "o-1" })
		})
		want := fmt.Sprintf("orders of the %s are there under 2 names: say which with --name: food-dinner, food-lunch", e.style)
		if got := runStuck(t, append([]string{"stuck", "show", "o-1"}, to...)...); !strings.Contains(got, want) {
			t.Errorf("two names: %s, want %q", got, want)
		}
	}
}
