package ledger_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// kinds are the ledgers that pass the suite. The suite knows them as Stores and
// nothing more.
var kinds = []struct {
	name string
	open func(testing.TB, ledger.Options) ledger.Store
}{
	{"memory", func(t testing.TB, o ledger.Options) ledger.Store { return ledger.NewMemory(o) }},
	{"sqlite-off", sqlite(ledger.Off)},
	{"sqlite-full", sqlite(ledger.Full)},
}

func sqlite(sync ledger.Sync) func(testing.TB, ledger.Options) ledger.Store {
	return func(t testing.TB, o ledger.Options) ledger.Store {
		return openFile(t, filepath.Join(t.TempDir(), "ledger.db"), sync, o)
	}
}

func openFile(t testing.TB, path string, sync ledger.Sync, o ledger.Options) ledger.Store {
	t.Helper()
	s, err := ledger.OpenSQLite(path, sync, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An opener opens an empty ledger that the test's end closes.
type opener func(ledger.Options) ledger.Store

// everyKind runs a test against each ledger.
func everyKind(t *testing.T, test func(*testing.T, opener)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			test(t, func(o ledger.Options) ledger.Store {
				s := kind.open(t, o)
				t.Cleanup(func() { s.Close() })
				return s
			})
		})
	}
}

// call is the first attempt of an action.
func call(order string, a food.Action) food.Call {
	for service, actions := range food.Actions {
		for _, known := range actions {
			if known == a {
				return food.Call{Order: order, Service: service, Action: a, Attempt: 1}
			}
		}
	}
	panic("no service does " + a)
}

// done proposes that something was done.
func done(amount food.Cents) food.Proposal {
	return food.Proposal{Outcome: food.Done, For: "ada", Amount: amount}
}

// rowsOf reads the ledger from the beginning.
func rowsOf(s ledger.Store) (all []food.Row, err error) {
	err = s.Replay(context.Background(), 1, func(rows []food.Row) error {
		all = append(all, rows...)
		return nil
	})
	return all, err
}

// gapFree checks that rows are first, first+1, first+2 … and no key comes twice.
func gapFree(rows []food.Row, first int64) error {
	seen := map[string]int64{}
	for i, r := range rows {
		if want := first + int64(i); r.Seq != want {
			return fmt.Errorf("row %d follows row %d", r.Seq, want-1)
		}
		key := food.Call{Order: r.Order, Action: r.Action}.Key()
		if other, twice := seen[key]; twice {
			return fmt.Errorf("%s is in row %d and in row %d", key, other, r.Seq)
		}
		seen[key] = r.Seq
	}
	return nil
}

// TestMain turns this binary into a writer that is about to die, when a test
// asks for one, and otherwise fails the run if a goroutine is left.
func TestMain(m *testing.M) {
	if path := os.Getenv(victimFile); path != "" {
		os.Exit(victim(path))
	}
	goleak.VerifyTestMain(m)
}
