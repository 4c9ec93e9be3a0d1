package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A story is what happened to one order in one style, in ms since it was due.
type story struct {
	style   string
	cell    string
	order   record.Order
	moments []moment
}

// A moment is one row of the ledger, or the acceptance of the order.
type moment struct {
	action  food.Action // "" for the acceptance
	service string
	outcome string
	at      float64
}

// storyOrder lists the actions as the tale is told, so that both styles have the
// same lines in the same places.
var storyOrder = []food.Action{
	"", food.Charge, food.Confirm, food.Assign, food.Award, food.StatusConfirmed, food.MailConfirmed, food.MailPartnerAssigned, food.StatusCompleted,
	food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailPaymentFailed, food.MailCancelled, food.MailRefunded,
}

// refusedOrder chooses an order that was charged and then refused, the same in
// every style: a usual one, whose latencies are nearest to the median of its
// kind. Orders with more to undo come first.
func (d *data) refusedOrder() (order string, cells []record.Cell) {
	for _, calm := range []bool{true, false} {
		for _, ending := range []food.Ending{food.NoPartner, food.RestaurantFailed} {
			for _, s := range d.scenarios(record.KindRefused, record.KindCustom, record.KindUnloaded, record.KindFailures, record.KindOutage) {
				if calm && !d.givesLatency(s) {
					continue
				}
				if order, cells := d.refusedIn(s, ending); order != "" {
					return order, cells
				}
			}
		}
	}
	return "", nil
}

// givesLatency says whether no style was saturated in the scenario.
func (d *data) givesLatency(s scenario) bool {
	for _, style := range d.styles() {
		if p, ok := d.pool(style, s.name); !ok || !p.GivesLatency() {
			return false
		}
	}
	return true
}

// refusedIn chooses from the first repeat that has such an order.
func (d *data) refusedIn(s scenario, ending food.Ending) (order string, cells []record.Cell) {
	for _, first := range d.cells(d.styles()[0], s.name) {
		cells := d.sameRepeat(first)
		if len(cells) != len(d.styles()) {
			continue
		}
		if order := d.usual(cells, ending); order != "" {
			return order, cells
		}
	}
	return "", nil
}

// storyEnding is how the chosen order ended.
func (d *data) storyEnding() food.Ending {
	id, cells := d.refusedOrder()
	for _, c := range cells {
		for _, o := range d.orders[c.ID] {
			if o.ID == id {
				return food.Ending(o.Outcome)
			}
		}
	}
	return ""
}

// sameRepeat returns the cells of every style at the scenario and repeat of c.
func (d *data) sameRepeat(c record.Cell) (cells []record.Cell) {
	for _, style := range d.styles() {
		for _, other := range d.cells(style, c.Scenario) {
			if other.Repeat == c.Repeat {
				cells = append(cells, other)
			}
		}
	}
	return cells
}

// usual finds the order that is nearest to the median in all of the cells.
func (d *data) usual(cells []record.Cell, ending food.Ending) (best string) {
	distance := map[string]float64{}
	seen := map[string]int{}
	for _, c := range cells {
		s := measure.Latencies(d.orders[c.ID], measure.Settled, ending)
		if len(s) == 0 {
			return ""
		}
		median := s[(len(s)-1)/2]
		for _, o := range d.orders[c.ID] {
			if !o.Warmup && o.Outcome == string(ending) && o.Settled > 0 {
				distance[o.ID] += math.Abs(math.Log(o.Settled / median))
				seen[o.ID]++
			}
		}
	}
	for id, n := range seen {
		if n != len(cells) {
			continue
		}
		if best == "" || cmp.Or(cmp.Compare(distance[id], distance[best]), strings.Compare(id, best)) < 0 {
			best = id
		}
	}
	return best
}

// stories reads the ledger rows of one order in the given cells.
func (d *data) stories(order string, cells []record.Cell) ([]story, error) {
	stories := make([]story, len(cells))
	for i, c := range cells {
		for _, o := range d.orders[c.ID] {
			if o.ID == order {
				stories[i] = story{style: c.Style, cell: c.ID, order: o}
				if !math.IsNaN(o.Accept) {
					stories[i].moments = []moment{{at: o.Accept}}
				}
			}
		}
	}
	for e, err := range d.folder.Effects() {
		if err != nil {
			return nil, err
		}
		if e.Order != order {
			continue
		}
		for i, c := range cells {
			if c.ID == e.Cell {
				s := &stories[i]
				s.moments = append(s.moments, moment{food.Action(e.Action), e.Service, e.Outcome, e.Committed - s.order.Due})
			}
		}
	}
	for i := range stories {
		slices.SortStableFunc(stories[i].moments, func(a, b moment) int {
			return cmp.Compare(slices.Index(storyOrder, a.action), slices.Index(storyOrder, b.action))
		})
	}
	return stories, nil
}

// name is the moment's line in the drawing.
func (m moment) name() string {
	a := string(m.action)
	switch {
	case a == "":
		return "order accepted"
	case strings.HasPrefix(a, "mail-"):
		return "mail: " + strings.ReplaceAll(a[len("mail-"):], "-", " ")
	case strings.HasPrefix(a, "status-"):
		return "status: " + a[len("status-"):]
	}
	return m.service + ": " + strings.ReplaceAll(a, "-", " ")
}

// undoing says whether the moment takes something back.
func (m moment) undoing() bool { return m.action.Undoes() != "" && m.outcome == string(food.Done) }

// telling says whether the moment only tells somebody something.
func (m moment) telling() bool {
	return m.action == "" || strings.HasPrefix(string(m.action), "mail-") || strings.HasPrefix(string(m.action), "status-")
}

// note is what stands beside the moment's marker.
func (m moment) note(brief bool) string {
	text := millis(measure.Num(m.at))
	switch {
	case brief:
	case m.action != "" && m.outcome != string(food.Done):
		text += ", " + m.outcome
	case m.undoing():
		text += ", undoes " + strings.ReplaceAll(string(m.action.Undoes()), "-", " ")
	}
	return text
}

// heading stands above the story in the drawing.
func (s story) heading(brief bool) string {
	text := s.style
	if !math.IsNaN(s.order.Settled) {
		text += ": settled after " + millis(measure.Num(s.order.Settled))
	}
	if from, to, ok := s.dead(); ok && !brief {
		text += ", dead and not refunded for " + millis(measure.Num(to-from))
	}
	return text
}

// dead is the stretch from the no that killed the order to the refund.
func (s story) dead() (from, to float64, ok bool) {
	for _, m := range s.moments {
		switch {
		case m.action.Deciding() && m.outcome != string(food.Done):
			from, ok = m.at, true
		case m.action == food.Refund && m.undoing():
			to = m.at
		}
	}
	return from, to, ok && to > from
}
