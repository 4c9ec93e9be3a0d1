package measure

import (
	"cmp"
	"slices"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

// delays reports whether a cell's faults make orders wait. Then many may be open when
// the load ends though the system keeps up. A refusal makes no order wait.
func delays(faults []string) bool {
	return slices.ContainsFunc(faults, func(written string) bool {
		rule, err := fault.Parse(written)
		return err != nil || rule.Kind != fault.Refuse
	})
}

// RefusedShare is the planned share of orders that the restaurant refuses, in
// percent, of a scenario that has no other fault. No fault is a share of zero.
func RefusedShare(faults []string) (percent float64, ok bool) {
	if len(faults) != 1 {
		return 0, len(faults) == 0
	}
	rule, err := fault.Parse(faults[0])
	if err != nil || rule.Kind != fault.Refuse || rule.Action != food.Confirm {
		return 0, false
	}
	return rule.Percent, true
}

// RefusedCalls lists the calls, or services, of which a share is refused by plan.
// It is empty where something else goes wrong as well.
func RefusedCalls(faults []string) (calls []string) {
	for _, written := range faults {
		rule, err := fault.Parse(written)
		if err != nil || rule.Kind != fault.Refuse {
			return nil
		}
		calls = append(calls, cmp.Or(string(rule.Action), string(rule.Service)))
	}
	return calls
}
