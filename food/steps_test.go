package food_test

import (
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// Each action has a step, which does that and nothing else, at the service whose
// it is.
func TestSteps(t *testing.T) {
	store := ledger.NewMemory(ledger.Options{})
	defer store.Close()
	services := food.NewServices(store, food.DefaultPolicy)
	steps := services.Steps()
	known := 0
	for service, actions := range food.Actions {
		for _, action := range actions {
			known++
			step := steps[action]
			if step == nil {
				t.Errorf("%s has no step", action)
				continue
			}
			o := lunch
			o.ID = string(action) // none stands in another's way
			row, err := step(t.Context(), o, 1)
			if err != nil || row.Action != action || row.Service != service {
				t.Errorf("the step of %s made %s.%s (%v)", action, row.Service, row.Action, err)
			}
		}
	}
	if len(steps) != known {
		t.Errorf("%d steps for %d actions", len(steps), known)
	}
}
