package lanes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// sentence says what happened, in every style at once where that is the same.
func sentence(sides []Side) string {
	if len(sides) == 0 {
		return "Nothing is known of this order."
	}
	var clauses, parts, times []string
	for _, s := range sides {
		clauses = append(clauses, s.facts.clause(s))
		times = append(times, s.took())
	}
	if len(slices.Compact(slices.Clone(clauses))) > 1 {
		for i, s := range sides {
			parts = append(parts, fmt.Sprintf("in the %s %s (%s)", s.Style, clauses[i], times[i]))
		}
		return sentenceCase(strings.Join(parts, "; ")) + "."
	}
	for i, s := range sides {
		if how, _, took := strings.Cut(times[0], " after "); took && i > 0 {
			times[i] = strings.TrimPrefix(times[i], how+" after ")
		}
		parts = append(parts, times[i]+" in the "+s.Style)
	}
	return sentenceCase(clauses[0]) + "; " + list(parts) + "."
}

func sentenceCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// took is how long the order took, or that it did not end.
func (s Side) took() string {
	switch {
	case s.Settled != nil && s.open():
		return "escalated after " + short(*s.Settled)
	case s.Settled != nil:
		return "settled after " + short(*s.Settled)
	case s.facts.settled():
		return "over after " + short(s.Span)
	}
	return "not settled"
}

// open says whether an escalated order still waits for a person.
func (s Side) open() bool { return s.Ending == food.Escalated && !s.facts.took(food.Resolve) }

// short is a time for a sentence.
func short(ms float64) string {
	if ms >= 10_000 {
		return fmt.Sprintf("%.1f s", ms/1000)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

func (f facts) settled() bool {
	var t food.Tally
	for _, r := range f.order.Rows {
		t.Add(r)
	}
	return t.Settled()
}

// clause is what happened in one style.
func (f facts) clause(s Side) string {
	text := f.decision() + tries(s)
	if undone := f.compensations(); len(undone) > 0 {
		text += ", so " + list(undone)
	}
	if failed := f.failedUndos(); len(failed) > 0 {
		text += ", but " + list(failed)
		if f.took(food.Resolve) {
			text += ", and a person resolved it"
		} else {
			text += ", and a person must resolve it"
		}
	}
	if told := f.told(); told != "" {
		text += ", and " + told
	}
	if missing := f.missing(s); len(missing) > 0 {
		text += ", but " + list(missing) + " did not come"
	}
	if len(s.Wrong) > 0 {
		text += ", and that is wrong: " + strings.Join(s.Wrong, "; ")
	}
	if len(s.Breaks) > 0 {
		names := lists.Map(s.Breaks, func(b string) string { return strings.Split(b, ":")[0] })
		text += ", which breaks " + list(names)
	}
	return text
}

// tries names the calls that were done at a later attempt.
func tries(s Side) string {
	var all []string
	for _, step := range s.Steps {
		if step.Kind == ACall && step.Outcome == food.Done && step.Attempt > 1 {
			all = append(all, fmt.Sprintf("%s at attempt %d", step.What, step.Attempt))
		}
	}
	return clause(", with ", list(all))
}

// decision is what decided the order.
func (f facts) decision() string {
	if f.took(food.Cancel) && !f.rows[food.Charge].Rejected() && !f.rows[food.Confirm].Rejected() && !f.rows[food.Assign].Rejected() {
		return "the customer cancelled in time" + f.tooLate()
	}
	for _, d := range []struct {
		call food.Action
		what string
	}{
		{food.Charge, "the card was not charged"}, {food.Confirm, "the restaurant did not confirm"}, {food.Assign, "no delivery partner was found"},
	} {
		if r := f.rows[d.call]; r.Rejected() {
			return fmt.Sprintf("%s (%s.%s %s)", d.what, r.Service, d.call, outcomeText(r))
		}
	}
	if f.took(food.Assign) {
		text := "the order was completed"
		if r, asked := f.rows[food.Cancel]; asked && !r.TookEffect() {
			text += ", because the customer's cancellation came too late"
		}
		return text
	}
	return "nothing decided how the order ends"
}

// tooLate names deciding calls that a cancellation closed.
func (f facts) tooLate() string {
	if f.took(food.Charge) {
		return ""
	}
	return ", before anything was charged"
}

// missing lists what did not come, but for the answer of a person.
func (f facts) missing(s Side) []string {
	return lists.Filter(s.Missing, func(call string) bool { return !strings.HasSuffix(call, "."+string(food.Resolve)) })
}

// compensations lists what was taken back.
func (f facts) compensations() (all []string) {
	for _, u := range []struct {
		call food.Action
		what string
	}{
		{food.Refund, "the charge was refunded"}, {food.CancelTicket, "the ticket was cancelled"}, {food.Revoke, "the points were revoked"},
	} {
		if f.took(u.call) {
			all = append(all, u.what)
		}
	}
	return all
}

// failedUndos lists what could not be taken back.
func (f facts) failedUndos() (all []string) {
	for _, u := range []food.Action{food.Refund, food.CancelTicket, food.Revoke} {
		if r := f.rows[u]; r.Rejected() {
			all = append(all, fmt.Sprintf("the %s was %s", strings.ReplaceAll(string(u), "-", " "), outcomeText(r)))
		}
	}
	return all
}

// told is whether the customer was told how the order ended.
func (f facts) told() string {
	for _, a := range []food.Action{food.MailCancelled, food.MailPaymentFailed, food.MailPartnerAssigned} {
		if f.took(a) {
			return "the customer was notified"
		}
	}
	return ""
}

// list joins with commas and an "and".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
