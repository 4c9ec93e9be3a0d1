package invariant

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
)

// listed is how many violations of an invariant a cell lists. The counts have
// all of them.
const listed = 20

// A Checker judges one cell, order by order. The orders may come in any order,
// each once with all its evidence.
type Checker struct {
	cell     record.Cell
	out      CellJudgement
	accounts map[string]account
	accepted int
	open     int // accepted and not settled
	rows     int64
	lastSeq  int64
	rules    []*rule
	doubts   doubts
}

// An account is a customer's money.
type account struct {
	charged, refunded, due int64
	tested                 bool // by an order that moved money, or should have
}

// NewChecker returns a checker for a cell.
func NewChecker(cell record.Cell) *Checker {
	c := &Checker{
		cell:     cell,
		out:      CellJudgement{Cell: cell.ID, Reasons: []string{}, Violations: []Violation{}, Counts: newCounts()},
		accounts: map[string]account{},
	}
	for _, written := range cell.Faults {
		c.rules = append(c.rules, parseRule(written, cell.Begin))
	}
	return c
}

// Order judges one order.
func (c *Checker) Order(h History) {
	c.count(&h, c.judge(&h))
	c.book(&h)
	c.doubt(&h)
	if h.accepted() {
		c.accepted++
	}
	c.rows += int64(len(h.Rows))
	for _, r := range h.Rows {
		c.lastSeq = max(c.lastSeq, r.Seq)
	}
}

// judge checks the order against every invariant, and reports whether all are true.
func (c *Checker) judge(h *History) (right bool) {
	right = true
	for i, inv := range All {
		if inv.judge == nil {
			continue
		}
		about, wrong := inv.judge(h)
		if about {
			c.out.Counts[i].Of++
			if inv.tests(h) {
				c.out.Counts[i].Tested++
			}
		}
		if wrong != "" {
			c.violated(i, h.Order.ID, wrong+": "+h.evidence())
			right = false
		}
	}
	return right
}

// count adds the order to those of the cell that were wrong, that met a fault,
// and both.
func (c *Checker) count(h *History, right bool) {
	faulted := h.Offered && len(h.Faults) > 0
	if !right {
		c.out.Wrong++
	}
	if faulted {
		c.out.Faulted++
	}
	if faulted && !right {
		c.out.FaultedWrong++
	}
}

// index is the place of an invariant in All.
func index(name string) int {
	return slices.IndexFunc(All, func(inv Invariant) bool { return inv.Name == name })
}

// book enters the order into its customer's account. Orders from nowhere have
// no customer, and share one account.
func (c *Checker) book(h *History) {
	a := c.accounts[h.Order.Customer]
	a.charged += h.sum("charge")
	a.refunded += h.sum("refund")
	if h.completed() {
		a.due += h.total()
	}
	a.tested = a.tested || movesMoney(h)
	c.accounts[h.Order.Customer] = a
}

// Judgement closes the books and returns what the evidence comes to.
func (c *Checker) Judgement() CellJudgement {
	c.balance()
	reasons := c.shortcomings()
	c.out.Reasons = append(c.out.Reasons, reasons...)
	violated := slices.ContainsFunc(c.out.Counts, func(n Count) bool { return n.Broken > 0 })
	c.out.Verdict = verdict(violated, len(c.out.Reasons) > 0, c.blind())
	return c.out
}

// balance compares each customer's payments with what is due, and the sum of all of them.
func (c *Checker) balance() {
	i := index(moneyIsConserved)
	var total account
	for _, customer := range slices.Sorted(maps.Keys(c.accounts)) {
		a := c.accounts[customer]
		total.charged, total.refunded, total.due = total.charged+a.charged, total.refunded+a.refunded, total.due+a.due
		c.out.Counts[i].Of++
		if a.tested {
			c.out.Counts[i].Tested++
		}
		if !a.balanced() {
			c.violated(i, "", fmt.Sprintf("customer %q %v", customer, a))
		}
	}
	if !total.balanced() {
		c.list(moneyIsConserved, "", fmt.Sprintf("all customers together: %v", total))
	}
}

func (a account) balanced() bool { return a.charged-a.refunded == a.due }

func (a account) String() string {
	return fmt.Sprintf("was charged %s and refunded %s, and has completed orders of %s", money(a.charged), money(a.refunded), money(a.due))
}

func (c *Checker) violated(i int, order, detail string) {
	if c.out.Counts[i].Broken++; c.out.Counts[i].Broken <= listed {
		c.list(All[i].Name, order, detail)
	}
}

func (c *Checker) list(invariant, order, detail string) {
	c.out.Violations = append(c.out.Violations, Violation{c.cell.ID, c.cell.Style, invariant, order, detail})
}

// blind reports whether rows are missing, so that not even a violation can be trusted.
func (c *Checker) blind() bool { return c.cell.Gaps > 0 || c.lastSeq != c.rows }

// shortcomings lists why the evidence is not enough, however good it looks.
func (c *Checker) shortcomings() (reasons []string) {
	doubt := func(format string, args ...any) { reasons = append(reasons, fmt.Sprintf(format, args...)) }
	if c.accepted == 0 {
		doubt("no order was accepted, so nothing was put to the test")
	}
	if !(c.cell.Window > 0) {
		doubt("the bench reports that the measured window was %g s long", c.cell.Window)
	}
	if c.cell.Cut {
		doubt("the cell was cut short")
	}
	if c.cell.Drained != (c.open == 0) {
		doubt("the bench reports that drained is %t, and %d accepted orders are open", c.cell.Drained, c.open)
	}
	if c.cell.Gaps > 0 {
		doubt("%d rows are missing from the commit feed", c.cell.Gaps)
	}
	if c.lastSeq != c.rows {
		doubt("the ledger's last row is number %d, and %d rows are recorded", c.lastSeq, c.rows)
	}
	reasons = append(reasons, c.doubts.reasons()...)
	for _, r := range c.rules {
		if reason := r.silent(); reason != "" {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// doubt looks for what casts doubt on the instrument instead of the order.
func (c *Checker) doubt(h *History) {
	settled := h.settledAt() >= 0
	if h.Offered && (h.Order.Outcome != h.ending() || !h.timed()) {
		c.doubts.add("the stopwatch and the ledger disagree", h.Order.ID)
	}
	if early := h.Order.Due < c.cell.Begin && !same(h.Order.Due, c.cell.Begin); h.Offered && h.Order.Warmup != early {
		c.doubts.add("due before the measured window and not of the warm-up, or the other way round", h.Order.ID)
	}
	if h.accepted() && !settled {
		c.open++
	}
	for _, r := range h.rows {
		if !explained(r, h.Faults) {
			c.doubts.add("no fault that fired explains "+r.Action+" "+r.Outcome, h.Order.ID)
		}
	}
	for _, f := range h.Faults {
		if !slices.ContainsFunc(c.rules, func(r *rule) bool { return r.written == f.Rule }) {
			c.doubts.add("a fault fired that is not of the cell: "+f.Rule, h.Order.ID)
		}
	}
	for _, r := range c.rules {
		r.see(h)
	}
}

// explained reports whether a refusal was planned: services refuse by plan only, and a
// call is given up by plan if its last attempt was made to fail. An outage or a
// slow machine explains nothing, for then an order's outcome depends on timing.
func explained(r *row, faults []record.Fault) bool {
	if !r.is("no " + r.Action) {
		return true
	}
	kind := "fail"
	if r.Outcome == refused {
		kind = "refuse"
	}
	return slices.ContainsFunc(faults, func(f record.Fault) bool {
		return f.Kind == kind && f.Action == r.Action && f.Attempt == r.Attempt
	})
}

// doubts counts the orders behind each doubt and keeps the first as example.
type doubts struct {
	what    []string
	orders  map[string]int
	example map[string]string
}

func (d *doubts) add(what, order string) {
	if d.orders == nil {
		d.orders, d.example = map[string]int{}, map[string]string{}
	}
	if d.orders[what]++; d.orders[what] == 1 {
		d.what = append(d.what, what)
		d.example[what] = order
	}
}

func (d *doubts) reasons() (list []string) {
	for _, what := range d.what {
		list = append(list, fmt.Sprintf("%s (%d times, first in order %s)", what, d.orders[what], d.example[what]))
	}
	return list
}
