package measure

// What the checker says of a run. It is left empty here, and filled in by who has
// the run checked.

// An Invariant is a promise, how often it was put to the test, and how often it
// was broken.
type Invariant struct {
	Name     string `json:"invariant"`
	Promise  string `json:"promise"`
	Judged   int    `json:"judged"`
	Violated int    `json:"violated"`
	AtMost   Num    `json:"at_most_95"` // upper bound on the true share; null if none was judged
}
