package orchestration

import "go.temporal.io/sdk/worker"

// RegisterFlow registers PlaceOrder, for the SDK's replayer.
func RegisterFlow(w worker.WorkflowRegistry, c Config) {
	registerFlow(w, workflowType, workflows{activities(c)}.PlaceOrder)
}

const WorkflowType = workflowType
