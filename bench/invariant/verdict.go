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
	Verdict    Verdict
	Reasons    []string        // why it is unknown, as far as it is not a cell's reason
	Violations []Violation     // between cells
	Counts     []Count         // of the whole run, in the order of All
	Cells      []CellJudgement // in the order of the run
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
}

// A Violation is an order, or a customer, for whom an invariant did not hold.
type Violation struct {
	Cell      string `json:"cell"` // "" if it is between cells
	Style     string `json:"style"`
	Invariant string `json:"invariant"`
	Order     string `json:"order"` // "" if it is about more than one
	Detail    string `json:"detail"`
}

// A Count is how often an invariant was judged, how often an order could have
// broken it, and how often one did.
type Count struct {
	Invariant string
	Broken    int
	Of        int // orders that the sentence is about; customers for the money
	Tested    int // those of them that could have broken it
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
	}
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
