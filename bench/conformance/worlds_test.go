package conformance_test

import (
	"context"
	"slices"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// Worlds that are sound but for one thing.

func keyless(o ledger.Options) ledger.Store {
	o.Keyless = true
	return ledger.NewMemory(o)
}

func noBarrier(o ledger.Options) ledger.Store {
	o.NoBarrier = true
	return ledger.NewMemory(o)
}

// A world does a call in a different way.
type world struct {
	ledger.Store
	do func(ledger.Store, context.Context, food.Call, food.Proposal) (food.Row, bool, error)
}

func (w world) Do(ctx context.Context, c food.Call, p food.Proposal) (food.Row, bool, error) {
	return w.do(w.Store, ctx, c, p)
}

func noRefund(o ledger.Options) ledger.Store {
	return world{ledger.NewMemory(o), func(l ledger.Store, ctx context.Context, c food.Call, p food.Proposal) (food.Row, bool, error) {
		if c.Action == food.Refund {
			return food.Row{Order: c.Order, Action: c.Action, Outcome: food.Done}, false, nil
		}
		return l.Do(ctx, c, p)
	}}
}

func extraTicket(o ledger.Options) ledger.Store {
	return world{ledger.NewMemory(o), func(l ledger.Store, ctx context.Context, c food.Call, p food.Proposal) (food.Row, bool, error) {
		if c.Action == food.Assign {
			cancel := food.Call{Order: c.Order, Service: food.Restaurant, Action: food.CancelTicket, Attempt: 1}
			if _, _, err := l.Do(ctx, cancel, food.Proposal{Outcome: food.Done}); err != nil {
				return food.Row{}, false, err
			}
		}
		return l.Do(ctx, c, p)
	}}
}

// alarmed tells every customer who is refunded that a person takes over.
func alarmed(o ledger.Options) ledger.Store {
	return world{ledger.NewMemory(o), func(l ledger.Store, ctx context.Context, c food.Call, p food.Proposal) (food.Row, bool, error) {
		if c.Action == food.MailRefunded {
			mail := food.Call{Order: c.Order, Service: food.Notification, Action: food.MailEscalated, Attempt: 1}
			if _, _, err := l.Do(ctx, mail, food.Proposal{Outcome: food.Done}); err != nil {
				return food.Row{}, false, err
			}
		}
		return l.Do(ctx, c, p)
	}}
}

// generous refunds a charge that was blocked.
func generous(o ledger.Options) ledger.Store {
	return feeding(o, func(rows []food.Row) []food.Row {
		for i := range rows {
			if rows[i].Action == food.Refund && rows[i].Amount == 0 {
				rows[i].Amount = 100
			}
		}
		return rows
	})
}

// feeding is a world whose commit feed is not what was committed.
func feeding(o ledger.Options, change func([]food.Row) []food.Row) ledger.Store {
	committed := o.Committed
	o.Committed = func(c ledger.Commit) {
		committed(ledger.Commit{Rows: change(slices.Clone(c.Rows)), At: c.At})
	}
	return ledger.NewMemory(o)
}

func lessRefund(o ledger.Options) ledger.Store {
	return feeding(o, func(rows []food.Row) []food.Row {
		for i := range rows {
			if rows[i].Action == food.Refund {
				rows[i].Amount--
			}
		}
		return rows
	})
}

func hidden(o ledger.Options) ledger.Store {
	return feeding(o, func(rows []food.Row) []food.Row {
		if rows[0].Seq == 1 {
			return rows[1:]
		}
		return rows
	})
}
