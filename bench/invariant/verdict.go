package invariant

import "fmt"

// A Verdict is what the evidence comes to.
type Verdict int

const (
	Unknown Verdict = iota // the evidence does not allow a judgement
	Broken                 // at least one invariant was violated
	Holds                  // every invariant held for every order
)

var verdicts = [...]string{Unknown: "unknown", Broken: "broken", Holds: "holds"}

// String is the verdict in lower case.
func (v Verdict) String() string { return verdicts[v] }

// MarshalText makes a verdict a string in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdicts {
		if name == string(text) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("unknown verdict %q", text)
}

// A Judgement is the outcome of checking a run.
type Judgement struct {
	Verdict Verdict
	Reasons []string        // why it is unknown, as far as it is not a cell's reason
	Counts  []Count         // of the whole run, in the order of All
	Cells   []CellJudgement // in the order of the run
}

// A CellJudgement is the outcome of checking one cell.
type CellJudgement struct {
	Cell       string
	Verdict    Verdict
	Reasons    []string    // why it is unknown, or would be if it were not broken
	Violations []Violation // the first few of each invariant; Counts has them all
	Counts     []Count     // in the order of All

	Wrong        int // orders with at least one violation
	Faulted      int // offered orders that met a planned fault
	FaultedWrong int // those of them with at least one violation
	Waiting      int // escalated orders without a person's answer
	Met          Met // by what they met

	Again   Again
	Retries []Retry   // by the attempt before
	Late    []float64 // how late each retry came that a death did not hold up, in ms, sorted
}

// Again counts the calls that reached their service after they had taken effect. In
// a sound world the idempotency key made each harmless; in a keyless one each took
// effect again.
type Again struct {
	Calls   int            `json:"calls"`
	Because map[string]int `json:"because"` // why they were made: called for twice, failure, timeout, redelivery, death
	Late    int            `json:"late"`    // effects that only a world without a barrier let through
}

// Retry is how late the retries after an attempt came, in ms after their back-off.
type Retry struct {
	Service string  `json:"service"`
	Attempt int     `json:"attempt"` // the one before
	Backoff float64 `json:"backoff_ms"`
	N       int     `json:"n"`
	P50     float64 `json:"late_p50_ms"`
	P99     float64 `json:"late_p99_ms"`
	Allowed float64 `json:"allowed_ms"` // of the median; 0 is that they are too few to judge
}

// A Violation is an order, or a cell, for which an invariant did not hold.
type Violation struct {
	Cell      string `json:"cell"` // "" if it is between cells
	Style     string `json:"style"`
	Invariant string `json:"invariant"`
	Order     string `json:"order"` // "" if it is about the whole cell
	Detail    string `json:"detail"`
}

// A Count is how often an invariant was judged, how often an order could have
// broken it, and how often one did. Orders are counted but for nothing-left-over,
// which is about cells.
type Count struct {
	Invariant     string
	Broken        int
	Of            int            // orders that the sentence is about
	Tested        int            // those of them that could have broken it
	ByEnding      map[string]int // of Tested, by how they ended; "" is open
	ByFault       map[string]int // of Tested, by each kind of fault that they met; a death is one
	Faulted       int            // of Tested, that met any
	FaultedBroken int            // of these, that broke it
}

// newCounts has a zero for each invariant.
func newCounts() []Count {
	counts := make([]Count, len(All))
	for i, inv := range All {
		counts[i].Invariant = inv.Name
	}
	return counts
}

// add takes a cell's counts into the run's.
func add(sum, cell []Count) {
	for i, c := range cell {
		sum[i].Broken += c.Broken
		sum[i].Of += c.Of
		sum[i].Tested += c.Tested
		sum[i].Faulted += c.Faulted
		sum[i].FaultedBroken += c.FaultedBroken
		sum[i].ByEnding = merge(sum[i].ByEnding, c.ByEnding)
		sum[i].ByFault = merge(sum[i].ByFault, c.ByFault)
	}
}

func merge(sum, more map[string]int) map[string]int {
	if sum == nil && len(more) > 0 {
		sum = map[string]int{}
	}
	for name, n := range more {
		sum[name] += n
	}
	return sum
}

// verdict weighs violations against doubts. A violation is one, whatever else
// is in doubt; missing rows are the exception, because they make violations.
func verdict(violated, doubted, blind bool) Verdict {
	switch {
	case blind:
		return Unknown
	case violated:
		return Broken
	case doubted:
		return Unknown
	}
	return Holds
}
