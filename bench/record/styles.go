package record

import "slices"

// The styles by name.
const (
	Choreography  = "choreography"
	Orchestration = "orchestration"
	Baseline      = "baseline"
)

// order is that of every table and plot. A style that is not in it comes behind.
var order = []string{Choreography, Orchestration, Baseline}

// InOrder puts styles into the order of every table and plot: those that the
// project comes with, and then any others as they are given.
func InOrder(styles []string) []string {
	place := func(style string) int {
		if i := slices.Index(order, style); i >= 0 {
			return i
		}
		return len(order)
	}
	sorted := slices.Clone(styles)
	slices.SortStableFunc(sorted, func(a, b string) int { return place(a) - place(b) })
	return sorted
}

// Compared are the styles that are held against each other, the reference first:
// all but the baseline, which is a lower bound and stands beside them.
func Compared(styles []string) []string {
	return slices.DeleteFunc(InOrder(styles), func(style string) bool { return style == Baseline })
}

// How the orchestration makes its calls: each through a queue of the server's, or
// in the worker that runs the flow.
const (
	RemoteActivities = "remote"
	LocalActivities  = "local"
)

// How the Temporal server is set up: for one machine, or as the official
// development server is.
const (
	TunedServer   = "tuned"
	UntunedServer = "untuned"
)
