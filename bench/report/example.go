package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// One order that was refused, or taken back otherwise, as it went in every style.

func (d *data) orderSection() (section, error) {
	s := section{ID: "order", Title: "One refused order"}
	if d.followed {
		s.Tables = withRows(d.laneTable())
	}
	e, ok := d.example()
	if !ok {
		s.Figure = figure{Name: "timeline", Title: "One refused order as timelines", Missing: "the run has no cell"}
		if len(d.styles()) > 0 {
			s.Figure.Missing = "no order was charged and taken back in every style of a cell that was not cut short"
		}
		return s, nil
	}
	courses, err := d.courses(e)
	s.Figure = d.timelineFigure(e, courses)
	s.Title, s.Lead = "One "+e.kind(), exampleLeads[e.ending]
	if d.twins() {
		s.Title += ", in every style, " + serviceTime(e.cells[0].Settings)
		s.Lead += " In the choreography each service receives the " + e.news() + " as an event and compensates its own part; in the orchestration the workflow receives it as an answer and calls them."
	}
	return s, err
}

// exampleLeads say what happens to the order that is shown.
var exampleLeads = map[food.Ending]string{
	food.RestaurantFailed:  "The restaurant refuses the order after the card was charged. Now the charge has to be refunded, and the customer has to be notified.",
	food.NoPartner:         "The card is charged and the kitchen is cooking when no delivery partner can be found. Now charge, ticket and points have to be compensated, and the customer has to be notified.",
	food.CustomerCancelled: "The customer cancels after the card was charged, and before there is a delivery partner. Now what was done has to be compensated, and the customer has to be notified.",
	food.Escalated:         "The order has to be taken back after the card was charged, and a compensation is rejected. Now the rest has to be compensated, and the customer has to be notified that a person takes over.",
}

// kind is what the order is called, and news what sets off its compensation.
func (e example) kind() string {
	switch e.ending {
	case food.CustomerCancelled:
		return "cancelled order"
	case food.Escalated:
		return "escalated order"
	}
	return "refused order"
}

func (e example) news() string {
	switch e.ending {
	case food.CustomerCancelled:
		return "cancellation"
	case food.Escalated:
		return "reason"
	}
	return "refusal"
}

// An example is an order, and the cells in which it ended in the same way.
type example struct {
	order  string
	ending food.Ending
	cells  []record.Cell // one of each style
}

// example chooses an order that was charged and then refused, the same in
// every style. Orders with more to compensate come first.
func (d *data) example() (e example, ok bool) {
	all := d.scenarios(record.KindRefused, record.KindCustom, record.KindUnloaded, record.KindFailures, record.KindOutage)
	for _, scenarios := range [][]scenario{lists.Filter(all, d.givesLatency), all} {
		for _, ending := range []food.Ending{food.NoPartner, food.RestaurantFailed, food.CustomerCancelled, food.Escalated} {
			for _, s := range scenarios {
				if e, ok := d.exampleIn(s, ending); ok {
					return e, true
				}
			}
		}
	}
	return e, false
}

// exampleIn chooses from the first repeat that has such an order in every style: a
// usual one, whose latencies are nearest to the median of its kind.
func (d *data) exampleIn(s scenario, ending food.Ending) (e example, ok bool) {
	for _, first := range d.cells(d.styles()[0], s.Scenario) {
		cells := d.sameRepeat(first)
		if order := d.usual(cells, ending); order != "" && len(cells) == len(d.styles()) {
			return example{order, ending, cells}, true
		}
	}
	return e, false
}

// givesLatency reports whether no style was saturated in the scenario.
func (d *data) givesLatency(s scenario) bool {
	return !slices.ContainsFunc(d.styles(), func(style string) bool {
		p, ok := d.pool(style, s.Scenario)
		return !ok || !p.GivesLatency()
	})
}

// sameRepeat returns the cells of every style at the scenario and repeat of c.
func (d *data) sameRepeat(c record.Cell) (cells []record.Cell) {
	for _, style := range d.styles() {
		cells = append(cells, d.cells(style, c.Scenario)...)
	}
	return lists.Filter(cells, func(other record.Cell) bool { return other.Repeat == c.Repeat })
}

// usual finds the order that is nearest to the median in all of the cells.
func (d *data) usual(cells []record.Cell, ending food.Ending) (best string) {
	distance := map[string]float64{}
	seen := map[string]int{}
	for _, c := range cells {
		s := measure.Latencies(d.Orders[c.ID], measure.Settled, ending)
		if len(s) == 0 {
			return ""
		}
		middle := s[(len(s)-1)/2]
		for _, o := range d.Orders[c.ID] {
			charged := ending != food.CustomerCancelled || !math.IsNaN(o.Compensation)
			if !o.Warmup && charged && o.Outcome == string(ending) && o.Settled > 0 {
				distance[o.ID] += math.Abs(math.Log(o.Settled / middle))
				seen[o.ID]++
			}
		}
	}
	for id, n := range seen {
		nearer := cmp.Or(cmp.Compare(distance[id], distance[best]), strings.Compare(id, best)) < 0
		if n == len(cells) && (best == "" || nearer) {
			best = id
		}
	}
	return best
}

// A course is what happened to one order in one style, in ms since it was due.
type course struct {
	style   string
	look    plot.Look
	order   record.Order
	moments []moment
}

// A moment is one row of the ledger, or the acceptance of the order.
type moment struct {
	action           food.Action // "" for the acceptance
	service, outcome string
	at               float64
}

// momentOrder lists the actions as they follow, so that both styles have the
// same lines in the same places.
var momentOrder = []food.Action{
	"", food.Charge, food.Confirm, food.Assign, food.Cancel, food.Award,
	food.StatusConfirmed, food.MailConfirmed, food.MailPartnerAssigned, food.StatusCompleted,
	food.Refund, food.CancelTicket, food.Revoke,
	food.StatusCancelled, food.MailPaymentFailed, food.MailCancelled, food.MailRefunded,
	food.MailEscalated, food.Resolve,
}

// courses reads the ledger rows of an example.
func (d *data) courses(e example) ([]course, error) {
	all, place := make([]course, len(e.cells)), map[string]int{}
	for i, c := range e.cells {
		place[c.ID] = i
		at := slices.IndexFunc(d.Orders[c.ID], func(o record.Order) bool { return o.ID == e.order })
		all[i] = course{style: c.Style, look: d.look(c.Style), order: d.Orders[c.ID][at]}
		if accept := all[i].order.Accept; !math.IsNaN(accept) {
			all[i].moments = []moment{{at: accept}}
		}
	}
	for row, err := range d.Folder.Effects() {
		if err != nil {
			return nil, err
		}
		if i, ok := place[row.Cell]; ok && row.Order == e.order {
			c := &all[i]
			c.moments = append(c.moments, moment{food.Action(row.Action), row.Service, row.Outcome, row.Committed - c.order.Due})
		}
	}
	for _, c := range all {
		slices.SortStableFunc(c.moments, func(a, b moment) int {
			return cmp.Compare(slices.Index(momentOrder, a.action), slices.Index(momentOrder, b.action))
		})
	}
	return all, nil
}

// timelineFigure draws the courses of one order on one axis.
func (d *data) timelineFigure(e example, courses []course) figure {
	var xs plot.Span
	for _, c := range courses {
		for _, m := range c.moments {
			xs.Hold(m.at)
		}
	}
	chart := plot.Timeline{Blocks: lists.Map(courses, course.block)}
	chart.Axis = xs.Log("since the order was due, log scale", plot.Millis())
	title := "One " + e.kind()
	if len(courses) > 1 {
		title += ", in " + d.inAll()
	}
	title += ", " + serviceTime(e.cells[0].Settings)
	return figure{Name: "timeline", Title: title + ": " + e.order, Chart: chart,
		How: "Each line is one row of the ledger, at the time when it was safely written. A cross is a call that was refused, or that something else blocked. A triangle is a compensation, and its arrow points at what it takes back. " +
			"In the grey stretch the customer has paid for an order that is already rejected or cancelled.",
		Not: "Who notified whom: in the choreography the services received the " + e.news() + " from each other, in the orchestration from the workflow. One order is an example; the percentiles are the evidence. " +
			"The axis is logarithmic: equal distances are equal factors.",
		Alt: strings.Join(lists.Map(courses, course.words), ". ") + "."}
}

// block is the course as it is drawn.
func (c course) block() plot.Block {
	b := plot.Block{Title: c.style, Look: c.look}
	if !math.IsNaN(c.order.Settled) {
		b.Title += ": settled after " + millis(measure.Num(c.order.Settled))
	}
	if b.From, b.To = c.dead(); b.To > b.From {
		b.More = ", " + c.why() + " and not refunded for " + millis(measure.Num(b.To-b.From))
	}
	for _, m := range c.moments {
		b.Moments = append(b.Moments, plot.Moment{
			Name: m.name(), Note: millis(measure.Num(m.at)), More: m.came(),
			At: m.at, Mark: m.mark(b.Look), Undoes: c.undoneBy(m),
		})
	}
	return b
}

// words is the course for a reader who can't see it.
func (c course) words() string {
	var parts []string
	for _, m := range c.moments {
		text := m.name()
		if m.refused() {
			text += " " + m.outcome
		}
		parts = append(parts, text+" at "+millis(measure.Num(m.at)))
	}
	return c.style + ": " + strings.Join(parts, ", ")
}

// dead is the stretch from the refusal that killed the order to the refund. It is upside
// down where there is none.
func (c course) dead() (from, to float64) {
	from = math.Inf(+1)
	for _, m := range c.moments {
		switch {
		case m.action.Deciding() && m.refused(), m.action == food.Cancel && !m.refused():
			from = min(from, m.at)
		case m.action == food.Refund && m.undoing():
			to = m.at
		}
	}
	return from, to
}

// why is what set off the refund: a call that was rejected, or else the customer.
func (c course) why() string {
	if c.order.Outcome == string(food.CustomerCancelled) {
		return "cancelled"
	}
	return "rejected"
}

// undoneBy lists the moments that a compensation takes back.
func (c course) undoneBy(by moment) (at []int) {
	for i, m := range c.moments {
		if by.undoing() && m.action == by.action.Undoes() && m.outcome == string(food.Done) {
			at = append(at, i)
		}
	}
	return at
}

// name is the moment's line in the drawing.
func (m moment) name() string {
	a := strings.ReplaceAll(string(m.action), "-", " ")
	switch {
	case a == "":
		return "order accepted"
	case strings.HasPrefix(a, "mail "), strings.HasPrefix(a, "status "):
		return strings.Replace(a, " ", ": ", 1)
	}
	return m.service + ": " + a
}

// came is how the moment came out, unless it was as expected.
func (m moment) came() string {
	switch {
	case m.refused():
		return ", " + m.outcome
	case m.undoing():
		return ", compensates " + strings.ReplaceAll(string(m.action.Undoes()), "-", " ")
	}
	return ""
}

// refused reports whether the moment is a call that was not done.
func (m moment) refused() bool { return m.action != "" && m.outcome != string(food.Done) }

// undoing reports whether the moment is a compensation of something done.
func (m moment) undoing() bool { return m.action.Undoes() != "" && m.outcome == string(food.Done) }

// mark is an outline for what a customer is notified of, and solid for what is done to
// the world.
func (m moment) mark(l plot.Look) plot.Mark {
	switch a := string(m.action); {
	case m.refused():
		return plot.Mark{Color: plot.Danger, Radius: 4.2, Shape: plot.Cross}
	case m.undoing():
		return plot.Mark{Color: l.Color, Radius: 4, Shape: plot.Back}
	default:
		return l.Mark(3.2, a == "" || strings.HasPrefix(a, "mail-") || strings.HasPrefix(a, "status-"))
	}
}
