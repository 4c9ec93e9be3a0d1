package variants

import (
	"fmt"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
)

// A cell is a small load that brings out a kind of mistake.
type cell struct {
	name   string
	orders map[string]int // by style
	during time.Duration
	faults []string
	world  string
}

// The orchestration does some 25 orders a second on two cores.
func orders(choreography, orchestration int) map[string]int {
	return map[string]int{record.Choreography: choreography, record.Orchestration: orchestration}
}

// refusals bring out every ending.
var refusals = []string{"payment.charge:refuse@10%", "restaurant.confirm:refuse@15%", "delivery.assign:refuse@25%"}

// cells are all of them. Each has a reason to be there: what it brings out.
var cells = []cell{
	// The happy path, and nothing that could excuse a wrong order of steps.
	{name: "plain", orders: orders(100, 40), during: 2 * time.Second},
	// Every ending, and no fault that repeats a call.
	{name: "endings", orders: orders(150, 60), during: 3 * time.Second, faults: refusals},
	// Each deciding call fails short of its last attempt, and at all of them; a
	// refusal comes at a later attempt; a reply is lost.
	{name: "faults", orders: orders(150, 60), during: 3 * time.Second, faults: append([]string{
		"payment.charge:fail(1)@20%", "payment.charge:fail(3)@10%", "payment.charge:fail(4)@5%",
		"restaurant.confirm:fail(1)@20%", "restaurant.confirm:fail(3)@10%", "restaurant.confirm:fail(4)@7%",
		"delivery.assign:fail(1)@20%", "delivery.assign:fail(3)@10%", "delivery.assign:fail(4)@10%",
		"loyalty.award:fail(6)@10%", "notification.mail:lose-reply@10%",
	}, refusals...)},
	// Undos fail for longer than twelve attempts last, or lose their reply.
	{name: "undos", orders: orders(100, 60), during: 3 * time.Second, faults: []string{
		"restaurant.confirm:refuse@30%", "delivery.assign:refuse@50%",
		"payment.refund:fail(14)@20%", "restaurant.cancel-ticket:fail(14)@20%", "loyalty.revoke:fail(14)@20%",
		"payment.refund:lose-reply@20%", "order.status-cancelled:fail(2)@20%", "notification.mail-refunded:fail(2)@20%",
	}},
	// The news of the confirmation comes after that of the cancellation, and so do
	// the points.
	{name: "late-news", orders: orders(100, 60), during: 3 * time.Second, faults: []string{
		"delivery.assign:refuse@50%",
		"order.status-confirmed:fail(4)@50%", "notification.mail-confirmed:fail(4)@50%", "loyalty.award:fail(4)@50%",
	}},
	// Replies are lost, and the world would do everything again.
	{name: "replies", orders: orders(100, 60), during: 3 * time.Second, faults: append([]string{"*:lose-reply(2)@20%"}, refusals...)},
	// Few calls fail at a time, so that a retry that is late has no excuse.
	{name: "retries", orders: orders(60, 30), during: 3 * time.Second, faults: []string{
		"restaurant.confirm:fail(3)@60%", "loyalty.award:fail(5)@60%", "notification.mail-partner-assigned:fail(3)@60%",
	}},
	// Calls take longer than an attempt may, or nearly as long.
	{name: "slow", orders: orders(60, 45), during: 3 * time.Second, faults: []string{
		"restaurant.confirm:slow(400ms)@20%", "delivery.assign:slow(900ms)@20%", "loyalty.award:slow(2s)@20%", "payment.charge:slow(900ms)@10%",
	}},
	// Processes die with orders in their hands.
	{name: "worker-dies", orders: orders(200, 80), during: 4 * time.Second, faults: []string{
		"worker:kill@1s", "worker:kill@2500ms", "restaurant.confirm:refuse@15%", "delivery.assign:refuse@25%",
		"restaurant.confirm:slow(300ms)@50%", "payment.refund:slow(300ms)@50%",
	}},
	{name: "server-dies", orders: orders(400, 80), during: 4 * time.Second, faults: []string{
		"server:kill@1s", "server:kill@2500ms", "restaurant.confirm:refuse@15%", "delivery.assign:refuse@25%",
		"restaurant.confirm:slow(300ms)@50%", "payment.refund:slow(300ms)@50%",
	}},
	// The world forgets idempotency keys, and nothing gives a reason to repeat a call.
	{name: "keyless", orders: orders(100, 40), during: 2 * time.Second, world: record.KeylessWorld, faults: refusals},
}

// planText is a plan of the cells, as a plan file has it: the same for the run in
// this process and for a program that was built whole.
func planText(style string, seed uint64, of []cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, `name: variants
summary: small cells in which a broken twin shows
styles: [%s]
seed: %d
policy: {attempts: 4, first_backoff: 20ms, max_backoff: 100ms, call_timeout: 700ms, redelivery: 1s, concurrency: 16}
scenarios:
`, style, seed)
	for _, c := range of {
		fmt.Fprintf(&b, "  - name: %s\n    rate: %.3f\n    during: %v\n", c.name, float64(c.orders[style])/c.during.Seconds(), c.during)
		if c.world != "" {
			fmt.Fprintf(&b, "    world: %s\n", c.world)
		}
		if len(c.faults) > 0 {
			fmt.Fprintf(&b, "    faults: ['%s']\n", strings.Join(c.faults, "', '"))
		}
	}
	return b.String()
}

// planOf is the plan itself.
func planOf(style string, seed uint64, of []cell) (plan.Plan, error) {
	return plan.Read("variants.yaml", []byte(planText(style, seed, of)), []string{style})
}

// named returns the cells of those names.
func named(names []string) (of []cell, err error) {
	for _, name := range names {
		found := false
		for _, c := range cells {
			if c.name == name {
				of, found = append(of, c), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no cell %q", name)
		}
	}
	return of, nil
}
