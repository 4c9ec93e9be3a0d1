package lanes

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/story"
)

// A builder makes a side of the evidence.
type builder struct {
	Evidence
	side Side
	of   map[food.Action][]*Step // the attempts at a call, in their order
	by   map[string]*Step        // what a moment of the story is part of
}

func build(e Evidence) Side {
	b := &builder{Evidence: e, of: map[food.Action][]*Step{}, by: map[string]*Step{}}
	b.side = Side{Style: clean(e.Style), Place: clean(e.Place), Ending: e.Stuck.Ending(), Missing: []string{}}
	b.zero()
	b.placing()
	b.calls()
	b.story()
	b.faults()
	b.undoes()
	b.finish()
	b.verdict()
	b.notes()
	return b.side
}

// zero sets where the times begin.
func (b *builder) zero() {
	switch {
	case b.Placed != nil:
		b.side.Zero, b.side.Since = b.Start.Add(duration(b.Placed.Due)), "the order was due"
		b.side.Decided, b.side.Settled = came(b.Placed.Decision), came(b.Placed.Settled)
	case b.Story != nil && len(b.Story.Moments) > 0:
		b.side.Zero, b.side.Since = b.Story.Moments[0].At, "the engine recorded the order"
		for _, m := range b.Story.Moments {
			if !m.At.IsZero() && (m.At.Before(b.side.Zero) || b.side.Zero.IsZero()) {
				b.side.Zero = m.At
			}
		}
	}
}

func duration(ms float64) time.Duration { return time.Duration(ms * 1e6) }

// came is a time that may never have come.
func came(ms float64) *float64 {
	if !record.Came(ms) {
		return nil
	}
	return &ms
}

// after is a wall clock's time as ms since zero. One that is not known is 0.
func (b *builder) after(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return math.Round(float64(t.Sub(b.side.Zero))/1e3) / 1e3
}

// since is a time of the cell as ms since zero.
func (b *builder) since(ms float64) float64 { return math.Round((ms-b.Placed.Due)*1e3) / 1e3 }

func (b *builder) add(s *Step) *Step {
	b.side.Steps = append(b.side.Steps, s)
	return s
}

// placing is what the customer did.
func (b *builder) placing() {
	if b.Placed == nil || !record.Came(b.Placed.Sent) {
		return
	}
	s := b.add(&Step{Kind: ACall, Lane: "customer", What: "the order is placed", At: b.Placed.Sent, End: came(b.Placed.Accept), Result: "accepted"})
	if s.End == nil {
		s.Result, s.Failed = "no answer", true
	}
}

// calls makes a step of each attempt at a call, and of each row that no attempt was
// noted for.
func (b *builder) calls() {
	attempts := map[food.Action][]record.Call{}
	var order []food.Action
	for _, c := range b.Calls {
		a := food.Action(c.Action)
		if attempts[a] == nil {
			order = append(order, a)
		}
		attempts[a] = append(attempts[a], c)
	}
	rows := map[food.Action]*record.Effect{}
	for i, e := range b.Rows {
		a := food.Action(e.Action)
		rows[a] = &b.Rows[i]
		if attempts[a] == nil && !slices.Contains(order, a) {
			order = append(order, a)
		}
	}
	for _, a := range order {
		b.attempts(a, attempts[a], rows[a])
	}
}

// attempts makes the steps of one call. Its row is of the last attempt with the row's
// number that had begun by then.
func (b *builder) attempts(a food.Action, calls []record.Call, row *record.Effect) {
	var own *Step
	for i, c := range calls {
		s := b.call(a, c.Attempt, b.since(c.At))
		if i > 0 {
			s.after = b.of[a][i-1]
		}
		b.of[a] = append(b.of[a], s)
		if row != nil && c.Attempt == row.Attempt && c.At <= row.Committed {
			own = s
		}
		switch {
		case row == nil || c.At <= row.Committed:
		case own == nil && i == 0:
			s.Result = "too late, it was blocked already"
		default:
			s.Result = "made again, its row was there"
		}
	}
	if row == nil {
		return
	}
	if own == nil { // no attempt wrote it: an undo or an overtaking call has blocked this one, as a rule
		own = b.call(a, 0, b.since(row.At))
		own.bare = true
		b.of[a] = append(b.of[a], own)
	}
	own.answer(food.Outcome(row.Outcome), row.Reason, row.Amount, a)
	own.End = came(b.since(row.Committed))
}

func (b *builder) call(a food.Action, attempt int, at float64) *Step {
	service := serviceOf(a)
	return b.add(&Step{Kind: ACall, Lane: string(service), What: string(service) + "." + string(a), Call: a, Attempt: attempt, At: at})
}

func serviceOf(a food.Action) food.Service {
	for _, s := range food.AllServices {
		if slices.Contains(food.Actions[s], a) {
			return s
		}
	}
	return "unknown"
}

// answer is what the call's row says.
func (s *Step) answer(outcome food.Outcome, reason string, amount int64, a food.Action) {
	row := food.Row{Outcome: outcome, Reason: reason}
	s.Outcome, s.Failed = outcome, row.Rejected()
	s.Result = outcomeText(row)
	if amount != 0 && serviceOf(a) == food.Payment {
		s.Result += " " + food.Cents(amount).String()
	}
}

// outcomeText is an outcome with its reason.
func outcomeText(r food.Row) string {
	switch {
	case r.Outcome == food.Blocked && r.Reason == food.GaveUp:
		return "given up"
	case r.Outcome == food.Blocked && r.Reason == food.Undone:
		return "blocked: it was undone or overtaken"
	case r.Reason == food.NothingToUndo:
		return "nothing to undo"
	case r.Reason != "":
		return string(r.Outcome) + ": " + clean(r.Reason)
	}
	return string(r.Outcome)
}

// story adds what the engine recorded. Events of a history that refer to each other
// and are of one kind, such as WorkflowTaskScheduled, …Started and …Completed, are one
// step; those of a call belong to the step of the call.
func (b *builder) story() {
	if b.Story == nil {
		return
	}
	moments := map[string]story.Moment{}
	for _, m := range b.Story.Moments {
		moments[m.ID] = m
	}
	for _, m := range b.Story.Moments {
		cause := b.by[m.Cause]
		if m.Cause == "" {
			cause = nil
		}
		family, same := familyOf(m), moments[m.Cause]
		switch {
		case family != "" && m.Call != "":
			b.ofCall(m, cause)
		case family != "" && cause != nil && familyOf(same) == family && same.Call == "":
			b.extend(cause, m)
		default:
			b.single(m, family)
		}
	}
	b.causes(moments)
}

// familyOf is the name of an event of a history without its last word; "" if it has
// none, as a message.
func familyOf(m story.Moment) string {
	last := strings.LastIndexFunc(m.What, unicode.IsUpper)
	return m.What[:max(last, 0)]
}

// single makes a step of a moment.
func (b *builder) single(m story.Moment, family string) {
	lane := cmp.Or(m.By, "server")
	if family == "WorkflowTask" {
		lane = "workflow" // that it is for, whoever scheduled it
	}
	at := b.after(m.At)
	s := b.add(&Step{Kind: AMessage, Lane: clean(lane), What: cmp.Or(strings.TrimSpace(clean(m.What)), "?"), At: at, Call: m.Call, Result: clean(m.Detail), IDs: []string{m.ID}})
	if m.What == "dead letter" {
		s.Failed = true
	}
	b.by[m.ID] = s
}

// extend adds a moment to the step of the one that it refers to.
func (b *builder) extend(s *Step, m story.Moment) {
	s.Kind, s.What = ATask, familyOf(m)
	s.End = came(b.after(m.At))
	s.Lane = clean(cmp.Or(m.By, s.Lane))
	if m.Detail != "" {
		s.Result = clean(m.Detail)
	}
	s.IDs = append(s.IDs, m.ID)
	b.by[m.ID] = s
}

// ofCall adds a moment of a history to the attempts at its call: the first is when it
// was asked for, and the last one with an answer when that was reported.
func (b *builder) ofCall(m story.Moment, cause *Step) {
	all := b.of[m.Call]
	if len(all) == 0 || b.Placed == nil && m.Attempt > 0 && all[len(all)-1].Attempt != m.Attempt {
		all = b.begun(m, all)
	}
	first, last := all[0], all[len(all)-1]
	s := last
	switch {
	case m.Outcome != "":
		if s = answering(all); s.Outcome == "" && s.Result == "" {
			s.answer(m.Outcome, m.Detail, 0, m.Call)
		}
		s.Reported = came(b.after(m.At))
	case m.Attempt == 0 && first.Asked == nil && first.IDs == nil:
		s, first.Asked = first, came(b.after(m.At))
	}
	if cause != nil && cause.Call != m.Call && first.after == nil {
		first.after = cause
	}
	s.IDs = append(s.IDs, m.ID)
	b.by[m.ID] = s
}

// answering is the attempt whose answer the engine has: the one that wrote the row, or
// else the last.
func answering(all []*Step) (s *Step) {
	for _, one := range all {
		if one.bare {
			continue
		}
		if s = one; one.Outcome != "" {
			break
		}
	}
	return cmp.Or(s, all[0])
}

// begun makes the step of a call of which the engine alone has a record. Where it counts
// attempts, that is the number of the last.
func (b *builder) begun(m story.Moment, all []*Step) []*Step {
	if len(all) == 0 {
		all = append(all, b.call(m.Call, m.Attempt, b.after(m.At)))
	}
	last := all[len(all)-1]
	last.Attempt = max(last.Attempt, m.Attempt)
	if m.Attempt > 0 {
		last.At = b.after(m.At)
	}
	b.of[m.Call] = all
	return all
}

// causes follows what the engine recorded: a message that reports a call comes from
// it, and the call from the message's cause. Without attempts, messages follow from
// each other.
func (b *builder) causes(moments map[string]story.Moment) {
	for _, m := range b.Story.Moments {
		s, cause := b.by[m.ID], b.by[m.Cause]
		if m.Cause == "" {
			cause = nil
		}
		if s.Kind == ACall {
			continue
		}
		call := b.answered(m)
		switch {
		case call != nil:
			s.after = call
			if first := b.of[m.Call][0]; first.after == nil && cause != nil {
				first.after = cause
			}
		case s.after == nil && cause != nil && cause != s:
			s.after = cause
		}
	}
}

// answered is the attempt that a message reports.
func (b *builder) answered(m story.Moment) *Step {
	all := b.of[m.Call]
	if m.Outcome == "" || len(all) == 0 {
		return nil
	}
	return answering(all)
}

// faults puts each fault to the attempt that it hit.
func (b *builder) faults() {
	for _, f := range b.Faults {
		if f.Action == "" { // of the order as a whole
			b.add(&Step{Kind: AMessage, Lane: "customer", What: cmp.Or(customerWords[f.Kind], clean(f.Kind)), At: b.after(f.At), Faults: []string{clean(f.Rule)}})
			continue
		}
		all := b.of[food.Action(f.Action)]
		i := slices.IndexFunc(all, func(s *Step) bool { return s.Attempt == f.Attempt })
		if i < 0 {
			b.side.Notes = append(b.side.Notes, fmt.Sprintf("fault %s hit attempt %d at %s, which was not noted", clean(f.Rule), f.Attempt, f.Action))
			continue
		}
		s := all[i]
		s.Faults = append(s.Faults, clean(f.Rule))
		if s.Outcome == "" && s.Result == "" {
			s.Failed, s.Result = true, faultWords[f.Kind]
		}
	}
}

// customerWords say what a plan lets the customer do.
var customerWords = map[string]string{"cancel": "the customer cancels", "resubmit": "the order is placed again"}

// faultWords say what a fault did to an attempt that wrote no row.
var faultWords = map[string]string{
	"fail": "failed", "panic": "panicked", "outage": "failed: the service was away",
	"lose-reply": "its reply was lost", "slow": "slow: no row of this attempt",
}

// undoes points each compensation at what it undid.
func (b *builder) undoes() {
	for a, all := range b.of {
		for _, done := range b.of[a.Undoes()] {
			if done.Outcome != food.Done {
				continue
			}
			for _, s := range all {
				s.undoes = done
			}
		}
	}
}

// most is how many attempts at a call are shown one by one.
const most = 7

// finish orders and numbers the steps, and finds the lanes.
func (b *builder) finish() {
	for a, all := range b.of {
		if len(all) > most {
			b.of[a] = b.gathered(all)
		}
	}
	steps := b.side.Steps
	slices.SortStableFunc(steps, func(x, y *Step) int { return cmp.Compare(x.At, y.At) })
	for i, s := range steps {
		s.N = i + 1
		b.side.Span = max(b.side.Span, s.end())
	}
	for _, s := range steps {
		if s.after != nil {
			s.After = s.after.N
			s.Hop = came(math.Round((s.At-s.after.done())*1e3) / 1e3)
		}
		if s.undoes != nil {
			s.Undoes = s.undoes.N
		}
		if !slices.Contains(b.side.Lanes, s.Lane) {
			b.side.Lanes = append(b.side.Lanes, s.Lane)
		}
	}
	if b.side.Settled != nil {
		b.side.Span = max(b.side.Span, *b.side.Settled)
	}
	slices.SortStableFunc(b.side.Lanes, func(x, y string) int { return laneOrder(x) - laneOrder(y) })
}

// gathered makes one step of the attempts between the first two and the last three.
func (b *builder) gathered(all []*Step) []*Step {
	head, middle, tail := all[:2], all[2:len(all)-3], all[len(all)-3:]
	one := middle[0]
	last := middle[len(middle)-1]
	one.End, one.Result = came(last.At), fmt.Sprintf("and on to attempt %d, without a row", last.Attempt)
	for _, s := range middle[1:] {
		one.Faults = append(one.Faults, s.Faults...)
		one.IDs = append(one.IDs, s.IDs...)
	}
	slices.Sort(one.Faults)
	one.Faults = slices.Compact(one.Faults)
	gone := func(s *Step) bool { return slices.Contains(middle[1:], s) }
	b.side.Steps = slices.DeleteFunc(b.side.Steps, gone)
	for _, s := range b.side.Steps {
		if gone(s.after) {
			s.after = one
		}
	}
	return slices.Concat(head, []*Step{one}, tail)
}

// laneOrder is the customer, people and the engine, and then the services.
func laneOrder(lane string) int {
	i := slices.Index(food.AllServices, food.Service(lane))
	switch {
	case lane == "customer":
		return -3
	case lane == "person":
		return -2
	case i < 0:
		return -1
	}
	return i
}

// clean makes text from elsewhere fit a line, and harmless for a terminal.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > 400 {
		return string(runes[:397]) + "..."
	}
	return s
}
