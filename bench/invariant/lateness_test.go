package invariant_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// slowly lets all of an order take so many times as long.
func slowly(h *invariant.History, times float64) {
	for i := range h.Calls {
		h.Calls[i].At *= times
	}
	for i := range h.Rows {
		h.Rows[i].At, h.Rows[i].Committed = times*h.Rows[i].At, times*h.Rows[i].Committed
	}
}

// Retries are late as a rule: half a back-off is allowed, where the machine has time.
func TestLateRetries(t *testing.T) {
	const rule = "loyalty.award:lose-reply@100%"
	for _, c := range []struct {
		name   string
		orders int
		after  float64 // ms after the fault
		slow   float64 // how many times as long all takes
		death  float64 // when a server was down for 100 ms; 0 for never
		broken bool
	}{
		{"on time", 20, 103, 1, 0, false},
		{"half a back-off late, and two hops", 20, 155, 1, 0, false},
		{"back-off doubled", 20, 200, 1, 0, true},
		{"too few to say", 4, 200, 1, 0, false},
		{"where every call is late", 20, 200, 4, 0, false},
		{"where every call is late, on an idle machine", 20, 400, 20, 0, true},
		{"over a death", 20, 200, 1, 150, false},
		{"soon after a death", 20, 200, 1, -4700, false},
		{"long after a death", 20, 200, 1, -5000, true},
		{"longer than a death excuses", 20, 7000, 1, -4700, true},
	} {
		cell := planned()
		if c.death != 0 {
			died("server", c.death, c.death+100)(nil, &cell)
		}
		var all []invariant.History
		for i := range c.orders {
			h := play(fmt.Sprintf("o%d", i), 1190, "", "", first)
			slowly(&h, c.slow)
			both(hit("award", "lose-reply", rule), again("award", 1+c.after))(&h, &cell)
			all = append(all, h)
		}
		got := judge(cell, all)
		if fired := strings.Join(broken(got.Counts), " "); (fired == "on-time") != c.broken || !c.broken && fired != "" {
			t.Errorf("%s: fired %q: %v", c.name, fired, got.Violations)
		}
		if shaken := c.death > -5000 && c.death != 0; shaken && len(got.Retries) == 0 {
			continue
		}
		if r := got.Retries; len(r) != 1 || r[0].N != c.orders || r[0].Backoff != 100 || r[0].P50 != c.after-100 {
			t.Errorf("%s: %+v", c.name, r)
		}
		if n := len(got.Late); n != c.orders || math.Abs(got.Late[n/2]-(c.after-100)) > 0.001 {
			t.Errorf("%s: all retries were late by %v", c.name, got.Late)
		}
	}
}

// A call that nothing holds up comes within a second, in all but a few orders.
func TestLateFirstCalls(t *testing.T) {
	for _, c := range []struct {
		name   string
		orders int
		by     float64
		edit   func(*record.Cell)
		broken bool
	}{
		{"a second", 20, 990, func(*record.Cell) {}, false},
		{"more", 20, 1010, func(*record.Cell) {}, true},
		{"more, in a few orders", 4, 1010, func(*record.Cell) {}, false},
		{"more, on a busy machine", 20, 1010, func(c *record.Cell) { *c.Busy = 0.6 }, false},
		{"more, where calls queue by plan", 20, 1010, func(c *record.Cell) { c.Concurrency, c.ServiceTime = 1, "30ms" }, false},
		{"more, where the service's calls queue by plan", 20, 1010, func(c *record.Cell) { c.Concurrency, c.ServiceTime = 1, "notification=30ms" }, false},
		{"more, where one of them does", 20, 1010, func(c *record.Cell) { c.Concurrency, c.ServiceTime = 1, "notification.mail-confirmed=30ms" }, false},
		{"more, where another service's calls queue by plan", 20, 1010, func(c *record.Cell) { c.Concurrency, c.ServiceTime = 1, "payment.charge=30ms" }, true},
		{"more, where calls only take time", 20, 1010, func(c *record.Cell) { c.ServiceTime = "30ms" }, true},
		{"more, where few calls are made at a time", 20, 1010, func(c *record.Cell) { c.Concurrency = 1 }, true},
		{"more, over a death", 20, 1010, func(c *record.Cell) { died("server", 500, 600)(nil, c) }, false},
		{"more, soon after a death", 20, 1010, func(c *record.Cell) { died("server", -4900, -4800)(nil, c) }, false},
		{"more, long after a death", 20, 1010, func(c *record.Cell) { died("server", -5900, -5800)(nil, c) }, true},
	} {
		cell := planned()
		c.edit(&cell)
		var all []invariant.History
		for i := range c.orders {
			h := play(fmt.Sprintf("o%d", i), 1190, "", "", first)
			for k := range h.Calls {
				if h.Calls[k].Action == "mail-partner-assigned" {
					h.Calls[k].At = h.Rows[find(h.Rows, "assign")].Committed + c.by
					rowAt("mail-partner-assigned", h.Calls[k].At+1)(&h, nil)
				}
			}
			all = append(all, h)
		}
		if fired := strings.Join(broken(judge(cell, all).Counts), " "); (fired == "on-time") != c.broken || !c.broken && fired != "" {
			t.Errorf("%s: fired %q", c.name, fired)
		}
	}
}

// A retry of what was slow by plan is due when it has timed out.
func TestRetriesOfSlowCalls(t *testing.T) {
	const rule = "loyalty.award:slow(6s)@100%"
	for _, c := range []struct {
		after  float64
		broken bool
	}{{4101, false}, {4500, true}, {5000, true}} {
		cell := planned()
		var all []invariant.History
		for i := range 9 {
			h := play(fmt.Sprintf("o%d", i), 1190, "", "", first)
			both(hit("award", "slow", rule), again("award", c.after), rowAt("award", 7000))(&h, &cell)
			all = append(all, h)
		}
		if fired := strings.Join(broken(judge(cell, all).Counts), " "); (fired == "on-time") != c.broken || !c.broken && fired != "" {
			t.Errorf("after %v ms: fired %q", c.after, fired)
		}
	}
}
