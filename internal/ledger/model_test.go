package ledger_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A model is the ledger in the fewest lines, written the other way round: a row
// lists what it rules out, where the barrier asks what rules a call out.
type model struct {
	rows map[string]food.Row // by key; without Seq, At and Attempt
	dead map[string]bool     // keys that can't be done any more
	log  []string            // keys in order
}

func (m *model) do(c food.Call, p food.Proposal) (row food.Row, absorbed bool) {
	if row, ok := m.rows[c.Key()]; ok {
		return row, true
	}
	row = food.Row{Order: c.Order, Service: c.Service, Action: c.Action, Outcome: p.Outcome, Reason: p.Reason, For: p.For, Amount: p.Amount}
	if p.Outcome == food.Done && m.dead[c.Key()] {
		row.Outcome, row.Reason, row.For, row.Amount = food.Blocked, food.Undone, "", 0
	}
	for forward, undo := range map[food.Action]food.Action{
		food.Charge: food.Refund, food.Confirm: food.CancelTicket, food.Award: food.Revoke, food.Assign: food.Cancel,
	} {
		if c.Action != undo || undo == food.Cancel && row.Outcome != food.Done {
			continue
		}
		f, _ := m.do(call(c.Order, forward), food.Proposal{Outcome: food.Blocked, Reason: food.Undone})
		switch {
		case undo == food.Cancel:
		case f.Outcome != food.Done:
			row.Outcome, row.Amount, row.Reason = food.Done, 0, food.NothingToUndo
		case row.Outcome == food.Done:
			row.Amount = f.Amount
		}
	}
	if row.Outcome == food.Done {
		for _, ruledOut := range map[food.Action][]food.Action{
			food.StatusCancelled: {food.StatusConfirmed, food.StatusCompleted},
			food.StatusCompleted: {food.StatusConfirmed, food.StatusCancelled},
			food.MailCancelled:   {food.MailConfirmed, food.MailPartnerAssigned},
			food.Assign:          {food.Cancel},
		}[c.Action] {
			m.dead[call(c.Order, ruledOut).Key()] = true
		}
	}
	m.rows[c.Key()] = row
	m.log = append(m.log, c.Key())
	return row, false
}

// bare is a row without what the model does not know.
func bare(r food.Row) food.Row {
	return food.Row{Order: r.Order, Service: r.Service, Action: r.Action, Outcome: r.Outcome, Reason: r.Reason, For: r.For, Amount: r.Amount}
}

// Any calls in any order, with the ledger closed and opened in between where it
// has a file, are answered and recorded as in the model.
func TestLedgerBehavesAsItsModel(t *testing.T) {
	t.Run("memory", rapid.MakeCheck(func(t *rapid.T) {
		s := ledger.NewMemory(ledger.Options{})
		defer s.Close()
		behaves(t, s, nil)
	}))
	t.Run("sqlite", rapid.MakeCheck(func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "ledger")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		open := func() ledger.Store {
			s, err := ledger.OpenSQLite(filepath.Join(dir, "ledger.db"), ledger.Off, ledger.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		behaves(t, open(), open)
	}))
}

func behaves(t *rapid.T, s ledger.Store, reopen func() ledger.Store) {
	defer func() { s.Close() }()
	ctx := context.Background()
	m := &model{rows: map[string]food.Row{}, dead: map[string]bool{}}
	pick := func(t *rapid.T) food.Call {
		return call(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "order"), rapid.SampledFrom(actions).Draw(t, "action"))
	}
	compare := func(t *rapid.T, c food.Call, p food.Proposal, row food.Row, absorbed bool, err error) {
		want, again := m.do(c, p)
		if err != nil || bare(row) != want || absorbed != again {
			t.Fatalf("%v: got %+v, absorbed %v, error %v; want %+v, absorbed %v", c, row, absorbed, err, want, again)
		}
	}
	steps := map[string]func(*rapid.T){
		"do": func(t *rapid.T) {
			c, p := pick(t), done(food.Cents(rapid.IntRange(0, 3).Draw(t, "amount")))
			row, absorbed, err := s.Do(ctx, c, p)
			compare(t, c, p, row, absorbed, err)
		},
		"refuse": func(t *rapid.T) {
			c, p := pick(t), food.Proposal{Outcome: food.Refused, Reason: "no", For: "ada"}
			row, absorbed, err := s.Do(ctx, c, p)
			compare(t, c, p, row, absorbed, err)
		},
		"give up": func(t *rapid.T) {
			c := pick(t)
			_, again := m.rows[c.Key()]
			row, err := s.GiveUp(ctx, c)
			compare(t, c, food.Proposal{Outcome: food.Blocked, Reason: food.GaveUp}, row, again, err)
		},
		"": func(t *rapid.T) { // after every step
			rows, err := rowsOf(s)
			if err != nil || len(rows) != len(m.log) {
				t.Fatalf("%d rows and error %v, want %d", len(rows), err, len(m.log))
			}
			for i, r := range rows {
				if key := m.log[i]; bare(r) != m.rows[key] || r.Seq != int64(i+1) {
					t.Fatalf("row %d is %+v, want %+v", i+1, r, m.rows[key])
				}
			}
		},
	}
	if reopen != nil {
		steps["reopen"] = func(t *rapid.T) {
			if rapid.IntRange(0, 4).Draw(t, "seldom") != 0 {
				t.Skip("it takes a while")
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = reopen()
		}
	}
	t.Repeat(steps)
}
