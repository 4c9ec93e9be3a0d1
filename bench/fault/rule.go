// Package fault plans what goes wrong, and lets it go wrong in the same way for
// every style.
//
// A rule is written as
//
//	restaurant.confirm:refuse@20%       a fifth of the orders is refused
//	restaurant.confirm:fail(2)@10%      attempts 1 and 2 fail before they have an effect
//	loyalty.award:panic@5%              attempt 1 panics before it has an effect
//	loyalty.award:panic(2)@5%           attempts 1 and 2 do
//	restaurant.confirm:slow(3s)@5%      attempt 1 takes 3 s longer and can't be cancelled
//	restaurant.confirm:slow(3s,2)@5%    attempts 1 and 2 do
//	loyalty.award:lose-reply@10%        attempt 1 has its effect, and its caller gets no answer
//	*:lose-reply(3)@10%                 attempts 1 to 3 of a tenth of all calls
//	restaurant:outage@10s+5s            from second 10 on, every call fails for 5 s
//	worker:kill@3s                      in second 3 the worker is killed, and started again at once
//	server:pause@3s+8s                  from second 3 on, the style's server stands still for 8 s
//	order:resubmit@10%                  the customer's app submits a tenth of the orders twice more
//	order:cancel@5%+300ms               the customer cancels, 300 ms after the order was accepted
//
// The target before the colon is a call such as payment.charge, all calls of a
// service such as payment, or * for every call. notification.mail stands for
// all mails and order.status for all status changes. Only charge, confirm, assign
// and the undos can be refused. A kill and a pause have a process as their target: the
// worker, or the server that the style runs on. Two rules at one time mean both at
// once. A resubmitted order is submitted again as soon as it was accepted, and once
// more when all orders have settled; it is still one order. A customer cancels once:
// when several rules draw an order, the one with the shortest delay does it, and of
// equal ones the first. Whether that is in time is open.
//
// # Which orders
//
// A share such as 20% picks orders by a hash of seed, rule, order and action.
// The attempt is not in it, nor is the style, the time or a random source. So
// the same orders fail in the same way whoever coordinates them, a retry is hit as
// the first attempt was, and one order can be replayed alone.
//
// # What comes first
//
// When several rules hit one attempt: an outage, then fail, then panic, then slow,
// then refuse or the effect, then lose-reply. Whoever runs the plan carries out kill
// and pause, see [Deaths]; no call knows of them.
package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/food"
)

// A Kind is a way of going wrong.
type Kind string

const (
	Outage    Kind = "outage"     // every call fails for a while
	Fail      Kind = "fail"       // the call fails before its effect
	Panic     Kind = "panic"      // the call panics before its effect
	Slow      Kind = "slow"       // the effect comes late, whoever has stopped waiting
	Refuse    Kind = "refuse"     // the service rejects the call, for good
	LoseReply Kind = "lose-reply" // the effect comes, the answer does not
	Kill      Kind = "kill"       // a process is killed, and started again
	Pause     Kind = "pause"      // a process stands still for a while
	Resubmit  Kind = "resubmit"   // an order is submitted again, and again
	Cancel    Kind = "cancel"     // the customer cancels an order
)

// Kinds lists them in the order in which they take hold of a call, and then those
// that are about no call.
var Kinds = []Kind{Outage, Fail, Panic, Slow, Refuse, LoseReply, Kill, Pause, Resubmit, Cancel}

// The processes that can be killed and paused.
const (
	Worker = "worker"
	Server = "server"
)

var processes = []string{Worker, Server}

// wholeOrder is the target of a rule for a whole order, which is what its customer
// does. It is written as the service that keeps an order's status, whose calls have
// no such faults.
const wholeOrder = "order"

// Any is the target of a rule for every call.
const Any food.Service = "*"

// groups are names for several calls of a service: those that begin with it.
var groups = map[food.Service]food.Action{
	food.OrderService: "status",
	food.Notification: "mail",
}

// A Rule is one planned fault.
type Rule struct {
	Written string // what Parse was given; the journal names the rule so

	Process string // Worker or Server, of a kill or a pause, which is about no service

	Service food.Service // or Any
	Action  food.Action  // a call or group of calls; "" for all of the service
	Kind    Kind

	Percent float64       // share of orders; not of an outage, a kill or a pause
	Times   int           // fail, panic, slow and lose-reply: hits attempts 1 to Times
	Delay   time.Duration // slow: how much longer; cancel: how long after the order was accepted

	// An outage or a pause lasts For, from After the start of the measured window on.
	// A kill comes at After.
	After, For time.Duration
}

// String is the rule in its shortest written form, whatever form it was given
// in. [Parse] reads it back.
func (r Rule) String() string { return r.target() + ":" + r.form() + "@" + r.when() }

func (r Rule) target() string {
	switch {
	case r.Process != "":
		return r.Process
	case r.ofCustomer():
		return wholeOrder
	case r.Action == "":
		return string(r.Service)
	}
	return fmt.Sprintf("%s.%s", r.Service, r.Action)
}

// ofCustomer reports whether the rule is about what the customer of an order does.
func (r Rule) ofCustomer() bool { return r.Kind == Resubmit || r.Kind == Cancel }

// form is the kind with what it needs to know, as short as can be.
func (r Rule) form() string {
	switch {
	case r.Kind == Fail, (r.Kind == Panic || r.Kind == LoseReply) && r.Times > 1:
		return fmt.Sprintf("%s(%d)", r.Kind, r.Times)
	case r.Kind == Slow && r.Times > 1:
		return fmt.Sprintf("%s(%v,%d)", r.Kind, r.Delay, r.Times)
	case r.Kind == Slow:
		return fmt.Sprintf("%s(%v)", r.Kind, r.Delay)
	}
	return string(r.Kind)
}

func (r Rule) when() string {
	switch r.Kind {
	case Outage, Pause:
		return fmt.Sprintf("%v+%v", r.After, r.For)
	case Kill:
		return r.After.String()
	}
	share := strconv.FormatFloat(r.Percent, 'f', -1, 64) + "%"
	if r.Kind == Cancel {
		return fmt.Sprintf("%s+%v", share, r.Delay)
	}
	return share
}

// Targets reports whether the rule is about an action of a service.
func (r Rule) Targets(s food.Service, a food.Action) bool {
	switch {
	case r.Service == Any:
		return true
	case r.Service != s:
		return false
	case r.Action == "" || r.Action == a:
		return true
	}
	return r.Action == groups[s] && strings.HasPrefix(string(a), string(r.Action)+"-")
}

// Outages returns the rules that are outages, earliest first.
func Outages(rules []Rule) []Rule {
	return timed(rules, func(r Rule) bool { return r.Kind == Outage })
}

// Deaths returns the rules about processes, earliest first.
func Deaths(rules []Rule) []Rule {
	return timed(rules, func(r Rule) bool { return r.Process != "" })
}

func timed(rules []Rule, wanted func(Rule) bool) []Rule {
	out := slices.DeleteFunc(slices.Clone(rules), func(r Rule) bool { return !wanted(r) })
	slices.SortStableFunc(out, func(a, b Rule) int { return cmp.Compare(a.After, b.After) })
	return out
}

// revival is what a process that was killed is given to work again.
const revival = time.Second

// Over is when an outage, a pause or the dead time after a kill is planned to be
// over, from the start of the measured window.
func (r Rule) Over() time.Duration {
	if r.Kind == Kill {
		return r.After + revival
	}
	return r.After + r.For
}
