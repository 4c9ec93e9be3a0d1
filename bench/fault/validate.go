package fault

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sagabench/sagabench/food"
)

// slack is how much longer than an outage the retries must last. It stands for
// the scheduling of a busy machine.
const slack = 2 * time.Second

// MaxHold is how long the faults of a plan may hold up one order, all in all. It
// bounds how long a run can take after its load, where [Quiet] bounds how long
// nothing may happen. An undo that is given up takes most of it.
const MaxHold = 150 * time.Second

// rejectable lists the calls that can be refused and given up.
var rejectable = []food.Call{
	{Service: food.Payment, Action: food.Charge},
	{Service: food.Restaurant, Action: food.Confirm},
	{Service: food.Delivery, Action: food.Assign},
	{Service: food.Payment, Action: food.Refund},
	{Service: food.Restaurant, Action: food.CancelTicket},
	{Service: food.Loyalty, Action: food.Revoke},
}

// Validate refuses rules under which an order's outcome would depend on timing,
// and returns all reasons, joined. A call that can be given up is when its
// attempts are used up, so its retries must outlast each outage by two seconds,
// and one that is slow on every attempt must have its effect that long
// before it is given up. Being given up by plan, as under fail(n) or panic(n) with n
// not below the policy's attempts, depends on nothing and is allowed: it is how an undo
// comes to be escalated. No order may be held up for longer than MaxHold.
//
// Nor may it depend on when a process dies. A call that is under way then uses up an
// attempt, and so does each redelivery to a process that stands still. Such a call
// must have attempts left after that.
//
// A cancellation is the exception. Who cancels, and when, is planned. Whether it is in
// time is the race that it is there for.
func Validate(rules []Rule, p food.Policy) error {
	deaths := Deaths(rules)
	bad := []error{checkOverlaps(deaths)}
	for _, c := range rejectable {
		on := targeting(rules, c.Service, c.Action)
		if err := checkDeaths(c, on, deaths, p); err != nil {
			bad = append(bad, err)
			continue
		}
		spent := spentAttempts(on, p.Limit(c.Action), p) + diedUnder(deaths, p)
		bad = append(bad, checkOutages(c, on, spent, p), checkSlow(c, on, spent, len(deaths), p))
	}
	return errors.Join(append(bad, checkHold(rules, p))...)
}

// checkOverlaps is about what happens to one process: a pause of one that is dead is
// none.
func checkOverlaps(deaths []Rule) error {
	for i, d := range deaths {
		for _, before := range deaths[:i] {
			if d.Process == before.Process && d.After < before.Over() {
				return fmt.Errorf("%v comes before %v is over, which is at %v: let it come later", d, before, before.Over())
			}
		}
	}
	return nil
}

// diedUnder is how many attempts at a call the deaths may use up: one that is under
// way, and of a pause one for each redelivery that it outlasts.
func diedUnder(deaths []Rule, p food.Policy) (spent int) {
	for _, d := range deaths {
		spent++
		if d.Kind == Pause {
			spent += int((d.For + p.Redelivery - 1) / p.Redelivery)
		}
	}
	return spent
}

func checkDeaths(c food.Call, on, deaths []Rule, p food.Policy) error {
	limit := p.Limit(c.Action)
	faults, died := spentAttempts(on, limit, p), diedUnder(deaths, p)
	if died == 0 || faults+died < limit {
		return nil
	}
	return fmt.Errorf("kills and pauses may use up %d attempts at %s.%s, and other faults %d, which leaves none of %d: drop one of them, or raise %s in a plan file",
		died, c.Service, c.Action, faults, limit, limitKey(c.Action))
}

// limitKey is the key of a plan file that limits the attempts at a call.
func limitKey(a food.Action) string {
	if a.Undoes() != "" {
		return "policy.undo_attempts"
	}
	return "policy.attempts"
}

func targeting(rules []Rule, s food.Service, a food.Action) []Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !r.Targets(s, a) })
}

// spentAttempts is how many attempts other faults may have used up when an
// outage begins. An order whose attempts they use up altogether is not meant:
// its outcome is certain, outage or not.
func spentAttempts(on []Rule, limit int, p food.Policy) (spent int) {
	for _, r := range on {
		useless := r.Kind == Fail || r.Kind == Panic || r.Kind == Slow && r.Delay+slack >= p.CallTimeout
		if useless && r.Times < limit {
			spent = max(spent, r.Times)
		}
	}
	return spent
}

// patience is how long the attempts after the first spent ones last.
func patience(a food.Action, spent int, p food.Policy) time.Duration {
	return p.Lasts(p.Limit(a)) - p.Lasts(min(spent+1, p.Limit(a)))
}

func checkOutages(c food.Call, on []Rule, spent int, p food.Policy) error {
	last := patience(c.Action, spent, p)
	after := ""
	if spent > 0 {
		after = fmt.Sprintf(" after the %d attempts that other faults use up", spent)
	}
	for _, o := range merged(Outages(on), p.MaxBackoff+slack) {
		if o.For+slack <= last {
			continue
		}
		advice := fmt.Sprintf("make it at most %v, or raise %s in a plan file", last-slack, limitKey(c.Action))
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
// comes late, and must not race with the giving up. A death takes along the effects
// that were still to come.
func checkSlow(c food.Call, on []Rule, spent, deaths int, p food.Policy) error {
	limit := p.Limit(c.Action)
	givenUp := patience(c.Action, spent, p) + time.Duration(limit-spent)*p.CallTimeout
	lives := time.Duration(deaths + 1)
	for _, r := range on {
		if r.Kind == Slow && r.Times >= limit && lives*r.Delay+slack > givenUp {
			return fmt.Errorf("%v: the effect of %s.%s comes %v late, and it is given up after %v, which must be %v later: make it at most slow(%v)",
				r, c.Service, c.Action, lives*r.Delay, givenUp, slack, max(givenUp-slack, 0)/lives)
		}
	}
	return nil
}

// Quiet is how long it may take at most, by the rules, until an order that is under
// way has its next row. It counts from the end of the load, when outages and deaths
// are over and what they delayed is at most one back-off, or one redelivery, away.
func Quiet(rules []Rule, p food.Policy) (longest time.Duration) {
	for _, s := range food.AllServices {
		for _, a := range food.Actions[s] {
			longest = max(longest, hold(targeting(rules, s, a), a, p))
		}
	}
	if len(Outages(rules))+len(Deaths(rules)) > 0 {
		longest += p.MaxBackoff
	}
	if len(Deaths(rules)) > 0 {
		longest += p.Redelivery // to a process that dies
	}
	return longest + p.Redelivery
}

// checkHold is about all that can happen to one order.
func checkHold(rules []Rule, p food.Policy) error {
	if sum := Hold(rules, p); sum > MaxHold {
		return fmt.Errorf("the faults may hold up an order for %v, and it is waited for %v: let them hit fewer attempts", sum, MaxHold)
	}
	return nil
}

// Hold adds up the worst that can happen to one order. Its customer cancels late, the
// three deciding calls come one after another, and so do the cancellation, an undo and
// the mail about that; all others run beside something.
func Hold(rules []Rule, p food.Policy) (sum time.Duration) {
	longest := func(s food.Service, a food.Action) time.Duration {
		return hold(targeting(rules, s, a), a, p)
	}
	mail := max(longest(food.Notification, food.MailRefunded), longest(food.Notification, food.MailEscalated))
	for s, actions := range food.Actions {
		for _, a := range actions {
			switch {
			case a.Undoes() != "":
				sum = max(sum, longest(s, a)+mail)
			case !a.Deciding():
				sum = max(sum, longest(s, a))
			}
		}
	}
	var delay time.Duration
	for _, r := range rules {
		if r.Kind == Cancel {
			delay = max(delay, r.Delay+longest(food.Delivery, food.Cancel))
		}
	}
	return sum + delay + longest(food.Payment, food.Charge) + longest(food.Restaurant, food.Confirm) + longest(food.Delivery, food.Assign)
}

// hold is how long the rules on a call keep it from being answered. Outages are
// not among them: they are over before the load is.
func hold(on []Rule, a food.Action, p food.Policy) (sum time.Duration) {
	times := 0
	for _, r := range on {
		times = max(times, r.Times)
	}
	if limit := p.Limit(a); limit > 0 {
		times = min(times, limit)
	}
	for n := 1; n <= times; n++ {
		var slow time.Duration
		for _, r := range on {
			if r.Kind == Slow && n <= r.Times {
				slow += r.Delay
			}
		}
		sum += min(slow, p.CallTimeout) + p.Backoff(n)
	}
	return sum
}
