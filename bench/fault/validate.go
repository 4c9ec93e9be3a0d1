package fault

import (
	"errors"
	"fmt"
	"time"

	"github.com/sagabench/sagabench/food"
)

// slack is how much longer than an outage the retries must last. It stands for
// the scheduling of a busy machine.
const slack = 2 * time.Second

// deciding lists the calls that can be given up.
var deciding = []food.Call{
	{Service: food.Payment, Action: food.Charge},
	{Service: food.Restaurant, Action: food.Confirm},
	{Service: food.Delivery, Action: food.Assign},
}

// Validate refuses rules under which an order's fate would depend on timing,
// and returns all reasons, joined. A deciding call is given up when its
// attempts are used up, so its retries must outlast each outage by two seconds,
// and a call that is slow on every attempt must have its effect that long
// before it is given up. Being given up by plan, as under fail(n) with n not
// below the policy's attempts, depends on nothing and is allowed.
func Validate(rules []Rule, p food.Policy) error {
	var bad []error
	for _, c := range deciding {
		on := targeting(rules, c)
		spent := spentAttempts(on, p)
		bad = append(bad, checkOutages(c, on, spent, p), checkSlow(c, on, spent, p))
	}
	return errors.Join(bad...)
}

func targeting(rules []Rule, c food.Call) (on []Rule) {
	for _, r := range rules {
		if r.Targets(c.Service, c.Action) {
			on = append(on, r)
		}
	}
	return on
}

// spentAttempts is how many attempts other faults may have used up when an
// outage begins. An order whose attempts they use up altogether is not meant:
// its fate is sealed, outage or not.
func spentAttempts(on []Rule, p food.Policy) (spent int) {
	for _, r := range on {
		useless := r.Kind == Fail || r.Kind == Slow && r.Delay+slack >= p.CallTimeout
		if useless && r.Times < p.Attempts {
			spent = max(spent, r.Times)
		}
	}
	return spent
}

// patience is how long the attempts after the first spent ones last.
func patience(p food.Policy, spent int) (sum time.Duration) {
	for n := spent + 1; n < p.Attempts; n++ {
		sum += p.Backoff(n)
	}
	return sum
}

func checkOutages(c food.Call, on []Rule, spent int, p food.Policy) error {
	last := patience(p, spent)
	after := ""
	if spent > 0 {
		after = fmt.Sprintf(" after the %d attempts that other faults use up", spent)
	}
	for _, o := range merged(Outages(on), p.MaxBackoff+slack) {
		if o.For+slack <= last {
			continue
		}
		advice := fmt.Sprintf("make it at most %v, or raise the policy's attempts", last-slack)
		if last <= slack {
			advice = "drop one of the two"
		}
		return fmt.Errorf("the outage of %s.%s from %v to %v lasts %v, and the retries of its calls last %v%s, which must be %v longer: %s",
			c.Service, c.Action, o.After, o.After+o.For, o.For, last, after, slack, advice)
	}
	return nil
}

// merged joins outages that overlap, and those so close together that no retry
// need fall between them.
func merged(outages []Rule, gap time.Duration) (out []Rule) {
	for _, o := range outages {
		if n := len(out); n > 0 && o.After < out[n-1].After+out[n-1].For+gap {
			before := &out[n-1]
			before.For = max(before.For, o.After+o.For-before.After)
			continue
		}
		out = append(out, o)
	}
	return out
}

// checkSlow is about calls of which every attempt is slow. Their first effect
// comes late, and must not race with the giving up.
func checkSlow(c food.Call, on []Rule, spent int, p food.Policy) error {
	givenUp := patience(p, spent) + time.Duration(p.Attempts-spent)*p.CallTimeout
	for _, r := range on {
		if r.Kind == Slow && r.Times >= p.Attempts && r.Delay+slack > givenUp {
			return fmt.Errorf("%v: the effect of %s.%s comes %v late, and it is given up after %v, which must be %v later: make it at most slow(%v)",
				r, c.Service, c.Action, r.Delay, givenUp, slack, givenUp-slack)
		}
	}
	return nil
}
