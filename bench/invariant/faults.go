package invariant

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
)

// A rule is a planned fault, read here once more, so that the lottery which it
// stands for can be held anew.
type rule struct {
	written string
	service string // "*" for every service; of a death the process
	action  string // "" for every action
	kind    string
	times   int           // the attempts that it hits
	delay   time.Duration // slow; of a cancellation, after the order was accepted
	percent float64       // of the orders
	from    time.Duration // of an outage or a death, from the start of the window
	length  time.Duration
	form    string // as the lottery has it
	fired   bool
}

// The kinds of faults.
const (
	outage    = "outage"
	fail      = "fail"
	panics    = "panic"
	slow      = "slow"
	refuse    = "refuse"
	loseReply = "lose-reply"
	kill      = "kill"
	pause     = "pause"
	resubmit  = "resubmit"
	cancel    = "cancel"
)

// parseRule reads a rule such as restaurant.confirm:refuse@20%, restaurant:outage@10s+5s,
// worker:kill@3s or order:cancel@5%+300ms. It returns nil for what it can't read.
func parseRule(written string) *rule {
	r := &rule{written: written, times: 1}
	target, rest, _ := strings.Cut(strings.TrimSpace(written), ":")
	form, when, found := strings.Cut(rest, "@")
	r.service, r.action, _ = strings.Cut(target, ".")
	if !found || r.service == "" || !r.parseForm(form) || !r.parseWhen(when) {
		return nil
	}
	r.form = target + ":" + r.formed() + "@" + strconv.FormatFloat(r.percent, 'f', -1, 64) + "%"
	if r.kind == cancel {
		r.form += "+" + r.delay.String()
	}
	return r
}

func (r *rule) parseForm(form string) bool {
	kind, args, given := strings.Cut(strings.TrimSuffix(form, ")"), "(")
	r.kind = kind
	if kind == slow {
		delay, times, more := strings.Cut(args, ",")
		d, err := time.ParseDuration(strings.TrimSpace(delay))
		if err != nil {
			return false
		}
		r.delay, args, given = d, times, more
	}
	if given {
		n, err := strconv.Atoi(strings.TrimSpace(args))
		if err != nil {
			return false
		}
		r.times = n
	}
	switch kind {
	case outage, fail, panics, slow, refuse, loseReply, kill, pause, resubmit, cancel:
		return true
	}
	return false
}

func (r *rule) parseWhen(when string) bool {
	var err, err2 error
	switch r.kind {
	case outage, pause:
		start, length, _ := strings.Cut(when, "+")
		r.from, err = time.ParseDuration(start)
		r.length, err2 = time.ParseDuration(length)
	case kill:
		r.from, err = time.ParseDuration(when)
	case cancel:
		var later string
		when, later, _ = strings.Cut(when, "+")
		r.delay, err2 = time.ParseDuration(later)
		fallthrough
	default:
		percent, ok := strings.CutSuffix(when, "%")
		if r.percent, err = strconv.ParseFloat(percent, 64); !ok {
			return false
		}
	}
	return err == nil && err2 == nil
}

// formed is the kind with what it needs to know, as short as can be: the lottery
// is held over that.
func (r *rule) formed() string {
	switch {
	case r.kind == fail, (r.kind == loseReply || r.kind == panics) && r.times > 1:
		return fmt.Sprintf("%s(%d)", r.kind, r.times)
	case r.kind == slow && r.times > 1:
		return fmt.Sprintf("%s(%v,%d)", r.kind, r.delay, r.times)
	case r.kind == slow:
		return fmt.Sprintf("%s(%v)", r.kind, r.delay)
	}
	return r.kind
}

// ofCalls reports whether the rule is about calls, and ofProcesses whether it is about
// a process. A resubmission and a cancellation are about a whole order.
func (r *rule) ofCalls() bool { return !r.ofProcesses() && !r.ofOrders() }

func (r *rule) ofOrders() bool { return r.kind == resubmit || r.kind == cancel }

func (r *rule) ofProcesses() bool { return r.kind == kill || r.kind == pause }

// targets reports whether the rule is for a call. notification.mail is for all mails
// and order.status for every status.
func (r *rule) targets(service, action string) bool {
	switch {
	case r.service == "*":
		return true
	case r.service != service:
		return false
	case r.action == "" || r.action == action:
		return true
	}
	return (r.action == "mail" || r.action == "status") && strings.HasPrefix(action, r.action+"-")
}

// draws reports whether the lottery draws an order's call for the rule. What it
// depends on is its seed, the rule, the order and the action, and nothing else.
func (r *rule) draws(seed uint64, order, action string) bool {
	var text [160]byte
	sum := sha256.Sum256(fmt.Appendf(text[:0], "%d\n%s\n%s\n%s", seed, r.form, order, action))
	return float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53)*100 < r.percent
}

// A setting is what is known of a cell before its orders: what was planned for it,
// and what happened to its processes.
type setting struct {
	run    record.Run
	cell   record.Cell
	rules  []*rule // in their order of precedence
	deaths []record.Death
	begin  float64 // of the window, ms from the cell's start
}

func (s *setting) keyless() bool { return s != nil && s.cell.World == record.KeylessWorld }

// letThrough reports whether an action may come too late because of the world
// alone, in which no call blocks another.
func (h *History) letThrough(action string) bool {
	return h.cell != nil && h.cell.cell.World == record.NoBarrierWorld && blockers[action] != nil
}

// precedence is the order in which faults take hold of a call.
var precedence = []string{outage, fail, panics, slow, refuse, loseReply, kill, pause, resubmit, cancel}

// edge is how long after it was noted an attempt may come to the faults that are
// planned for it. So near the ends of an outage it may meet that or not.
const edge = 100.0

// meets lists the faults that attempt k of an action's calls must meet, and those
// that it may meet.
func (s *setting) meets(order string, m *made, k int) (must, may []*rule) {
	c := m.calls[k]
	lost := false // its reply, by an earlier rule
	for _, r := range s.rules {
		if !r.ofCalls() || !r.targets(m.service, m.action) {
			continue
		}
		if r.kind == outage {
			from := s.begin + ms(r.from)
			to := from + ms(r.length)
			switch {
			case from+edge <= c.At && c.At < to-edge:
				return append(must, r), may // nothing comes after it
			case from-edge <= c.At && c.At < to+edge:
				may = append(may, r)
			}
			continue
		}
		if r.kind != refuse && c.Attempt > r.times || !r.draws(s.run.Seed, order, m.action) {
			continue
		}
		sure := len(may) == 0
		if r.kind == loseReply { // what has no answer has none to lose
			sure = sure && !lost && !m.fell(k, slow) && !(k+1 < len(m.calls) && m.calls[k+1].At-c.At >= s.run.Retry.CallTimeout-early)
		}
		lost = lost || r.kind == loseReply
		if sure {
			must = append(must, r)
		} else {
			may = append(may, r)
		}
		if r.kind == fail || r.kind == panics {
			return must, may
		}
	}
	return must, may
}

// drawsAny reports whether any fault is drawn for one of an action's calls.
func (s *setting) drawsAny(order string, m *made) bool {
	for _, r := range s.rules {
		if r.ofCalls() && r.kind != outage && r.targets(m.service, m.action) && r.draws(s.run.Seed, order, m.action) {
			return true
		}
	}
	return false
}

// limit is how many attempts a call has; 0 is that it is made until it has a row.
func (s *setting) limit(action string) int {
	switch {
	case deciding[action]:
		return s.run.Retry.Attempts
	case undoes[action] != "":
		return s.run.Retry.UndoAttempts
	}
	return 0
}

// ends is how a rejectable call is drawn to end: done, refused, or given up because as
// many attempts fail as it has.
func (s *setting) ends(order string, m *made) string {
	end, failing := done, 0
	for _, r := range s.rules {
		switch r.kind {
		case refuse, fail, panics:
			if !r.targets(m.service, m.action) || !r.draws(s.run.Seed, order, m.action) {
				continue
			}
			if r.kind == refuse {
				end = refused
			} else {
				failing = max(failing, r.times)
			}
		}
	}
	if limit := s.limit(m.action); limit > 0 && failing >= limit {
		return gaveUp
	}
	return end
}

// faultsAsDrawn holds the lottery anew. A process that died may have died between
// the call and its fault.
func faultsAsDrawn(h *History) (bool, string) {
	if h.strayFault != "" {
		return true, h.strayFault
	}
	if wrong := h.customersAsDrawn(); wrong != "" {
		return true, wrong
	}
	for i := range h.made {
		m := &h.made[i]
		for k, c := range m.calls {
			must, may := h.cell.meets(h.Order.ID, m, k)
			for _, r := range must {
				if !m.fired(k, r.written) && !h.cell.diedIn(c.At, c.At+h.cell.run.Retry.CallTimeout) {
					return true, fmt.Sprintf("attempt %d at %s was drawn for %s and did not meet it", c.Attempt, m.action, r.written)
				}
			}
			for _, f := range m.faultsOf(k) {
				if !names(must, f.Rule) && !names(may, f.Rule) && !h.cell.inOutage(f) {
					return true, fmt.Sprintf("attempt %d at %s met %s, for which it was not drawn", c.Attempt, m.action, f.Rule)
				}
			}
		}
	}
	return len(h.made) > 0, ""
}

// inOutage reports whether a fault is of an outage that was on when it hit. Its call may
// have been noted some time before.
func (s *setting) inOutage(f metFault) bool {
	for _, r := range s.rules {
		if from := s.begin + ms(r.from); r.written == f.Rule && r.kind == outage {
			return from-early <= f.at && f.at <= from+ms(r.length)+early
		}
	}
	return false
}

// cancels is the rule by which the customer cancels an order, or nil. That is done once:
// of the rules that draw it by the one with the shortest delay, the first of equal ones.
func (s *setting) cancels(order string) (by *rule) {
	for _, r := range s.rules {
		if r.kind == cancel && (by == nil || r.delay < by.delay) && r.draws(s.run.Seed, order, "") {
			by = r
		}
	}
	return by
}

// customersAsDrawn holds the lottery for what the customer does: submit the order again,
// or cancel it.
func (h *History) customersAsDrawn() (wrong string) {
	by := h.cell.cancels(h.Order.ID)
	for _, r := range h.cell.rules {
		if !r.ofOrders() {
			continue
		}
		did, drawn := !math.IsNaN(h.didAt(r)), r == by || r.kind == resubmit && r.draws(h.cell.run.Seed, h.Order.ID, "")
		if did && !drawn || drawn && !did && h.accepted() {
			return fmt.Sprintf("the customer did %s: %t, and %s drew the opposite", r.kind, did, r.written)
		}
	}
	asked := math.Inf(1)
	if by != nil && !math.IsNaN(h.didAt(by)) {
		asked = h.didAt(by)
	}
	if due := h.dueOf(by); asked < due-early {
		return fmt.Sprintf("the customer cancelled %.1f ms before %s is due", due-asked, by.written)
	}
	for _, c := range h.Calls {
		if c.Action == cancel && c.At < asked-early {
			return fmt.Sprintf("attempt %d at %s was made, and the customer had not asked for it", c.Attempt, cancel)
		}
	}
	if r := h.of(cancel); r != nil && r.At < asked-early {
		return fmt.Sprintf("%v is there, and the customer had not asked for it", r)
	}
	return ""
}

// dueOf is when the customer is to cancel.
func (h *History) dueOf(by *rule) float64 {
	if by == nil {
		return math.NaN()
	}
	return h.Order.Due + h.Order.Accept + ms(by.delay)
}

// didAt is when the customer did what a rule is for, or NaN.
func (h *History) didAt(r *rule) float64 {
	for _, f := range h.Faults {
		if f.Rule == r.written {
			return ms(f.At.Sub(h.cell.cell.Started))
		}
	}
	return math.NaN()
}

func names(rules []*rule, written string) bool {
	for _, r := range rules {
		if r.written == written {
			return true
		}
	}
	return false
}

// endsAsItWasDrawn compares each rejectable call's row with its drawing. One that was
// given up although no fault was drawn to that end was given up early, or by a machine
// that was too slow, which is a doubt and no violation. What found nothing to undo is
// done, whatever was drawn.
func endsAsItWasDrawn(h *History) (about bool, wrong string) {
	for i := range h.made {
		m := &h.made[i]
		r := h.of(m.action)
		if !rejectable(m.action) || r == nil || r.overtaken() || r.Reason == nothingToUndo {
			continue
		}
		about = true
		last, got := h.cell.limit(m.action), r.Outcome
		if r.Reason == gaveUp {
			got = gaveUp
		}
		want := h.cell.ends(h.Order.ID, m)
		switch {
		case got == gaveUp && (r.Attempt < last || r.Attempt > last && len(h.cell.deaths) == 0):
			return true, fmt.Sprintf("%s was given up after attempt %d of %d", m.action, r.Attempt, last)
		case got == gaveUp && want != gaveUp && h.hadNoAnswers(m.action):
			h.outOfTime = true
		case got != want:
			return true, fmt.Sprintf("%s is %s, and was drawn to be %s", m.action, got, want)
		}
	}
	return about, ""
}

// ms is a time in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / 1e6 }
