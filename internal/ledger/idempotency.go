package ledger

import (
	"slices"

	"github.com/sagabench/sagabench/food"
)

// look finds the row that stands for an action of the order in question, or nil.
type look func(food.Action) *food.Row

// decide is the barrier. Given what is recorded for an order, it returns what
// becomes of a call: either a row stands already, or rows are to be appended,
// the last of which is the call's own. For each idempotency key there is one row,
// however often the call is made. Everything that can go wrong with time is
// decided here: a call that comes twice, an undo that comes before what it undoes,
// and a call that comes after it was undone or given up.
func decide(recorded look, c food.Call, p food.Proposal) (standing *food.Row, fresh []food.Row) {
	// Order and action are the idempotency key: the first call under it writes,
	// and each later one reads.
	if row := recorded(c.Action); row != nil {
		return row, nil
	}
	own := food.Row{
		Order: c.Order, Service: c.Service, Action: c.Action, Attempt: c.Attempt,
		Outcome: p.Outcome, Reason: p.Reason, For: p.For, Amount: p.Amount,
	}
	// An undo closes the door behind itself: if its forward call has not
	// happened, from now on it can't. That holds for one that was rejected, too.
	if action := c.Action.Undoes(); action != "" {
		forward := recorded(action)
		if forward == nil {
			fresh = append(fresh, blocked(c, action))
			forward = &fresh[0]
		}
		switch {
		case forward.Outcome != food.Done:
			own.Outcome, own.Reason, own.Amount = food.Done, food.NothingToUndo, 0
		case p.Outcome == food.Done:
			own.Amount = forward.Amount
		}
	}

	// A refusal, or a giving up, is nothing done and has nothing to stop it.
	if p.Outcome != food.Done {
		return nil, append(fresh, own)
	}

	// A cancellation closes the door to the pivot.
	if c.Action == food.Cancel && recorded(food.Assign) == nil {
		fresh = append(fresh, blocked(c, food.Assign))
	}

	// A call that another one blocks, once that is done, has come too late.
	for _, action := range c.Action.BlockedBy() {
		if by := recorded(action); by != nil && by.Outcome == food.Done {
			own = blocked(c, c.Action)
		}
	}
	return nil, append(fresh, own)
}

// blocked is the row of an action that, because of c, never happens.
func blocked(c food.Call, a food.Action) food.Row {
	return food.Row{
		Order: c.Order, Service: c.Service, Action: a, Attempt: c.Attempt,
		Outcome: food.Blocked, Reason: food.Undone,
	}
}

// decide is the barrier of a ledger with these options. For the known-bad ones
// it hides rows from the rules above, which stay free of exceptions.
func (o Options) decide(recorded look, c food.Call, p food.Proposal) (standing *food.Row, fresh []food.Row) {
	if !o.Keyless && !o.NoBarrier {
		return decide(recorded, c, p)
	}
	standing, fresh = decide(func(a food.Action) *food.Row {
		if o.Keyless && a == c.Action || o.NoBarrier && slices.Contains(c.Action.BlockedBy(), a) {
			return nil
		}
		return recorded(a)
	}, c, p)
	if o.NoBarrier && len(fresh) > 1 {
		fresh = fresh[1:] // the undo, without the block of its forward call
	}
	return standing, fresh
}
