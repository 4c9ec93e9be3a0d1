package variants

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
)

// A cell is a small load that brings out a kind of mistake.
type cell struct {
	name   string
	load   map[string]load // by style
	faults []string
	takes  string // the service time of each call
	atOnce int    // calls that a service makes at a time, where that is not the policy's
	world  string
}

// A load is orders at an even rate.
type load struct {
	rate   float64
	during time.Duration
}

// loads are those of the choreography and of the orchestration, which does some 25
// orders a second on two cores. Where time is judged it may use half of them.
func loads(fast, slow load) map[string]load {
	return map[string]load{record.Choreography: fast, record.Orchestration: slow}
}

var (
	brief  = loads(load{100, time.Second}, load{20, 2 * time.Second})
	medium = loads(load{60, 2 * time.Second}, load{20, 3 * time.Second})
	gentle = loads(load{30, 3 * time.Second}, load{20, 3 * time.Second})
	idle   = loads(load{30, 3 * time.Second}, load{10, 4 * time.Second})
	deadly = loads(load{50, 4 * time.Second}, load{12, 4 * time.Second})
)

// refusals bring out every ending.
var refusals = []string{"payment.charge:refuse@10%", "restaurant.confirm:refuse@15%", "delivery.assign:refuse@25%"}

// cells are all of them. Each has a reason to be there: what it brings out.
var cells = []cell{
	// The happy path, and nothing that could excuse a wrong order of steps.
	{name: "plain", load: brief},
	// Every ending, and no fault that repeats a call.
	{name: "endings", load: medium, faults: refusals},
	// Each deciding call fails short of its last attempt, and at all of them; a
	// refusal comes at a later attempt; a reply is lost.
	{name: "faults", load: gentle, faults: slices.Concat(refusals, []string{
		"payment.charge:fail(1)@20%", "payment.charge:fail(3)@10%", "payment.charge:fail(4)@7%",
		"restaurant.confirm:fail(1)@20%", "restaurant.confirm:fail(3)@10%", "restaurant.confirm:fail(4)@7%",
		"delivery.assign:fail(1)@20%", "delivery.assign:fail(3)@10%", "delivery.assign:fail(4)@10%",
		"loyalty.award:fail(6)@10%", "notification.mail:lose-reply@10%",
	})},
	// Undos fail for longer than twelve attempts last, or lose their reply.
	{name: "undos", load: gentle, faults: []string{
		"restaurant.confirm:refuse@30%", "delivery.assign:refuse@50%",
		"payment.refund:fail(14)@12%", "restaurant.cancel-ticket:fail(14)@12%", "loyalty.revoke:fail(14)@12%",
		"payment.refund:lose-reply@20%", "order.status-cancelled:fail(2)@20%", "notification.mail-refunded:fail(2)@20%",
	}},
	// The news of the confirmation comes after that of the cancellation, and so do
	// the points.
	{name: "late-news", load: gentle, faults: []string{
		"delivery.assign:refuse@50%",
		"order.status-confirmed:slow(300ms)@50%", "notification.mail-confirmed:slow(300ms)@50%", "loyalty.award:slow(300ms)@50%",
	}},
	// Replies are lost.
	{name: "replies", load: gentle, faults: slices.Concat(refusals, []string{"payment.charge:lose-reply(4)@8%", "restaurant.confirm:lose-reply(4)@8%", "*:lose-reply(2)@10%"})},
	// Few calls fail at a time, so that a retry that is late has no excuse.
	{name: "retries", load: idle, faults: []string{
		"restaurant.confirm:fail(3)@30%", "loyalty.award:fail(5)@20%", "notification.mail-partner-assigned:fail(3)@30%",
	}},
	// So many calls fail that delayed naks would come close after each other.
	{name: "failing", load: loads(load{150, 3 * time.Second}, load{8, 4 * time.Second}), faults: []string{"notification.mail:fail(3)@100%"}},
	// Calls panic, some until they are given up.
	{name: "panics", load: gentle, faults: []string{
		"delivery.assign:panic(4)@15%", "restaurant.confirm:panic@20%", "loyalty.award:panic(2)@20%", "notification.mail-confirmed:panic@20%",
	}},
	// More calls wait for a retry than a service makes at a time.
	{name: "crowded", load: loads(load{10, 3 * time.Second}, load{10, 3 * time.Second}), atOnce: 2, faults: []string{"loyalty.award:fail(5)@100%"}},
	// Calls take longer than an attempt may, or nearly as long.
	{name: "slow", load: gentle, faults: []string{
		"restaurant.confirm:slow(400ms)@20%", "delivery.assign:slow(900ms)@20%", "loyalty.award:slow(2s)@20%", "payment.charge:slow(900ms)@10%",
	}},
	// Processes die with calls under way.
	{name: "worker-dies", load: deadly, takes: "40ms", faults: slices.Concat(refusals, []string{"worker:kill@1s", "worker:kill@2500ms"})},
	{name: "server-dies", load: loads(load{100, 4 * time.Second}, load{12, 4 * time.Second}), takes: "40ms", faults: slices.Concat(refusals, []string{"server:kill@700ms", "server:kill@1800ms", "server:kill@2900ms"})},
	// Orders are placed again while they are under way, and when all is over.
	{name: "resubmitted", load: medium, faults: slices.Concat(refusals, []string{"order:resubmit@30%"})},
	// Customers cancel at every stage, and charges are slow to be made or declined.
	{name: "cancelled", load: idle, takes: "20ms", faults: slices.Concat(refusals, []string{
		"payment.charge:slow(200ms)@100%", "payment.charge:refuse@25%",
		"order:cancel@10%+0s", "order:cancel@40%+80ms", "order:cancel@35%+330ms", "order:cancel@60%+2500ms",
	})},
	// Customers cancel while half of the charges are about to be declined, which comes
	// before the refund.
	{name: "declined", load: idle, faults: []string{
		"payment.charge:slow(300ms)@100%", "payment.refund:slow(400ms)@100%", "payment.charge:refuse@50%", "order:cancel@60%+120ms",
	}},
	// Undos are refused, of orders that are rejected and of such as are cancelled.
	{name: "escalated", load: gentle, takes: "20ms", faults: []string{
		"restaurant.confirm:refuse@20%", "delivery.assign:refuse@40%", "order:cancel@20%+120ms",
		"payment.refund:refuse@30%", "restaurant.cancel-ticket:refuse@30%", "loyalty.revoke:refuse@30%",
	}},
	// The world forgets idempotency keys, and nothing gives a reason to repeat a call.
	{name: "keyless", load: brief, world: record.KeylessWorld, faults: refusals},
}

// planText is a plan of the cells, as a plan file has it: the same for the run in
// this process and for a program that was built whole.
func planText(style string, seed uint64, of []cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, `name: variants
summary: small cells in which a broken twin shows
styles: [%s]
seed: %d
policy: {attempts: 4, first_backoff: 60ms, max_backoff: 200ms, call_timeout: 700ms, redelivery: 1s, concurrency: 16}
scenarios:
`, style, seed)
	for _, c := range of {
		fmt.Fprintf(&b, "  - name: %s\n    rate: %g\n    during: %v\n", c.name, c.load[style].rate, c.load[style].during)
		if c.takes != "" {
			fmt.Fprintf(&b, "    service_time: %s\n", c.takes)
		}
		if c.atOnce != 0 {
			fmt.Fprintf(&b, "    concurrency: %d\n", c.atOnce)
		}
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
