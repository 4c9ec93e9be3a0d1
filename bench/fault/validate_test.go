package fault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

// The default policy's retries last 7.1 s: 0.1, 0.2, 0.4, 0.8, 1.6, 2 and 2 s. Those of an
// undo last 111.1 s.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		rules string
		want  string // "" for no complaint
	}{
		{"restaurant:outage@10s+5s", ""},
		{"restaurant:outage@10s+5100ms", ""},
		{"restaurant:outage@10s+5200ms", "the outage of restaurant.confirm from 10s to 15.2s lasts 5.2s, and the retries of its calls last 7.1s, which must be 2s longer: make it at most 5.1s, or raise policy.attempts in a plan file"},
		{"*:outage@10s+6s", "delivery.assign"},
		{"payment.charge:outage@1s+6s", "payment.charge"},

		// What is tried for ever outlasts anything, and an undo nearly so.
		{"payment.refund:outage@10s+109s", ""},
		{"payment.refund:outage@10s+110s", "lasts 1m50s, and the retries of its calls last 1m51.1s, which must be 2s longer: make it at most 1m49.1s, or raise policy.undo_attempts in a plan file"},
		{"loyalty.revoke:outage@10s+100s loyalty.revoke:fail(10)@10%", "after the 10 attempts that other faults use up"},
		{"notification:outage@10s+60s loyalty:outage@10s+60s order:outage@1s+60s", ""},

		// Outages add up when they overlap or no retry need fall between them.
		{"restaurant:outage@10s+3s restaurant:outage@12s+3s", ""},
		{"restaurant:outage@10s+3s restaurant.confirm:outage@12s+4s", "from 10s to 16s lasts 6s"},
		{"restaurant:outage@14s+3s restaurant:outage@10s+3s", "from 10s to 17s lasts 7s"},
		{"restaurant:outage@10s+5s restaurant:outage@11s+1s", ""},
		{"restaurant:outage@10s+5s restaurant:outage@19s+5s", ""},
		{"restaurant:outage@10s+5s payment:outage@15s+5s", ""},

		// Attempts that fail for another reason don't wait for the outage.
		{"restaurant:outage@10s+5s restaurant.confirm:fail(1)@10%", ""},
		{"restaurant:outage@10s+5s restaurant.confirm:fail(2)@10%", "last 6.8s after the 2 attempts that other faults use up, which must be 2s longer: make it at most 4.8s"},
		{"restaurant:outage@10s+5s restaurant.confirm:fail(7)@10%", "drop one of the two"},
		{"restaurant:outage@10s+5s restaurant.confirm:fail(8)@10%", ""},
		{"restaurant:outage@10s+5s restaurant.confirm:slow(4s,2)@10%", "last 6.8s after the 2 attempts"},
		{"restaurant:outage@10s+5s restaurant.confirm:slow(1s,2)@10%", ""},
		{"restaurant:outage@10s+5s payment:fail(5)@10%", ""},
		{"restaurant:outage@10s+5s restaurant.confirm:lose-reply(8)@10%", ""},

		// A call that is always slow is given up after 7.1 s of waits and 8 × 4 s.
		{"restaurant.confirm:slow(37s,8)@10%", ""},
		{"restaurant.confirm:slow(38s,8)@10%", "the effect of restaurant.confirm comes 38s late, and it is given up after 39.1s, which must be 2s later: make it at most slow(37.1s)"},
		{"restaurant.confirm:slow(38s,7)@10%", ""},
		{"loyalty.award:slow(38s,8)@10%", ""},

		// Nor may a fault hold up an order for longer than it is waited for.
		{"loyalty.award:fail(75)@100%", ""},
		{"loyalty.award:fail(80)@100%", "hold up an order for 2m33.1s, and it is waited for 2m30s"},
		{"loyalty.award:slow(5s,25)@1%", ""},
		{"loyalty.award:slow(5s,30)@1%", "hold up an order for"},
		{"loyalty.award:fail(20)@1% notification.mail-confirmed:fail(20)@1%", ""}, // side by side
		{"payment.refund:fail(45)@1% notification.mail-refunded:fail(40)@1%", "hold up an order for 2m36.2s"},
		{"loyalty.revoke:fail(45)@1% notification.mail-escalated:fail(40)@1%", "hold up an order for 2m36.2s"},
		{"*:lose-reply(30)@10%", ""},
		{"*:lose-reply(40)@10%", "hold up an order for"},
		{"restaurant.confirm:slow(4s,7)@1% delivery.assign:slow(4s,7)@1%", ""},
		{"restaurant.confirm:slow(4s,7)@1% delivery.assign:slow(4s,7)@1% payment.refund:fail(50)@1%", "hold up an order for"},

		// Nor by a customer who cancels late.
		{"order:cancel@5%+1m", ""},
		{"order:cancel@5%+1m order:cancel@5%+30s payment.refund:fail(40)@1%", ""},
		{"order:cancel@5%+1m order:cancel@5%+30s payment.refund:fail(50)@1%", "hold up an order for 2m33.1s"},
		{"order:cancel@5%+1m delivery.cancel:fail(40)@1% payment.refund:fail(20)@1%", "hold up an order for"},

		// A planned give-up depends on nothing, and that of an undo is escalated.
		{"delivery.assign:fail(8)@100%", ""},
		{"restaurant.cancel-ticket:fail(60)@10%", ""},
		{"restaurant.cancel-ticket:fail(100)@10%", ""}, // no more than 60 are made

		// A panic is a failure.
		{"restaurant.confirm:panic(7)@10%", ""},
		{"restaurant.confirm:panic(8)@10%", ""},
		{"loyalty.award:panic(9)@10%", ""},
		{"restaurant:outage@10s+5s restaurant.confirm:panic(2)@10%", "last 6.8s after the 2 attempts"},
		{"payment.refund:panic(59)@100%", ""},
		{"payment.refund:panic(60)@100%", ""},

		// A death uses up an attempt, and a pause one for each redelivery besides.
		{"worker:kill@3s", ""},
		{"worker:kill@3s restaurant.confirm:fail(6)@10%", ""},
		{"worker:kill@3s restaurant.confirm:fail(7)@10%", "kills and pauses may use up 1 attempts at restaurant.confirm, and other faults 7, which leaves none of 8"},
		{"worker:kill@3s restaurant.confirm:panic(7)@10%", "which leaves none of 8"},
		{"worker:kill@3s restaurant.confirm:fail(8)@10%", ""}, // given up all the same
		{"worker:kill@3s loyalty.award:fail(7)@10%", ""},
		{"worker:kill@3s loyalty.revoke:fail(58)@10%", ""},
		{"worker:kill@3s loyalty.revoke:fail(59)@10%", "which leaves none of 60: drop one of them, or raise policy.undo_attempts in a plan file"},
		{"server:pause@3s+8s restaurant.confirm:fail(4)@10%", ""},
		{"server:pause@3s+8s restaurant.confirm:fail(5)@10%", "kills and pauses may use up 3 attempts at restaurant.confirm, and other faults 5"},
		{"server:pause@3s+31s", "kills and pauses may use up 8 attempts at payment.charge"},
		{"worker:kill@3s server:kill@3s restaurant.confirm:fail(5)@10%", ""},
		{"worker:kill@3s server:kill@3s restaurant.confirm:fail(6)@10%", "may use up 2 attempts"},
		{"restaurant:outage@10s+5s worker:kill@3s server:kill@3s", "last 6.8s after the 2 attempts that other faults use up"},
		{"restaurant.confirm:slow(16s,8)@10% worker:kill@3s", ""},
		{"restaurant.confirm:slow(17s,8)@10% worker:kill@3s", "the effect of restaurant.confirm comes 34s late"},

		// To one process one thing happens at a time.
		{"worker:pause@3s+2s worker:kill@4s", "worker:kill@4s comes before worker:pause@3s+2s is over, which is at 5s: let it come later"},
		{"worker:kill@3s worker:kill@3500ms", "comes before worker:kill@3s is over, which is at 4s"},
		{"worker:kill@3s worker:kill@4s", ""},
		{"worker:pause@3s+2s server:kill@4s", ""},
	} {
		err := fault.Validate(parse(t, strings.Fields(c.rules)...), food.DefaultPolicy)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.rules, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s:\ngot  %v\nwant %s", c.rules, err, c.want)
		}
	}
}

// How long nothing may happen follows from the rules and from the policy.
func TestQuiet(t *testing.T) {
	quick := food.Policy{Attempts: 8, UndoAttempts: 60, FirstBackoff: 10 * time.Millisecond, MaxBackoff: 100 * time.Millisecond, CallTimeout: 500 * time.Millisecond, Redelivery: time.Second, Concurrency: 8}
	for rules, want := range map[string]time.Duration{
		"":                                  time.Second,
		"restaurant.confirm:refuse@20%":     time.Second,
		"restaurant:outage@1s+2s":           1100 * time.Millisecond,
		"loyalty.award:fail(2)@5%":          1030 * time.Millisecond,
		"loyalty.award:slow(3s)@5%":         1510 * time.Millisecond,
		"worker:kill@1s server:pause@1s+3s": 2100 * time.Millisecond,
		"*:fail(2)@5% loyalty:fail(3)@5%":   1070 * time.Millisecond, // side by side or in turn: there is a row between
	} {
		if got := fault.Quiet(parse(t, strings.Fields(rules)...), quick); got != want {
			t.Errorf("%q: %v, want %v", rules, got, want)
		}
	}
}
