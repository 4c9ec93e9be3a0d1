package record

// The styles by name.
const (
	Choreography  = "choreography"
	Orchestration = "orchestration"
	Baseline      = "baseline"
)

// Styles lists them in the order in which every table and plot has them.
var Styles = []string{Choreography, Orchestration, Baseline}

// How the orchestration makes its calls: each through a queue of the server's, or
// in the worker that runs the flow.
const (
	RemoteActivities = "remote"
	LocalActivities  = "local"
)
