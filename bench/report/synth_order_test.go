package report_test

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// simulate makes one cell.
func simulate(s shape, style string, repeat int, started time.Time) record.Data {
	seed := fnv.New64a()
	fmt.Fprint(seed, s.name, style, repeat)
	chance := rand.New(rand.NewPCG(seed.Sum64(), 1))
	n := int(s.rate * s.seconds)
	cell := record.Cell{
		ID: fmt.Sprintf("%s-%s-%d", s.name, style, repeat), Style: style, Scenario: s.name, Repeat: repeat, Kind: s.kind,
		Faults: append(append([]string{}, s.faults...), s.customers...), Offered: s.rate, Window: s.seconds, Started: started, Begin: 700,
		LoadEnd: 700 + s.seconds*1000, Drained: true, Outages: []record.Outage{}, Warnings: []string{},
		Generator: record.Generator{LateP99: 0.21, LateMax: 0.62},
		Timer:     &record.Timer{N: 20, P50: 0.08, Max: 1.25},
		Counters:  map[string]float64{}, LeftOver: map[string]float64{},
		IdleCPU: map[string]float64{"server": 4, "worker": 3}, RSS: map[string]float64{"server": 61, "worker": 48},
	}
	cell.Durability, cell.Share = s.durability, s.share
	busy := min(s.rate/engines[style].capacity, 0.97)
	cell.Busy = &busy
	if s.local {
		cell.Activities = record.LocalActivities
	}
	if s.outage[1] > 0 {
		cell.Outages = []record.Outage{{Service: "restaurant", From: 700 + s.outage[0]*1000, To: 700 + s.outage[1]*1000}}
	}
	d := record.Data{Cell: cell}
	rules, err := fault.ParseAll(s.faults)
	if err != nil {
		panic(err)
	}
	lottery := fault.NewPlan(seedOfRuns, rules)
	free := 0.0
	for i := range n + 2 {
		o := record.Order{
			ID: fmt.Sprintf("%s-%g-%d-%05d", s.name, s.rate, repeat, i), Customer: fmt.Sprintf("c-%d", i%17), Restaurant: "Da Mario",
			Items:  fmt.Sprintf("1*%d Lasagne;2*100 Water", total(i)-200),
			Warmup: i < 2, Due: 100 + float64(i)*200, Sent: 0.05, Compensation: nan, Inconsistent: nan,
		}
		if !o.Warmup {
			o.Due = 700 + (float64(i-2)+0.3)*1000/s.rate
		}
		free = max(free, o.Due) + 1000/engines[style].capacity
		w := flow{&d, o, total(i), chance, engines[style].hop, lottery, rules}
		wait := free - 1000/engines[style].capacity - o.Due
		if s.customers != nil && drawnBy(cancelRule, o.ID, "") {
			w.cancelled(wait)
			continue
		}
		w.play(wait)
	}
	slices.SortFunc(d.Effects, func(a, b record.Effect) int { return cmp.Compare(a.Committed, b.Committed) })
	end := cell.LoadEnd
	for i := range d.Effects {
		d.Effects[i].Seq = int64(i + 1)
		end = max(end, d.Effects[i].Committed)
	}
	d.Cell.DrainEnd = end + 5
	d.Cell.Disk = float64(n) * 5200
	d.Cell.CPU = map[string]float64{"server": float64(n) * engines[style].hop * 3, "worker": float64(n) * 0.3, "harness": float64(n) * 0.05}
	if style == "orchestration" {
		d.Cell.Counters["history_events_per_order"] = 61
		if s.local {
			d.Cell.Counters["history_events_per_order"] = 13
		}
	} else {
		d.Cell.Counters["messages"], d.Cell.Counters["deliveries"] = float64(n+2)*4.2, float64(n+2)*9.1
	}
	for i := range 4 {
		d.Samples = append(d.Samples, record.Sample{At: float64(i) * 250, Role: "server", CPU: float64(i) * 100, RSS: 60})
	}
	return d
}

// total is what order i of a cell costs.
func total(i int) int64 { return int64(1200 + 37*(i%50)) }

// A flow makes the calls of one order, and writes the rows that follow.
type flow struct {
	d       *record.Data
	order   record.Order
	total   int64
	chance  *rand.Rand
	hop     float64
	lottery *fault.Plan
	rules   []fault.Rule
}

// after is a moment one step after another, with a tail.
func (w flow) after(ms float64) float64 {
	return ms + w.hop*math.Exp(0.25*w.chance.NormFloat64()) + 0.02
}

// An answer is what became of a call: when its row was written, when it was answered,
// and whether it was done. Times are in ms after the order was due.
type answer struct {
	wrote, came float64
	done        bool
}

// call tries a call until it is answered, with the faults that are planned and drawn
// for it. Without one its row is written at the time given.
func (w flow) call(service, action string, amount int64, ms float64) (a answer) {
	a.wrote = nan
	for attempt := 1; ; attempt++ {
		c := food.Call{Order: w.order.ID, Service: food.Service(service), Action: food.Action(action), Attempt: attempt}
		w.d.Calls = append(w.d.Calls, record.Call{Order: c.Order, Service: service, Action: action, Attempt: attempt, At: w.order.Due + ms - 0.02})
		outcome, failed, lost := "done", false, false
		for _, r := range w.hits(c, ms-0.02) {
			if failed {
				break
			}
			w.d.Faults = append(w.d.Faults, record.Fault{
				Rule: r.Written, Kind: string(r.Kind), Order: c.Order, Service: service, Action: action, Attempt: attempt,
				At: w.d.Cell.Started.Add(time.Duration((w.order.Due + ms - 0.015) * 1e6)),
			})
			switch r.Kind {
			case fault.Outage, fault.Fail:
				failed = true
			case fault.Slow:
				ms += float64(r.Delay) / 1e6
			case fault.Refuse:
				outcome = "refused"
			case fault.LoseReply:
				lost = true
			}
		}
		if !failed && math.IsNaN(a.wrote) {
			a.wrote, a.done = ms, outcome == "done"
			w.row(c, outcome, amount, ms)
		}
		if a.came = ms; !failed && !lost {
			return a
		}
		ms += float64(food.DefaultPolicy.Backoff(attempt))/1e6 + 0.3
	}
}

// hits are the faults of an attempt, in order of precedence.
func (w flow) hits(c food.Call, ms float64) (hit []fault.Rule) {
	for _, o := range fault.Outages(w.rules) {
		since := time.Duration((w.order.Due + ms - w.d.Cell.Begin) * 1e6)
		if o.Targets(c.Service, c.Action) && o.After <= since && since < o.After+o.For {
			hit = append(hit, o)
		}
	}
	for _, r := range w.lottery.Picks(c.Order, c.Service, c.Action) {
		if r.Kind == fault.Refuse || c.Attempt <= r.Times {
			hit = append(hit, r)
		}
	}
	return hit
}

// row writes the row of a call.
func (w flow) row(c food.Call, outcome string, amount int64, ms float64) {
	reason, whom := "", w.order.Customer
	switch c.Service {
	case food.Restaurant:
		whom = w.order.Restaurant + ": 1 Lasagne, 2 Water"
	case food.Delivery:
		if c.Action == food.Cancel {
			break
		}
		whom = w.order.Restaurant + " to " + w.order.Customer
	}
	if outcome == "refused" {
		reason, amount = "injected", 0
	}
	at := w.order.Due + ms
	w.d.Effects = append(w.d.Effects, record.Effect{
		Order: c.Order, Service: string(c.Service), Action: string(c.Action), Outcome: outcome, Reason: reason, For: whom,
		Amount: amount, Attempt: c.Attempt, At: at - 0.01, Committed: math.Round(at*1000) / 1000,
	})
}

// play lets the order run through the flow, starting wait ms after it was due.
func (w flow) play(wait float64) {
	o := &w.order
	o.Accept = wait + w.hop*0.4
	charge := w.call("payment", "charge", w.total, w.after(wait))
	confirm := w.call("restaurant", "confirm", 0, w.after(charge.came))
	if !confirm.done {
		o.Outcome = string(food.RestaurantFailed)
		refund := w.call("payment", "refund", w.total, w.after(confirm.came))
		o.Decision = w.call("order", "status-cancelled", 0, w.after(confirm.came)).wrote
		mail := w.call("notification", "mail-cancelled", 0, w.after(confirm.came))
		o.Settled = max(o.Decision, mail.wrote, w.call("notification", "mail-refunded", 0, w.after(refund.came)).wrote)
		o.Compensation, o.Inconsistent = refund.wrote-confirm.wrote, refund.wrote-confirm.wrote
		w.placed()
		return
	}
	award := w.call("loyalty", "award", w.total/100, w.after(confirm.came))
	w.call("order", "status-confirmed", 0, w.after(confirm.came))
	w.call("notification", "mail-confirmed", 0, w.after(confirm.came))
	assign := w.call("delivery", "assign", 0, w.after(confirm.came)+w.hop)
	if assign.done {
		o.Outcome = string(food.Completed)
		o.Decision = w.call("order", "status-completed", 0, w.after(assign.came)).wrote
		o.Settled = max(award.wrote, o.Decision, w.call("notification", "mail-partner-assigned", 0, w.after(assign.came)).wrote)
	} else {
		o.Outcome = string(food.NoPartner)
		refund := w.call("payment", "refund", w.total, w.after(assign.came))
		ticket := w.call("restaurant", "cancel-ticket", 0, w.after(assign.came))
		revoke := w.call("loyalty", "revoke", w.total/100, w.after(assign.came))
		o.Decision = w.call("order", "status-cancelled", 0, w.after(assign.came)+w.hop).wrote
		mail := w.call("notification", "mail-cancelled", 0, w.after(assign.came)+w.hop)
		o.Settled = max(o.Decision, mail.wrote, ticket.wrote, revoke.wrote, w.call("notification", "mail-refunded", 0, w.after(refund.came)).wrote)
		o.Compensation, o.Inconsistent = max(refund.wrote, ticket.wrote, revoke.wrote)-assign.wrote, refund.wrote-assign.wrote
	}
	w.placed()
}

// The rules of customers who cancel in time, and of refunds that can't be made.
const (
	cancelRule = "order:cancel@40%+0.5ms"
	refundRule = "payment.refund:refuse@30%"
)

// drawnBy holds the lottery for one of them, as a judge does.
func drawnBy(rule, order, action string) bool {
	parsed := strings.Replace(rule, "0.5ms", "500µs", 1)
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s", seedOfRuns, parsed, order, action))
	percent := 30.0
	if rule == cancelRule {
		percent = 40
	}
	return float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53)*100 < percent
}

// fired notes what happened by a rule.
func (w flow) fired(rule, kind, service, action string, ms float64) {
	w.d.Faults = append(w.d.Faults, record.Fault{
		Rule: rule, Kind: kind, Order: w.order.ID, Service: service, Action: action, Attempt: 1,
		At: w.d.Cell.Started.Add(time.Duration((w.order.Due + ms) * 1e6)),
	})
}

// made edits the row that was written last.
func (w flow) made(outcome, reason string) {
	r := &w.d.Effects[len(w.d.Effects)-1]
	r.Outcome, r.Reason, r.Amount = outcome, reason, 0
	if outcome == "blocked" {
		r.For, r.Committed = "", r.Committed-0.001
	}
}

// blocks writes the row of a call that another one blocks in the same step.
func (w flow) blocks(service, action string, ms float64) {
	w.row(food.Call{Order: w.order.ID, Service: food.Service(service), Action: food.Action(action), Attempt: 1}, "blocked", 0, ms)
	w.made("blocked", "undone")
}

// cancelled is an order whose customer cancels when it has been charged.
func (w flow) cancelled(wait float64) {
	o := &w.order
	o.Accept = wait + w.hop*0.4
	charge := w.call("payment", "charge", w.total, w.after(wait))
	asked := max(o.Accept+0.6, charge.came)
	w.fired(cancelRule, "cancel", "order", "", asked)
	cancel := w.call("delivery", "cancel", 0, w.after(asked))
	w.blocks("delivery", "assign", cancel.wrote)
	next := w.after(cancel.came)
	ticket := w.call("restaurant", "cancel-ticket", 0, next)
	w.made("done", "nothing_to_undo")
	w.blocks("restaurant", "confirm", ticket.wrote)
	revoke := w.call("loyalty", "revoke", 0, next)
	w.made("done", "nothing_to_undo")
	w.blocks("loyalty", "award", revoke.wrote)
	o.Decision = w.call("order", "status-cancelled", 0, next).wrote
	o.Settled = max(ticket.wrote, revoke.wrote, w.call("notification", "mail-cancelled", 0, next).wrote)
	refund := w.call("payment", "refund", w.total, w.after(cancel.came))
	o.Outcome = string(food.CustomerCancelled)
	mail := "mail-refunded"
	if drawnBy(refundRule, o.ID, "refund") {
		w.fired(refundRule, "refuse", "payment", "refund", refund.wrote-0.015)
		w.made("refused", "card expired")
		o.Outcome, mail = string(food.Escalated), "mail-escalated"
	} else {
		o.Compensation, o.Inconsistent = refund.wrote-cancel.wrote, refund.wrote-cancel.wrote
	}
	o.Settled = max(o.Settled, o.Decision, w.call("notification", mail, 0, w.after(refund.came)).wrote)
	w.placed()
}

// placed writes the order itself.
func (w flow) placed() {
	o := w.order
	for _, ms := range []*float64{&o.Due, &o.Accept, &o.Decision, &o.Settled, &o.Compensation, &o.Inconsistent} {
		*ms = math.Round(*ms*1000) / 1000
	}
	w.d.Orders = append(w.d.Orders, o)
}
