package orchestration

import "go.temporal.io/sdk/worker"

// RegisterFlow registers PlaceOrder, for the SDK's replayer.
func RegisterFlow(w worker.WorkflowRegistry, c Config) {
	registerFlow(w, workflowType, workflows{activities(c)}.PlaceOrder)
}

const WorkflowType = workflowType
<<<<<<< HEAD

// FatalErrors are what the SDK calls when it ends one of a worker's workers.
func FatalErrors(c Config) []func(error) {
	return []func(error){flowOptions(c).OnFatalError, serviceOptions(c).OnFatalError}
}

// WorkBuggy is a worker whose flow ends with a bug after the charge: it panics, or, if
// bug is nil, returns an error.
func WorkBuggy(ctx context.Context, c Config, s *food.Services, bug func()) (*Worker, error) {
	w := workflows{activities(c)}
	return work(ctx, c, s.Steps(), map[string]flow{workflowType: func(ctx workflow.Context, o food.Order) (food.Ending, error) {
		if err := w.begin(ctx, o).decide(food.Charge); err != nil {
			return "", err
		}
		if bug != nil {
			bug()
		}
		return "", errors.New("a bug")
	}})
}
=======
>>>>>>> x-stuck
