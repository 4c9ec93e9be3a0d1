package invariant_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// A trace is an order with calls, faults and deaths that are edited; rows alone
// would not show what is wrong with it. The named invariants must notice, and
// no other.
type trace struct {
	name    string
	no, how string
	edit    func(*invariant.History, *record.Cell)
	fires   string
	why     string // in the first violation
}

// again makes a call of an action once more, so many ms after it was made, as the next attempt.
func again(action string, after float64) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, _ *record.Cell) {
		i := slices.IndexFunc(h.Calls, func(c record.Call) bool { return c.Action == action })
		c := h.Calls[i]
		c.At += after
		c.Attempt++
		h.Calls = append(h.Calls, c)
	}
}

// hit notes a fault that hit the first call of an action, one ms after it was made.
func hit(action, kind, rule string) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, cell *record.Cell) {
		i := slices.IndexFunc(h.Calls, func(c record.Call) bool { return c.Action == action })
		c := h.Calls[i]
		h.Faults = append(h.Faults, record.Fault{Order: c.Order, Service: c.Service, Action: action, Attempt: c.Attempt, Kind: kind, Rule: rule, At: moment(c.At + 1)})
		if !slices.Contains(cell.Faults, rule) {
			cell.Faults = append(cell.Faults, rule)
		}
	}
}

// died notes a death of a process in a time.
func died(role string, from, to float64) func(*invariant.History, *record.Cell) {
	return func(_ *invariant.History, c *record.Cell) {
		rule := role + ":kill@1s"
		c.Faults = append(c.Faults, rule)
		c.Deaths = append(c.Deaths, record.Death{Rule: rule, Role: role, From: from, To: to})
	}
}

func both(edits ...func(*invariant.History, *record.Cell)) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, c *record.Cell) {
		for _, edit := range edits {
			edit(h, c)
		}
	}
}

func rows(edit func(*invariant.History)) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, _ *record.Cell) { edit(h) }
}

// rowAt moves a row in time.
func rowAt(action string, at float64) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, _ *record.Cell) {
		r := &h.Rows[find(h.Rows, action)]
		r.At, r.Committed = at, max(at, r.Committed)
	}
}

// callAt moves the only call of an action, and its row, in time.
func callAt(action string, at float64) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, c *record.Cell) {
		for i := range h.Calls {
			if h.Calls[i].Action == action {
				h.Calls[i].At = at
			}
		}
		rowAt(action, at+1)(h, c)
	}
}

var traces = []trace{
	// Calls that are made again for a reason.
	{"a lost reply", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 101)), "", ""},
	{"a timeout", "", "", both(again("award", 4100), rowAt("award", 4200)), "", ""},
	{"a redelivery", "", "", both(again("award", 5000), rowAt("award", 5100)), "", ""},
	{"a death of the worker", "", "", both(died("worker", 30, 300), again("award", 300)), "", ""},

	// And for none.
	{"made twice", "", "", again("award", 3), "calls-explained", "award was called again after 3.0 ms (attempt 2 after 1), for no reason"},
	{"made again by the redelivery clock, though it was answered", "", "", again("award", 5000), "calls-explained", "award was called again after 5000.0 ms"},
	{"attempt 0", "", "", rows(func(h *invariant.History) {
		set("award", func(e *record.Effect) { e.Attempt = 0 })(h)
		for i := range h.Calls {
			if h.Calls[i].Action == "award" {
				h.Calls[i].Attempt = 0
			}
		}
	}), "calls-explained", "award was first called as attempt 0"},
	{"made twice, long before its timeout", "", "", again("award", 3900), "calls-explained", "for no reason"},
	{"made twice, before a death", "", "", both(died("worker", 300, 500), again("award", 30)), "calls-explained", "for no reason"},
	{"the same attempt again", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 101), rows(func(h *invariant.History) {
		h.Calls[len(h.Calls)-1].Attempt = 1
	})), "faults-as-drawn calls-explained", "attempt 1 at award was drawn for loyalty.award:lose-reply@100% and did not meet it"},
	{"an attempt lost by the redelivery clock", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 5200), lastAs(3)), "", ""},
	{"an attempt lost by nothing", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 4900), lastAs(3)), "calls-explained", "award was called as attempt 3 after attempt 1"},
	{"two attempts lost, and time for one", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 5200), lastAs(4)), "calls-explained", "award was called as attempt 4 after attempt 1"},
	{"a row without a call", "", "", rows(func(h *invariant.History) {
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Action == "award" })
	}), "calls-explained", "award done 11 points comes from no call"},
	{"a row before its call", "", "", rowAt("award", 1), "calls-explained", "comes from no call"},
	{"a row of another attempt", "", "", rows(set("award", func(e *record.Effect) { e.Attempt = 2 })), "calls-explained", "comes from no call"},

	{"left at a lost reply", "", "", hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), "calls-explained", "attempt 1 at award had no answer, and it was not made again"},
	{"left at a failure", "", "", hit("award", "fail", "loyalty.award:fail(1)@100%"), "calls-explained", "had no answer"},
	{"left at a timeout", "", "", both(hit("award", "slow", "loyalty.award:slow(6s)@100%"), rowAt("award", 6100)), "calls-explained", "had no answer"},
	{"slow, and answered in time", "", "", both(hit("award", "slow", "loyalty.award:slow(1s)@100%"), rowAt("award", 1100)), "", ""},
	{"done again long after it was answered, because of a death", "", "", both(died("worker", 9000, 9300), again("award", 9400)), "calls-explained", "award was called again after 9400.0 ms"},
	{"paused, and both deliveries made after it", "", "", both(died("worker", 20, 5200), rows(func(h *invariant.History) {
		for i := range h.Calls {
			if h.Calls[i].Action == "award" {
				h.Calls[i].At = 5210
			}
		}
	}), again("award", 5), rowAt("award", 5300)), "", ""},
	{"committed before it was called for", "", "", rows(set("award", func(e *record.Effect) { e.Committed -= 50 })), "calls-explained", "comes from no call"},

	// Back-off.
	{"too early", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 98)), "on-time", "award was tried again 3.0 ms before its back-off was over"},
	{"a clock's error early", "", "", both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 99.5)), "", ""},

	// A dead worker's call.
	{"after the redelivery clock", "", "", both(died("worker", 38, 300), again("award", 5900), rowAt("award", 6000)), "", ""},
	{"long after the redelivery clock", "", "", both(died("worker", 38, 300), again("award", 6300), rowAt("award", 6500)), "on-time", "was made again after a death 200 ms later"},

	// A first call that a death may have held up: twice the clock and a second.
	{"held up by a death", "", "", both(died("worker", 30, 300), callAt("mail-partner-assigned", 11_200)), "", ""},
	{"held up by a death for too long", "", "", both(died("worker", 30, 300), callAt("mail-partner-assigned", 11_500)), "on-time", "mail-partner-assigned came 200 ms later than a death"},

	// The lottery.
	{"not drawn", "", "", hit("confirm", "slow", "restaurant.confirm:slow(1s)@0.0001%"), "faults-as-drawn", "attempt 1 at confirm met restaurant.confirm:slow(1s)@0.0001%, for which it was not drawn"},
	{"drawn and not met", "", "", func(_ *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "restaurant.confirm:slow(1s)@100%")
	},
		"faults-as-drawn", "attempt 1 at confirm was drawn for restaurant.confirm:slow(1s)@100% and did not meet it"},
	{"drawn, and died over it", "", "", both(died("worker", 30, 300), func(_ *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "restaurant.confirm:slow(1s)@100%")
	}), "", ""},
	{"met without a call", "", "", rows(func(h *invariant.History) {
		h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Action: "refund", Attempt: 1, Kind: "fail", Rule: ruleFor("charge", "gave_up")})
	}), "faults-as-drawn", "hit attempt 1 at refund, which was not made"},
	{"an outage not met", "", "", func(_ *invariant.History, c *record.Cell) { c.Faults = append(c.Faults, "loyalty:outage@0s+10s") }, "", ""}, // within 100 ms of its start
	{"an outage slept through", "", "", both(func(h *invariant.History, c *record.Cell) {
		c.Begin, h.Order.Warmup = -200, true
		c.Faults = append(c.Faults, "loyalty:outage@0s+10s")
	}), "faults-as-drawn", "was drawn for loyalty:outage@0s+10s and did not meet it"},
	{"two lost replies at once", "", "", func(h *invariant.History, c *record.Cell) {
		both(hit("award", "lose-reply", "loyalty.award:lose-reply@100%"), again("award", 101))(h, c)
		c.Faults = append(c.Faults, "loyalty:lose-reply@100%")
	}, "", ""},
	{"an outage met after a stall", "", "", both(hit("award", "outage", "loyalty:outage@300ms+50ms"), rows(func(h *invariant.History) {
		h.Faults[0].At = moment(310)
	}), again("award", 380), rowAt("award", 420)), "", ""},
	{"an outage out of its time", "", "", both(hit("award", "outage", "loyalty:outage@5s+1s"), again("award", 101)), "faults-as-drawn", "for which it was not drawn"},

	{"resubmitted as drawn", "", "", func(h *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "order:resubmit@100%")
		h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Service: "order", Kind: "resubmit", Rule: "order:resubmit@100%", Attempt: 1, At: began})
	}, "", ""},
	{"drawn and not resubmitted", "", "", func(_ *invariant.History, c *record.Cell) { c.Faults = append(c.Faults, "order:resubmit@100%") },
		"faults-as-drawn", "the customer did resubmit: false, and order:resubmit@100% drew the opposite"},
	{"resubmitted and not drawn", "", "", func(h *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "order:resubmit@0.0001%")
		h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Service: "order", Kind: "resubmit", Rule: "order:resubmit@0.0001%", Attempt: 1, At: began})
	}, "faults-as-drawn", "the customer did resubmit: true"},

	{"cancelled as drawn", "cancel", "", nothing, "", ""},
	{"cancelled too early", "cancel", "", rows(func(h *invariant.History) { h.Order.Accept = 5 }), "faults-as-drawn", "the customer cancelled 4.0 ms before order:cancel@10%+2ms is due"},
	{"cancelled by no customer", "cancel", "", rows(func(h *invariant.History) { h.Faults = nil }), "faults-as-drawn", "the customer did cancel: false, and order:cancel@10%+2ms drew the opposite"},
	{"cancelled and not drawn", "cancel", "", func(_ *invariant.History, c *record.Cell) {
		c.Faults[slices.Index(c.Faults, cancelled)] = "order:cancel@0.0001%+2ms"
	}, "faults-as-drawn", "attempt 1 at cancel was made, and the customer had not asked for it"},
	{"asked for and not drawn", "cancel", "", func(h *invariant.History, c *record.Cell) {
		c.Faults[slices.Index(c.Faults, cancelled)] = "order:cancel@0.0001%+2ms"
		h.Faults[0].Rule = "order:cancel@0.0001%+2ms"
	}, "faults-as-drawn", "the customer did cancel: true, and order:cancel@0.0001%+2ms drew the opposite"},
	{"cancelled before it was asked for", "cancel", "", rows(func(h *invariant.History) { h.Faults[0].At = moment(40) }), "faults-as-drawn", "attempt 1 at cancel was made, and the customer had not asked for it"},
	{"a cancellation without a call", "", "", func(h *invariant.History, c *record.Cell) {
		insert("mail-confirmed", "cancel", 0)(h)
		block("cancel")(h)
		h.Rows[find(h.Rows, "cancel")].At = h.Rows[find(h.Rows, "assign")].At
		h.Rows[find(h.Rows, "cancel")].Committed = h.Rows[find(h.Rows, "assign")].At
	}, "faults-as-drawn calls-explained", "cancel blocked (undone) is there, and the customer had not asked for it"},
	{"cancelled by the later of two rules", "cancel", "", func(_ *invariant.History, c *record.Cell) { c.Faults = append(c.Faults, "order:cancel@100%+1ms") },
		"faults-as-drawn", "the customer did cancel: true, and order:cancel@10%+2ms drew the opposite"},
	{"cancelled by the earlier of two rules", "cancel", "", func(_ *invariant.History, c *record.Cell) { c.Faults = append(c.Faults, "order:cancel@100%+3ms") }, "", ""},
	{"drawn, and not known to be accepted", "", "", func(h *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "order:cancel@100%+3ms")
		h.Order.Accept = math.NaN()
	}, "", ""},
	{"asked for, and no call came of it", "", "", func(h *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "order:cancel@100%+3ms")
		h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Service: "order", Kind: "cancel", Rule: "order:cancel@100%+3ms", Attempt: 1, At: moment(4)})
	}, "settles", "completed lacks maybe cancel"},

	// What two things call for is called for by each, and no more often.
	{"refunded for a refusal and a cancellation", "cancel confirm", "refused", nothing, "", ""},
	{"called for by both, each tried again", "cancel confirm", "refused", twoSeries("refund", 3, 3, 0), "", ""},
	{"called for by both, one left at a failure", "cancel confirm", "refused", twoSeries("refund", 3, 2, 0), "calls-explained", "attempt 2 at refund had no answer, and it was not made again"},
	{"called for by both, one tried again early", "cancel confirm", "refused", twoSeries("refund", 3, 3, -40), "on-time", "refund was tried again"},
	{"called for by both, one after the other had failed", "cancel confirm", "refused", both(rows(func(h *invariant.History) {
		at := 31.0
		for i := range h.Calls {
			if h.Calls[i].Action == "refund" {
				h.Calls[i].At = at
				at += 109
			}
		}
	}), twoSeries("refund", 3, 3, 0), rows(func(h *invariant.History) {
		h.Rows[find(h.Rows, "confirm")].Committed = 130
		seen := map[string]bool{} // the others are called for once here
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool {
			again := seen[c.Action]
			seen[c.Action] = c.Action != "refund"
			return again
		})
	})), "", ""},
	{"called for by both, and made before the second did", "cancel confirm", "refused", rows(func(h *invariant.History) {
		at := 31.0
		for i := range h.Calls {
			if h.Calls[i].Action == "refund" {
				h.Calls[i].At = at
				at += 3
			}
		}
	}), "calls-explained", "refund was called again after 3.0 ms"},
	{"mailed twice, for a refund that was called for by both", "cancel confirm", "refused", once(again("mail-refunded", 30)), "", ""},
	{"mailed three times, for a refund that was called for by both", "cancel confirm", "refused", both(once(again("mail-refunded", 30)), once(again("mail-refunded", 60))), "calls-explained", "for no reason"},
	{"called for by two, and made three times", "cancel confirm", "refused", once(again("refund", 25)), "calls-explained", "(attempt 1 after 1), for no reason"},

	// A cancelled order's call that failed need not be made again.
	{"left at a failure, and cancelled", "cancel", "", both(hit("award", "fail", "loyalty.award:fail(1)@100%")), "", ""},

	{"left at a failure, long before it was cancelled", "cancel", "", both(hit("award", "fail", "loyalty.award:fail(1)@100%"), rowAt("cancel", 10_000)), "calls-explained", "attempt 1 at award had no answer"},

	// How undos end.
	{"an undo refused and not drawn", "confirm refund", "refused", func(h *invariant.History, c *record.Cell) {
		c.Faults = slices.DeleteFunc(c.Faults, func(r string) bool { return r == ruleFor("refund", "refused") })
		h.Faults = h.Faults[:1]
	}, "ends-as-drawn", "refund is refused, and was drawn to be done"},
	{"an undo drawn to be refused, and done", "confirm refund", "refused", rows(func(h *invariant.History) {
		set("refund", func(e *record.Effect) { e.Outcome, e.Reason, e.Amount = "done", "", 1190 })(h)
		set("mail-escalated", func(e *record.Effect) { e.Action = "mail-refunded" })(h)
		for i := range h.Calls {
			if h.Calls[i].Action == "mail-escalated" {
				h.Calls[i].Action = "mail-refunded"
			}
		}
	}), "ends-as-drawn", "refund is done, and was drawn to be refused"},
	{"an undo given up early", "assign cancel-ticket", "gave_up", rows(func(h *invariant.History) {
		set("cancel-ticket", func(e *record.Effect) { e.Attempt = 8 })(h)
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Attempt > 8 })
		h.Faults = slices.DeleteFunc(h.Faults, func(f record.Fault) bool { return f.Attempt > 8 })
	}), "ends-as-drawn", "cancel-ticket was given up after attempt 8 of 10"},
	{"an undo drawn to be refused, and nothing to undo", "cancel charge", "refused", func(h *invariant.History, c *record.Cell) {
		c.Faults = append(c.Faults, "payment.refund:refuse@100%")
		hit("refund", "refuse", "payment.refund:refuse@100%")(h, c)
	}, "", ""},

	// How deciding calls end.
	{"refused and done all the same", "confirm", "refused", rows(func(h *invariant.History) {
		good := play("good", 1190, "", "", first)
		for i := range good.Rows {
			good.Rows[i].Order, good.Rows[i].For = h.Order.ID, strings.ReplaceAll(good.Rows[i].For, "good", "victim")
		}
		h.Rows, h.Order.Outcome = good.Rows, "completed"
		faults := h.Faults
		h.Faults = nil
		clock(h)
		h.Faults = faults
	}), "ends-as-drawn", "confirm is done, and was drawn to be refused"},
	{"refused though not drawn", "confirm", "refused", func(h *invariant.History, c *record.Cell) {
		c.Faults = slices.DeleteFunc(c.Faults, func(r string) bool { return r == ruleFor("confirm", "refused") })
		h.Faults = nil
	}, "ends-as-drawn", "confirm is refused, and was drawn to be done"},
	{"given up without a failure", "confirm", "gave_up", func(h *invariant.History, c *record.Cell) {
		c.Faults = slices.DeleteFunc(c.Faults, func(r string) bool { return r == ruleFor("confirm", "gave_up") })
		h.Faults = nil
	}, "ends-as-drawn calls-explained", "confirm is gave_up, and was drawn to be done"},
	{"given up one attempt early", "confirm", "gave_up", rows(func(h *invariant.History) {
		set("confirm", func(e *record.Effect) { e.Attempt = 7 })(h)
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Attempt == 8 })
		h.Faults = slices.DeleteFunc(h.Faults, func(f record.Fault) bool { return f.Attempt == 8 })
	}), "ends-as-drawn", "confirm was given up after attempt 7 of 8"},
	{"given up after two failures", "confirm", "gave_up", func(h *invariant.History, c *record.Cell) {
		set("confirm", func(e *record.Effect) { e.Attempt = 2 })(h)
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Attempt > 2 })
		h.Faults = slices.DeleteFunc(h.Faults, func(f record.Fault) bool { return f.Attempt > 2 })
	}, "ends-as-drawn", "confirm was given up after attempt 2 of 8"},
}

func TestTraces(t *testing.T) {
	for _, c := range traces {
		t.Run(c.name, func(t *testing.T) {
			cell, h := planned(), play("victim", 1190, c.no, c.how, first)
			c.edit(&h, &cell)
			got := judge(cell, []invariant.History{h})
			if fired := strings.Join(broken(got.Counts), " "); fired != c.fires {
				t.Fatalf("fired %q, want %q: %v", fired, c.fires, got.Violations)
			}
			if c.fires != "" && !strings.Contains(got.Violations[0].Detail, c.why) {
				t.Errorf("%s, want %s", got.Violations[0].Detail, c.why)
			}
			if wrong := misfits(got.Counts); len(wrong) > 0 {
				t.Errorf("%+v", wrong)
			}
		})
	}
}

func nothing(*invariant.History, *record.Cell) {}

// lastAs numbers the last call.
func lastAs(attempt int) func(*invariant.History, *record.Cell) {
	return rows(func(h *invariant.History) { h.Calls[len(h.Calls)-1].Attempt = attempt })
}

// once leaves the attempt of a call that was made again as it was.
func once(edit func(*invariant.History, *record.Cell)) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, c *record.Cell) {
		edit(h, c)
		h.Calls[len(h.Calls)-1].Attempt = 1
		slices.SortStableFunc(h.Calls, func(a, b record.Call) int { return int(a.At - b.At) })
	}
}

// twoSeries lets two calls of an action fail so often, each after what called for it, and
// then be answered. The second attempts of the second come later by so many ms.
func twoSeries(action string, failed1, failed2 int, later float64) func(*invariant.History, *record.Cell) {
	return func(h *invariant.History, c *record.Cell) {
		rule := fmt.Sprintf("%s.%s:fail(3)@100%%", doers[action], action)
		c.Faults = append(c.Faults, rule)
		var made []record.Call
		for _, call := range h.Calls {
			if call.Action == action {
				made = append(made, call)
			}
		}
		h.Calls = slices.DeleteFunc(h.Calls, func(c record.Call) bool { return c.Action == action })
		end := 0.0
		for i, failed := range []int{failed1, failed2} {
			one, wait := made[i], retry.FirstBackoff
			for n := 1; n <= 4; n++ {
				one.Attempt = n
				if n == 2 && i == 1 {
					one.At += later
				}
				h.Calls = append(h.Calls, one)
				if n <= failed && n <= 3 {
					h.Faults = append(h.Faults, record.Fault{Order: h.Order.ID, Service: one.Service, Action: action, Attempt: n, Kind: "fail", Rule: rule, At: moment(one.At + 1)})
				}
				if n == failed && n < 3 {
					break
				}
				end = max(end, one.At)
				one.At += 1 + wait
				wait *= 2
			}
		}
		set(action, func(e *record.Effect) { e.Attempt = 4 })(h)
		rowAt(action, end+1)(h, c)
		slices.SortStableFunc(h.Calls, func(a, b record.Call) int { return int(a.At - b.At) })
	}
}
