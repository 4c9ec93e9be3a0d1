package orchestration

import (
	"context"
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/sagabench/sagabench/food"
)

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
