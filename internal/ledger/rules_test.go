package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// A rule is an invariant of the barrier, written as a script: calls on the left, what
// they are answered on the right, and after "rows" what is then recorded.
// "again" marks an answer that was absorbed.
type rule struct {
	invariant string
	script    string
	check     func(ledger.Store) error // for what no script can show

	// Which of the known-bad ledgers surely break it.
	keyless, noBarrier bool
}

var rules = []rule{
	{invariant: "the first outcome wins", keyless: true, script: `
		charge 500       : done 500
		charge 700       : done 500 again
		charge refuse    : done 500 again
		confirm refuse   : refused(no)
		confirm          : refused(no) again
		rows             : charge done 500, confirm refused(no)`},

	{invariant: "an undo takes the amount of what it undoes", keyless: true, script: `
		charge 500       : done 500
		refund 900       : done 500
		refund           : done 500 again
		rows             : charge done 500, refund done 500`},
	{invariant: "an undo before its call blocks it", keyless: true, noBarrier: true, script: `
		refund 500       : done(nothing_to_undo)
		charge 500       : blocked(undone) again
		refund           : done(nothing_to_undo) again
		rows             : charge blocked(undone), refund done(nothing_to_undo)`},
	{invariant: "so does each of the undos", noBarrier: true, script: `
		cancel-ticket    : done(nothing_to_undo)
		revoke           : done(nothing_to_undo)
		rows             : confirm blocked(undone), cancel-ticket done(nothing_to_undo), award blocked(undone), revoke done(nothing_to_undo)`},
	{invariant: "after a refused call there is nothing to undo", script: `
		charge refuse    : refused(no)
		refund 500       : done(nothing_to_undo)
		rows             : charge refused(no), refund done(nothing_to_undo)`},
	{invariant: "after a call was given up there is nothing to undo", script: `
		confirm give-up  : blocked(gave_up)
		cancel-ticket    : done(nothing_to_undo)
		rows             : confirm blocked(gave_up), cancel-ticket done(nothing_to_undo)`},
	{invariant: "a call after its undo stays undone", keyless: true, script: `
		award 23         : done 23
		revoke           : done 23
		award 23         : done 23 again
		rows             : award done 23, revoke done 23`},
	{invariant: "an undo may be refused", script: `
		charge 500       : done 500
		refund refuse    : refused(no)
		refund           : refused(no) again
		rows             : charge done 500, refund refused(no)`},
	{invariant: "an undo may be given up", script: `
		award 23         : done 23
		revoke give-up   : blocked(gave_up)
		revoke           : blocked(gave_up) again
		rows             : award done 23, revoke blocked(gave_up)`},
	{invariant: "of nothing, it is neither", noBarrier: true, script: `
		refund refuse    : done(nothing_to_undo)
		confirm give-up  : blocked(gave_up)
		cancel-ticket give-up : done(nothing_to_undo)
		revoke give-up   : done(nothing_to_undo)
		rows             : charge blocked(undone), refund done(nothing_to_undo), confirm blocked(gave_up), cancel-ticket done(nothing_to_undo), award blocked(undone), revoke done(nothing_to_undo)`},

	{invariant: "a cancellation closes the pivot", keyless: true, noBarrier: true, script: `
		cancel           : done
		assign           : blocked(undone) again
		assign give-up   : blocked(undone)
		cancel           : done again
		rows             : assign blocked(undone), cancel done`},
	{invariant: "after the pivot a cancellation is too late", noBarrier: true, script: `
		assign           : done
		cancel           : blocked(undone)
		rows             : assign done, cancel blocked(undone)`},
	{invariant: "an order that got no partner can be cancelled", script: `
		assign refuse    : refused(no)
		cancel           : done
		rows             : assign refused(no), cancel done`},

	{invariant: "a cancelled order is not confirmed or completed", noBarrier: true, script: `
		status-cancelled : done
		status-confirmed : blocked(undone)
		status-completed : blocked(undone)
		rows             : status-cancelled done, status-confirmed blocked(undone), status-completed blocked(undone)`},
	{invariant: "a completed order is not confirmed or cancelled", noBarrier: true, script: `
		status-completed : done
		status-confirmed : blocked(undone)
		status-cancelled : blocked(undone)`},
	{invariant: "a confirmed order may be completed", script: `
		status-confirmed : done
		status-completed : done`},
	{invariant: "a confirmed order may be cancelled", script: `
		status-confirmed : done
		status-cancelled : done`},
	{invariant: "no good news after the mail that it is cancelled", noBarrier: true, script: `
		mail-cancelled        : done
		mail-confirmed        : blocked(undone)
		mail-partner-assigned : blocked(undone)
		mail-refunded         : done`},
	{invariant: "good news first blocks nothing", script: `
		mail-confirmed        : done
		mail-partner-assigned : done
		mail-refunded         : done
		mail-cancelled        : done`},
	{invariant: "only what is done blocks", script: `
		status-completed : done
		status-cancelled : blocked(undone)
		mail-cancelled refuse : refused(no)
		mail-confirmed   : done`},

	{invariant: "giving up makes an unknown definite", keyless: true, script: `
		assign give-up   : blocked(gave_up)
		assign           : blocked(gave_up) again
		assign give-up   : blocked(gave_up)
		rows             : assign blocked(gave_up)`},
	{invariant: "giving up comes too late for what has a row", keyless: true, script: `
		charge 500       : done 500
		charge give-up   : done 500
		confirm refuse   : refused(no)
		confirm give-up  : refused(no)
		refund           : done 500
		rows             : charge done 500, confirm refused(no), refund done 500`},
	{invariant: "giving up finds the undo", keyless: true, noBarrier: true, script: `
		refund           : done(nothing_to_undo)
		charge give-up   : blocked(undone)`},

	{invariant: "of many repeats at once one writes", keyless: true, check: repeats},
	{invariant: "a late call and a giving up agree", keyless: true, check: race("charge 500", "charge give-up",
		"charge done 500",
		"charge blocked(gave_up)")},
	{invariant: "a call and its undo leave a balance of zero", check: race("charge 500", "refund",
		"charge done 500, refund done 500",
		"charge blocked(undone), refund done(nothing_to_undo)")},
	{invariant: "a cancellation and an assignment agree", check: race("cancel", "assign",
		"assign done, cancel blocked(undone)",
		"assign blocked(undone), cancel done")},
	{invariant: "an order ends in one status", check: race("status-completed", "status-cancelled",
		"status-completed done, status-cancelled blocked(undone)",
		"status-cancelled done, status-completed blocked(undone)")},
}

func TestRules(t *testing.T) {
	everyKind(t, func(t *testing.T, open opener) {
		s := open(ledger.Options{})
		for i, r := range rules {
			t.Run(r.invariant, func(t *testing.T) {
				if err := r.run(s, fmt.Sprintf("o-%d", i)); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// The suite must be able to fail: the known-bad ledgers break the rules that
// they were made to break, and each rule with a mark breaks.
func TestKnownBadLedgersBreakTheRules(t *testing.T) {
	for name, bad := range map[string]struct {
		options ledger.Options
		breaks  func(rule) bool
	}{
		"keyless":    {ledger.Options{Keyless: true}, func(r rule) bool { return r.keyless }},
		"no barrier": {ledger.Options{NoBarrier: true}, func(r rule) bool { return r.noBarrier }},
	} {
		t.Run(name, func(t *testing.T) {
			everyKind(t, func(t *testing.T, open opener) {
				s := open(bad.options)
				for i, r := range rules {
					if err := r.run(s, fmt.Sprintf("o-%d", i)); bad.breaks(r) && err == nil {
						t.Errorf("%q holds in a ledger that cannot keep it", r.invariant)
					}
				}
			})
		})
	}
}

// A ledger that repeats everything still has one idea of what came first.
func TestKeylessLedgerRefundsTheFirstCharge(t *testing.T) {
	r := rule{script: `
		charge 500 : done 500
		charge 700 : done 700
		refund     : done 500
		refund     : done 500
		rows       : charge done 500, charge done 700, refund done 500, refund done 500`}
	everyKind(t, func(t *testing.T, open opener) {
		if err := r.run(open(ledger.Options{Keyless: true}), "o"); err != nil {
			t.Error(err)
		}
	})
}

func (r rule) run(s ledger.Store, order string) error {
	if r.check != nil {
		return r.check(s)
	}
	for line := range strings.Lines(strings.TrimSpace(r.script)) {
		what, want, _ := strings.Cut(strings.TrimSpace(line), ":")
		what, want = strings.TrimSpace(what), strings.TrimSpace(want)
		got, err := play(s, order, what)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	return nil
}

// play makes the call that a line of a script names and returns its answer.
func play(s ledger.Store, order, what string) (answer string, err error) {
	if what == "rows" {
		return recorded(s, order)
	}
	action, how, _ := strings.Cut(what, " ")
	c, p := call(order, food.Action(action)), done(0)
	switch how {
	case "":
	case "give-up":
		row, err := s.GiveUp(context.Background(), c)
		return describe(row), err
	case "refuse":
		p = food.Proposal{Outcome: food.Refused, Reason: "no"}
	default:
		amount, err := strconv.Atoi(how)
		if err != nil {
			return "", err
		}
		p = done(food.Cents(amount))
	}
	row, absorbed, err := s.Do(context.Background(), c, p)
	answer = describe(row)
	if absorbed {
		answer += " again"
	}
	return answer, err
}

func describe(r food.Row) string {
	text := string(r.Outcome)
	if r.Reason != "" {
		text += "(" + r.Reason + ")"
	}
	if r.Amount != 0 {
		text += fmt.Sprintf(" %d", r.Amount)
	}
	return text
}

// recorded lists the rows of an order.
func recorded(s ledger.Store, order string) (string, error) {
	all, err := rowsOf(s)
	return byOrder(all)[order], err
}

func byOrder(rows []food.Row) map[string]string {
	text := map[string]string{}
	for _, r := range rows {
		if text[r.Order] != "" {
			text[r.Order] += ", "
		}
		text[r.Order] += string(r.Action) + " " + describe(r)
	}
	return text
}

// repeats makes the same call from many goroutines.
func repeats(s ledger.Store) error {
	const callers = 64
	var rows [callers]food.Row
	var absorbed [callers]bool
	var errs [callers]error
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			c := call("repeats", food.Charge)
			c.Attempt = i + 1
			rows[i], absorbed[i], errs[i] = s.Do(context.Background(), c, done(food.Cents(i+1)))
		})
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	wrote := 0
	for i, row := range rows {
		if row != rows[0] {
			return fmt.Errorf("one caller was answered with %+v, another with %+v", rows[0], row)
		}
		if absorbed[i] {
			continue
		}
		if wrote++; row.Attempt != i+1 {
			return fmt.Errorf("attempt %d wrote a row that names attempt %d", i+1, row.Attempt)
		}
	}
	if wrote != 1 {
		return fmt.Errorf("%d of %d callers wrote, want 1", wrote, callers)
	}
	return nil
}

// race makes two calls at once for many orders and checks that the rows of each
// are one of those that the two can leave behind.
func race(one, other string, either ...string) func(ledger.Store) error {
	return func(s ledger.Store) error {
		const orders = 200
		var wg sync.WaitGroup
		var errs [2 * orders]error
		name := func(i int) string { return fmt.Sprintf("%s-%d", strings.ReplaceAll(one+"-"+other, " ", "-"), i) }
		for i := range orders {
			calls := [2]string{one, other}
			for j := range calls { // each starts first half of the time
				wg.Go(func() { _, errs[2*i+j] = play(s, name(i), calls[(i+j)%2]) })
			}
		}
		wg.Wait()
		all, err := rowsOf(s)
		if err := errors.Join(append(errs[:], err)...); err != nil {
			return err
		}
		rows := byOrder(all)
		for i := range orders {
			if got := rows[name(i)]; !slices.Contains(either, got) {
				return fmt.Errorf("%s against %s: got %q, want one of %q", one, other, got, either)
			}
		}
		return nil
	}
}
