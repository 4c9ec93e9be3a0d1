package orchestration

import (
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"

	"github.com/sagabench/sagabench/internal/story"
)

// RegisterFlow registers PlaceOrder, for the SDK's replayer.
func RegisterFlow(w worker.WorkflowRegistry, c Config) {
	registerFlow(w, workflowType, workflows{activities(c)}.PlaceOrder)
}

const WorkflowType = workflowType

// FatalErrors are what the SDK calls when it ends one of a worker's workers.
func FatalErrors(c Config) []func(error) {
	return []func(error){flowOptions(c).OnFatalError, serviceOptions(c).OnFatalError}
}

// Parts is how many SDK workers a worker is.
func Parts(w *Worker) int { return len(w.workers) }

// StoryOf is what a history of one run comes to.
func StoryOf(events ...*history.HistoryEvent) (s story.Story) {
	tell("place", []*run{{events: events}}, &s)
	return s
}
