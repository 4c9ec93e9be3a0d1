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
