package worker

import (
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// News is one message of a worker to its parent, as gob. One field is set but
// for an attempt and its failure.
type News struct {
	Commit  ledger.Commit
	Ended   int       // so many more orders, of a bare worker
	Working bool      // it has started, and has sent all that the parent had missed
	Attempt food.Call // one that had no answer, and Failed is why
	Failed  string    // why it ends
}

// opening is the first line that a worker reads.
type opening struct {
	Settings any // a worker reads them into a *json.RawMessage
	Past
}

// Past is what a worker goes on from. It is in place before the worker takes work.
type Past struct {
	From  int64     // seq from which the ledger's rows are replayed; 0 is none
	Begin time.Time `json:",omitzero"` // the measured window's start, if that was known
}

// order is each line after it.
type order struct {
	Begin time.Time // the measured window starts, or started
}
