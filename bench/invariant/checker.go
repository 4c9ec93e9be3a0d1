package invariant

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// listed is how many violations of an invariant a cell lists. The counts have
// all of them.
const listed = 20

// A Checker judges one cell, order by order. The orders may come in any order,
// each once with all its evidence.
type Checker struct {
	setting
	out      CellJudgement
	accepted int
	open     int // accepted and not settled
	rows     int64
	calls    int
	lastSeq  int64
	doubts   doubts
	late     lateness
}

// NewChecker returns a checker for a cell of a run.
func NewChecker(run record.Run, cell record.Cell) *Checker {
	c := &Checker{
		setting: setting{run: run, cell: cell, deaths: cell.Deaths, begin: cell.Begin},
		late:    newLateness(),
		out:     CellJudgement{Cell: cell.ID, Reasons: []string{}, Violations: []Violation{}, Counts: newCounts(), Met: Met{}},
	}
	for _, written := range cell.Faults {
		if r := parseRule(written); r != nil {
			c.rules = append(c.rules, r)
		} else {
			c.doubts.add(fmt.Sprintf("the planned fault %q can't be understood", written), "")
		}
	}
	slices.SortStableFunc(c.rules, func(a, b *rule) int {
		return slices.Index(precedence, a.kind) - slices.Index(precedence, b.kind)
	})
	return c
}

// Order judges one order.
func (c *Checker) Order(h History) {
	h.cell = &c.setting
	h.sorted()
	h.gather()
	c.count(&h, c.judge(&h))
	c.out.Met.see(&h)
	c.again(&h)
	c.late.see(&h)
	c.doubt(&h)
	if h.accepted() {
		c.accepted++
	}
	if h.ending() == escalated && h.of("resolve") == nil {
		c.out.Waiting++
	}
	c.calls += len(h.Calls)
	for _, rows := range [][]record.Effect{h.Rows, h.Repeated} {
		c.rows += int64(len(rows))
		for i := range rows {
			c.lastSeq = max(c.lastSeq, rows[i].Seq)
		}
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
		if !about {
			continue
		}
		n := &c.out.Counts[i]
		n.Of++
		if wrong != "" || inv.tests(h) {
			n.test(h, wrong != "")
		}
		if wrong != "" {
			c.violated(i, h.Order.ID, wrong+": "+h.evidence())
			right = false
		}
	}
	return right
}

// test counts an order that could have broken the invariant, and whether it did.
func (n *Count) test(h *History, broke bool) {
	n.Tested++
	if n.ByEnding == nil {
		n.ByEnding, n.ByFault = map[string]int{}, map[string]int{}
	}
	n.ByEnding[h.ending()]++
	kinds := h.met()
	for _, kind := range kinds {
		n.ByFault[kind]++
	}
	if len(kinds) > 0 {
		n.Faulted++
		if broke {
			n.FaultedBroken++
		}
	}
}

// count adds the order to those of the cell that were wrong, that met a fault,
// and both.
func (c *Checker) count(h *History, right bool) {
	faulted := h.Offered && len(h.met()) > 0
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

// again counts the order's calls that reached their service after they had taken
// effect, and what came too late because nothing blocked it.
func (c *Checker) again(h *History) {
	for i := range h.made {
		m := &h.made[i]
		r := h.of(m.action)
		for k := 0; k < len(m.calls) && r != nil; k++ {
			if k == 0 && m.series == 0 || m.calls[k].At <= r.At || m.fell(k, outage, fail, panics) {
				continue
			}
			if c.out.Again.Because == nil {
				c.out.Again.Because = map[string]int{}
			}
			c.out.Again.Calls++
			c.out.Again.Because[causeNames[m.why(&c.setting, k)]]++
		}
	}
	for i, r := range h.rows {
		if h.letThrough(r.Action) && r.Outcome == done && anyIs(h.Rows[:i], blockers[r.Action]...) {
			c.out.Again.Late++
		}
	}
}

// index is the place of an invariant in All.
func index(name string) int {
	return slices.IndexFunc(All, func(inv Invariant) bool { return inv.Name == name })
}

// Judgement returns what the evidence comes to.
func (c *Checker) Judgement() CellJudgement {
	c.leftOver()
	c.lateness()
	c.out.Reasons = append(c.out.Reasons, c.shortcomings()...)
	violated := slices.ContainsFunc(c.out.Counts, func(n Count) bool { return n.Broken > 0 })
	c.out.Verdict = verdict(violated, len(c.out.Reasons) > 0, c.blind())
	return c.out
}

// leftOver judges what the engine still had to do when all was over. A workflow may wait
// for a person's answer to its escalated order.
func (c *Checker) leftOver() {
	if c.cell.LeftOver == nil {
		return
	}
	i := index(nothingLeftOver)
	c.out.Counts[i].Of++
	c.out.Counts[i].Tested++
	if left := remaining(c.cell.LeftOver, c.out.Waiting); left != "" {
		c.violated(i, "", left)
	}
}

// hasTime reports whether nothing excuses a service's call that is late: more than half
// of the machine's processor time was free, and the service's calls don't queue by plan.
func (s *setting) hasTime(service string) bool {
	return s.cell.Busy != nil && *s.cell.Busy < 0.5 && !s.queues(service)
}

// queues reports whether a service's calls take time, and fewer are made at a time than
// the policy allows.
func (s *setting) queues(service string) bool {
	of, _, one := strings.Cut(s.cell.ServiceTime, "=")
	return s.cell.Concurrency > 0 && s.cell.ServiceTime != "" && (!one || of == "*" || of == service || strings.HasPrefix(of, service+"."))
}

// lateness judges how late calls were as a rule: retries by half of their back-off,
// and what a dead worker held by a second, each beside what any call waited in this
// cell. That an answered call is made again by a clock is judged where calls wait for
// much less than that, and that first calls come late where the machine had time.
func (c *Checker) lateness() {
	i := index(onTime)
	c.out.Retries, c.out.Late = c.late.steps(&c.setting), c.late.sorted()
	for _, r := range c.out.Retries {
		if r.Allowed > 0 && r.P50 > r.Allowed {
			c.violated(i, "", fmt.Sprintf("half of %d retries of the %s service after attempt %d came more than %.0f ms late, of a back-off of %.0f ms", r.N, r.Service, r.Attempt, r.P50, r.Backoff))
		}
	}
	usual := c.late.slowest(&c.setting)
	for _, o := range c.late.overdue {
		if o.by > usual {
			c.violated(i, o.order, o.detail)
		}
	}
	if usual < c.run.Retry.Redelivery/4 {
		for _, o := range c.late.answered {
			c.violated(index(callsExplained), o.order, o.detail)
		}
	}
	if c.late.calls >= enough {
		c.violated(i, "", fmt.Sprintf("a call came more than a second late in %d orders: %s", c.late.calls, c.late.example))
	}
}

func (c *Checker) violated(i int, order, detail string) {
	if c.out.Counts[i].Broken++; c.out.Counts[i].Broken <= listed {
		c.out.Violations = append(c.out.Violations, Violation{c.cell.ID, c.cell.Style, All[i].Name, order, detail})
	}
}

// blind reports whether evidence is missing, so that not even a violation can be
// trusted: rows, calls, or the end of a cell whose process died.
func (c *Checker) blind() bool {
	return c.cell.Gaps > 0 || c.lastSeq != c.rows || c.rows > 0 && c.calls == 0 || c.cell.Died != ""
}

// OfRows judges an order by its rows and by what was ordered alone, and returns what
// is wrong.
func OfRows(h History) (wrong []Violation) {
	h.cell = &setting{}
	h.sorted()
	for _, inv := range All[:rowsAlone] {
		if _, detail := inv.judge(&h); detail != "" {
			wrong = append(wrong, Violation{Invariant: inv.Name, Order: h.Order.ID, Detail: detail + ": " + h.evidence()})
		}
	}
	return wrong
}
