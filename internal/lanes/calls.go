package lanes

import (
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

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
