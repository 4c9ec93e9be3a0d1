package fault_test

import (
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

// The default policy's retries last 7.1 s: 0.1, 0.2, 0.4, 0.8, 1.6, 2 and 2 s.
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

		// What is tried for ever outlasts anything.
		{"payment.refund:outage@10s+60s", ""},
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
		{"payment.refund:fail(25)@100%", ""},
		{"payment.refund:fail(30)@100%", "hold up an order for 53.1s, and it is waited for 50s"},
		{"loyalty.award:slow(5s,7)@1%", ""},
		{"loyalty.award:slow(5s,10)@1%", "hold up an order for"},
		{"loyalty.award:fail(20)@1% notification.mail-confirmed:fail(20)@1%", ""}, // side by side
		{"payment.refund:fail(20)@1% notification.mail-refunded:fail(20)@1%", "hold up an order for 1m6.2s"},
		{"*:lose-reply(8)@10%", ""},
		{"*:lose-reply(12)@10%", "hold up an order for"},
		{"restaurant.confirm:slow(4s,7)@1% delivery.assign:slow(4s,7)@1%", "hold up an order for"},

		// A planned give-up depends on nothing.
		{"delivery.assign:fail(8)@100%", ""},
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
