package report_test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

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
		Faults: append([]string{}, s.faults...), Offered: s.rate, Window: s.seconds, Started: started, Begin: 700,
		LoadEnd: 700 + s.seconds*1000, Drained: true, Outages: []record.Outage{}, Warnings: []string{},
		Generator: record.Generator{LateP99: 0.21, LateMax: 0.62},
		Counters:  map[string]float64{"absorbed": float64(n / 40)},
		IdleCPU:   map[string]float64{"server": 4, "worker": 3}, RSS: map[string]float64{"server": 61, "worker": 48},
	}
	cell.Durability, cell.Share = s.durability, s.share
	if s.local {
		cell.Activities = record.LocalActivities
	}
	if s.outage[1] > 0 {
		cell.Outages = []record.Outage{{Service: "restaurant", From: 700 + s.outage[0]*1000, To: 700 + s.outage[1]*1000}}
	}
	d := record.Data{Cell: cell}
	free := 0.0
	for i := range n + 2 {
		o := record.Order{
			ID: fmt.Sprintf("%s-%g-%d-%05d", s.name, s.rate, repeat, i), Customer: fmt.Sprintf("c-%d", i%17), Total: int64(1200 + 37*(i%50)),
			Warmup: i < 2, Due: 100 + float64(i)*200, Sent: 0.05, Compensation: nan, Inconsistent: nan,
		}
		if !o.Warmup {
			o.Due = 700 + (float64(i-2)+0.3)*1000/s.rate
		}
		free = max(free, o.Due) + 1000/engines[style].capacity
		play(&d, s, o, free-1000/engines[style].capacity-o.Due, chance)
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

// A flow writes the rows of one order as they would come.
type flow struct {
	d      *record.Data
	order  record.Order
	chance *rand.Rand
	hop    float64
}

// after is a moment one step after another, with a tail.
func (w flow) after(ms float64) float64 {
	return ms + w.hop*math.Exp(0.25*w.chance.NormFloat64()) + 0.02
}

// row writes a row, ms after the order was due.
func (w flow) row(service, action, outcome string, amount int64, ms float64) float64 {
	reason := map[string]string{"refused": "injected"}[outcome]
	at := w.order.Due + ms
	w.d.Effects = append(w.d.Effects, record.Effect{
		Order: w.order.ID, Service: service, Action: action, Outcome: outcome, Reason: reason, Amount: amount, Attempt: 1,
		At: at - 0.01, Committed: math.Round(at*1000) / 1000,
	})
	return ms
}

// play lets one order run through the flow, starting wait ms after it was due.
func play(d *record.Data, s shape, o record.Order, wait float64, chance *rand.Rand) {
	w := flow{d, o, chance, engines[d.Cell.Style].hop}
	points := o.Total / 100
	o.Accept = wait + w.hop*0.4
	paid := w.row("payment", "charge", "done", o.Total, w.after(wait))
	reached := w.after(paid)
	for _, out := range d.Cell.Outages {
		if at := o.Due + reached; at >= out.From && at < out.To {
			reached = out.To - o.Due + chance.Float64()*900
			d.Faults = append(d.Faults, record.Fault{Rule: s.faults[len(s.faults)-1], Kind: "outage", Order: o.ID, Service: "restaurant", Action: "confirm", Attempt: 1, At: d.Cell.Started.Add(time.Duration((o.Due + 1) * 1e6))})
		}
	}
	switch {
	case hit(s.faults, "restaurant.confirm", o):
		no := w.row("restaurant", "confirm", "refused", 0, reached)
		o.Outcome = string(food.RestaurantFailed)
		back := w.row("payment", "refund", "done", o.Total, w.after(no))
		o.Decision = w.row("order", "status-cancelled", "done", 0, w.after(no))
		mail := w.row("notification", "mail-cancelled", "done", 0, w.after(no))
		o.Settled = max(o.Decision, mail, w.row("notification", "mail-refunded", "done", 0, w.after(back)))
		o.Compensation, o.Inconsistent = back-no, back-no
		d.Faults = append(d.Faults, record.Fault{Rule: s.faults[0], Kind: "refuse", Order: o.ID, Service: "restaurant", Action: "confirm", Attempt: 1, At: d.Cell.Started})
	case hit(s.faults, "delivery.assign", o):
		yes := w.row("restaurant", "confirm", "done", 0, reached)
		w.row("loyalty", "award", "done", points, w.after(yes))
		w.row("order", "status-confirmed", "done", 0, w.after(yes))
		w.row("notification", "mail-confirmed", "done", 0, w.after(yes))
		no := w.row("delivery", "assign", "refused", 0, w.after(yes)+w.hop)
		o.Outcome = string(food.NoPartner)
		back := w.row("payment", "refund", "done", o.Total, w.after(no))
		ticket := w.row("restaurant", "cancel-ticket", "done", 0, w.after(no))
		revoked := w.row("loyalty", "revoke", "done", points, w.after(no))
		o.Decision = w.row("order", "status-cancelled", "done", 0, w.after(no)+w.hop)
		mail := w.row("notification", "mail-cancelled", "done", 0, w.after(no)+w.hop)
		o.Settled = max(o.Decision, mail, ticket, revoked, w.row("notification", "mail-refunded", "done", 0, w.after(back)))
		o.Compensation, o.Inconsistent = max(back, ticket, revoked)-no, back-no
		d.Faults = append(d.Faults, record.Fault{Rule: s.faults[0], Kind: "refuse", Order: o.ID, Service: "delivery", Action: "assign", Attempt: 1, At: d.Cell.Started})
	default:
		yes := w.row("restaurant", "confirm", "done", 0, reached)
		award := w.row("loyalty", "award", "done", points, w.after(yes))
		w.row("order", "status-confirmed", "done", 0, w.after(yes))
		w.row("notification", "mail-confirmed", "done", 0, w.after(yes))
		partner := w.row("delivery", "assign", "done", 0, w.after(yes)+w.hop)
		o.Outcome = string(food.Completed)
		o.Decision = w.row("order", "status-completed", "done", 0, w.after(partner))
		o.Settled = max(award, o.Decision, w.row("notification", "mail-partner-assigned", "done", 0, w.after(partner)))
	}
	for _, ms := range []*float64{&o.Due, &o.Accept, &o.Decision, &o.Settled, &o.Compensation, &o.Inconsistent} {
		*ms = math.Round(*ms*1000) / 1000
	}
	d.Orders = append(d.Orders, o)
}

// hit reports whether a planned refusal hits the order, by its id alone.
func hit(faults []string, call string, o record.Order) bool {
	for _, f := range faults {
		var percent float64
		if rest, ok := strings.CutPrefix(f, call+":refuse@"); ok {
			fmt.Sscanf(rest, "%f%%", &percent)
			h := fnv.New64a()
			fmt.Fprint(h, call, o.ID)
			return float64(h.Sum64()%1000)/10 < percent
		}
	}
	return false
}
