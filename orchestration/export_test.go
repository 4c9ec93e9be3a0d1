package orchestration

import "go.temporal.io/sdk/worker"

// RegisterFlow registers PlaceOrder, for the SDK's replayer.
func RegisterFlow(w worker.WorkflowRegistry, c Config) {
	registerFlow(w, workflowType, workflows{activities(c)}.PlaceOrder)
}

const WorkflowType = workflowType

// FatalErrors are what the SDK calls when it ends one of a worker's workers.
func FatalErrors(c Config) []func(error) {
	return []func(error){flowOptions(c).OnFatalError, serviceOptions(c).OnFatalError}
}
