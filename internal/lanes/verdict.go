package lanes

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/stuck"
)

// verdict holds what came against what the order's ending requires.
func (b *builder) verdict() {
	for _, a := range b.Stuck.Remaining() {
		b.side.Missing = append(b.side.Missing, string(serviceOf(a))+"."+string(a))
	}
	b.side.facts = factsOf(b.Stuck)
	b.side.Wrong = b.side.facts.wrong()
	for _, w := range b.Stuck.Waits {
		b.side.Waits = append(b.side.Waits, b.wait(w))
	}
	b.side.Breaks = lists.Map(b.Breaks, clean)
}

// wait is one thing that the order waits for.
func (b *builder) wait(w stuck.Wait) string {
	where := strings.Trim(string(w.Service)+"."+string(w.Call), ".")
	switch {
	case where == "":
		where = "its flow"
	case w.Service == "":
		where = string(serviceOf(w.Call)) + "." + where
	}
	text := "waits at " + where
	if !w.Since.IsZero() {
		text += fmt.Sprintf(" since %.1f ms", b.after(w.Since))
	}
	if w.Attempt > 0 {
		text += fmt.Sprintf(", attempt %d", w.Attempt)
	}
	return text + ": " + clean(w.Why) + " (who must act: " + string(w.Who) + ")"
}

// facts are what the rows of an order say.
type facts struct {
	order stuck.Order
	rows  map[food.Action]food.Row
}

func factsOf(o stuck.Order) facts {
	f := facts{o, map[food.Action]food.Row{}}
	for _, r := range o.Rows {
		f.rows[r.Action] = r
	}
	return f
}

func (f facts) took(a food.Action) bool { return f.rows[a].TookEffect() }

// wrong lists rows that came, and otherwise than the ending requires. As long as that
// is undecided nothing is.
func (f facts) wrong() (found []string) {
	if f.order.Ending() == "" {
		return nil
	}
	for _, ending := range f.order.Requiring() {
		for _, r := range food.Required[ending] {
			row, there := f.rows[r.Action]
			if want := f.want(r); there && want != "" && !slices.Contains(strings.Split(want, " or "), class(row)) {
				found = append(found, fmt.Sprintf("%s.%s is %s, and must be %s", row.Service, r.Action, outcomeText(row), want))
			}
		}
	}
	return slices.Compact(found)
}

// want is the outcome that a required row must have; "" is any.
func (f facts) want(r food.Requirement) string {
	switch {
	case r.Want == food.WantDone:
		return "done"
	case r.Want == food.WantNotDone:
		return "rejected or blocked"
	case r.Want == food.WantUndone:
		return "done or rejected"
	case r.Want == food.WantRefunded && f.took(food.Charge) && f.took(food.Refund):
		return "done"
	}
	return ""
}

// class is done, rejected or blocked.
func class(r food.Row) string {
	if r.Rejected() {
		return "rejected"
	}
	return string(r.Outcome)
}

// notes says what is not known.
func (b *builder) notes() {
	notes := b.side.Notes
	switch {
	case b.Story != nil:
		notes = append(notes, b.storyNotes()...)
	case b.Engineless:
		notes = append(notes, "no engine carries the orders of this style: there are no messages, and which step followed from which is not recorded")
	default:
		notes = append(notes, "the engine's own record of this order was not kept: which messages or history events there were, and which step followed from which, is not known")
	}
	if b.Placed == nil {
		notes = append(notes, "a server has no ledger: rows and amounts are not known, and calls by the engine's record alone")
	}
	b.side.Notes = append(notes, lists.Map(b.Notes, clean)...)
}

// storyNotes are what the engine's record does not show.
func (b *builder) storyNotes() (notes []string) {
	if orphans := b.orphans(); len(orphans) > 0 {
		notes = append(notes, "what "+steps(orphans)+" followed from is not recorded")
	}
	for _, n := range b.Story.Notes {
		notes = append(notes, b.numbered(clean(n)))
	}
	return notes
}

// orphans are the calls whose cause is not recorded.
func (b *builder) orphans() (found []int) {
	for _, s := range b.side.Steps {
		if s.Call != "" && s.Kind == ACall && s.After == 0 && !s.bare {
			found = append(found, s.N)
		}
	}
	return found
}

// steps names steps by their numbers.
func steps(all []int) string {
	slices.Sort(all)
	words := lists.Map(slices.Compact(all), strconv.Itoa)
	if len(words) == 1 {
		return "step " + words[0]
	}
	return "steps " + list(words)
}

// ids are what may be ids of moments in a note, with commas between them.
var ids = regexp.MustCompile(`[\pL\pN_.-]*[\pL\pN_-](, [\pL\pN_.-]*[\pL\pN_-])*`)

// numbered replaces ids of moments by the steps that they are part of.
func (b *builder) numbered(note string) string {
	return ids.ReplaceAllStringFunc(note, func(found string) string {
		var all []int
		for id := range strings.SplitSeq(found, ", ") {
			s := b.by[id]
			if s == nil {
				return found
			}
			all = append(all, s.N)
		}
		return steps(all)
	})
}

// placed is what was ordered.
func placed(o *record.Order) string {
	var total food.Cents
	var dishes []string
	for item := range strings.SplitSeq(o.Items, ";") {
		count, dish, _ := strings.Cut(item, " ")
		n, cents, _ := strings.Cut(count, "*")
		quantity, err := strconv.ParseInt(n, 10, 64)
		price, err2 := strconv.ParseInt(cents, 10, 64)
		if err != nil || err2 != nil {
			return clean(o.Items)
		}
		total += food.Cents(quantity * price)
		dishes = append(dishes, n+" "+dish)
	}
	return clean(fmt.Sprintf("%s at %s for %s, %v", strings.Join(dishes, ", "), o.Restaurant, o.Customer, total))
}
