package checks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// A handlerCase is a handler that takes three steps in some order, and dies.
type handlerCase struct {
	steps string // "call", "publish" and "ack" by their first letters
	after int    // steps after which it dies; len(steps): it does not
	open  bool   // the kitchen confirms
}

// The fates of an order at such a handler.
const (
	ends   = "ends"
	stands = "stands still"
	untrue = "is reported wrongly"
)

// fate plays the case. What has no ack comes again, and then the handler does not die.
// One that publishes before it has called can only publish that the kitchen confirmed.
func (c handlerCase) fate() string {
	called, published, acked := false, false, false
	confirmed := false // what was published is that the kitchen confirmed
	for _, steps := range []string{c.steps[:c.after], c.steps} {
		if acked {
			break
		}
		for _, step := range steps {
			switch step {
			case 'c':
				called = true
			case 'p':
				confirmed = confirmed || !strings.Contains(steps[:strings.IndexRune(steps, step)], "c") || c.open
				published = true
			case 'a':
				acked = true
			}
		}
	}
	switch {
	case !published:
		return stands
	case confirmed && !(called && c.open):
		return untrue
	}
	return ends
}

// text is the case as a line of a table.
func (c handlerCase) text() string {
	words := map[rune]string{'c': "call", 'p': "publish", 'a': "ack"}
	var steps []string
	for _, s := range c.steps {
		steps = append(steps, words[s])
	}
	kitchen, dies := "confirms", "never"
	if !c.open {
		kitchen = "refuses"
	}
	if c.after < len(c.steps) {
		dies = "right after its " + words[rune(c.steps[c.after-1])]
	}
	return fmt.Sprintf("%-20s | %-11s | %s", strings.Join(steps, ", "), kitchen, dies)
}

// handlerCases are all that differ: a handler that does not die is of interest where the
// kitchen refuses.
func handlerCases() (all []handlerCase) {
	for _, steps := range []string{"cpa", "cap", "pca", "pac", "acp", "apc"} {
		for after := 1; after <= 3; after++ {
			for _, open := range []bool{true, false} {
				if after < 3 || !open {
					all = append(all, handlerCase{steps, after, open})
				}
			}
		}
	}
	return all
}

// A cancelCase is a workflow whose order is taken back.
type cancelCase struct {
	before   bool   // an undo is registered before its step, and dropped by a definite no
	detached bool   // undos are made on a detached context
	during   string // the call that was under way when the customer cancelled
	refused  bool   // no customer cancels, and that call is refused
}

// left is what is left of the order when the call that was under way has taken effect.
func (c cancelCase) left() (money, ticket bool) {
	charged, confirmed := true, c.during != "charge"
	if c.refused { // nothing is under way, and no context is cancelled
		return false, false
	}
	switch c.during {
	case "charge":
		return !(c.detached && c.before), false
	case "confirm":
		return !c.detached, !(c.detached && c.before)
	}
	return charged && !c.detached, confirmed && !c.detached
}

func (c cancelCase) text() string {
	when, on := "after its step, if done", "ctx"
	if c.before {
		when = "before its step"
	}
	if c.detached {
		on = "detached"
	}
	what := "the customer cancels during " + c.during
	if c.refused {
		what = c.during + " is refused"
	}
	return fmt.Sprintf("%-23s | %-13s | %s", when, on, what)
}

func cancelCases() (all []cancelCase) {
	for _, before := range []bool{true, false} {
		for _, detached := range []bool{true, false} {
			for _, during := range []string{"charge", "confirm", "assign"} {
				all = append(all, cancelCase{before, detached, during, false}, cancelCase{before, detached, during, true})
			}
		}
	}
	return all
}

// dieCases are a learner's own: of each fate a few, in an order of their own.
func dieCases(learner uint64) (handlers []handlerCase, cancels []cancelCase) {
	draw := rand.New(rand.NewPCG(learner, 4))
	handlers = drawn(draw, 9, handlerCases(), handlerCase.fate)
	cancels = drawn(draw, 7, cancelCases(), func(c cancelCase) string { return fmt.Sprint(c.left()) })
	return handlers, cancels
}

// drawn draws n of all. Each kind is as likely as any other, how many ever there are of
// it, and each is there.
func drawn[T comparable](draw *rand.Rand, n int, all []T, kind func(T) string) []T {
	var kinds []string
	of := map[string][]T{}
	for _, i := range draw.Perm(len(all)) {
		k := kind(all[i])
		of[k] = append(of[k], all[i])
	}
	for k := range of {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	var some []T
	for len(some) < n {
		k := kinds[draw.IntN(len(kinds))]
		if len(some) < len(kinds) {
			k = kinds[len(some)]
		}
		if len(of[k]) > 0 {
			some, of[k] = append(some, of[k][0]), of[k][1:]
		}
	}
	draw.Shuffle(n, func(i, k int) { some[i], some[k] = some[k], some[i] })
	return some
}

// dieSeeded is the page of a learner's cases.
func dieSeeded(learner uint64) (map[string][]byte, error) {
	handlers, cancels := dieCases(learner)
	var page strings.Builder
	page.WriteString(`# Your cases

These are yours alone. Answer the questions on them in ` + "`answers.yaml`" + `.

## Handlers that die

A restaurant receives payment_success and takes three steps. It dies where the table shows it, and starts again. The
server redelivers what has no ack, and the second time nothing dies. The provider knows a key that it has seen. A handler
that publishes before it calls publishes restaurant_confirmed_order; the others know the kitchen's answer by then.

| case | steps                | the kitchen | it dies |
|---|---|---|---|
`)
	for i, c := range handlers {
		fmt.Fprintf(&page, "| %c    | %s |\n", letters[i], c.text())
	}
	page.WriteString(`
An order *stands still* when nothing is published about it any more. It is *reported wrongly* when it is published that
the kitchen has confirmed it, and in the end no kitchen cooks it.

## Workflows that take back

A workflow calls charge, confirm and assign. When one of them is refused or the customer cancels, it makes the undos that
are registered by then, each on the context of the table. ` + "`ctx`" + ` is the one that is cancelled with the workflow. Where
the customer cancels during a call, the workflow does not wait for that call any longer, and the call takes effect a
second later, unless its undo was made before. (A cancellation during assign comes in time: no partner is assigned.)

| case | an undo is registered   | it is made on | what happens |
|---|---|---|---|
`)
	for i, c := range cancels {
		fmt.Fprintf(&page, "| %c    | %s |\n", letters[len(handlers)+i], c.text())
	}
	return map[string][]byte{"cases.md": []byte(page.String())}, nil
}

// letters name cases.
const letters = "abcdefghijklmnopqrstuvwxyz"

// dieQuestions ask which of a learner's cases go wrong, and how.
func dieQuestions(learner uint64) []workshop.Question {
	handlers, cancels := dieCases(learner)
	const write = ` The letters of the cases in cases.md, such as "bdf", or "none".`
	return []workshop.Question{
		{
			Key: "dies.stands_still", Ask: "In which cases does the order stand still?" + write,
			Want: caseLetters(0, handlers, func(c handlerCase) bool { return c.fate() == stands }),
			Why:  "An order stands still when its message is acked and its event is not published: the ack means that nothing remains to be done.",
		},
		{
			Key: "dies.reported_wrongly", Ask: "In which cases is it published that the kitchen has confirmed, and no kitchen cooks?" + write,
			Want: caseLetters(0, handlers, func(c handlerCase) bool { return c.fate() == untrue }),
			Why:  "An event that is published before its call reports what may never become true: the kitchen may refuse, or the call may not be made again because the message is acked.",
		},
		{
			Key: "cancels.paid", Ask: "In which cases has the customer paid in the end for an order that was taken back?" + write,
			Want: caseLetters(len(handlers), cancels, func(c cancelCase) bool { money, _ := c.left(); return money }),
			Why:  "Money is kept when the refund was not registered yet while the charge was under way, or when it was to be made on a context that is cancelled.",
		},
		{
			Key: "cancels.cooked", Ask: "In which cases has the kitchen a ticket in the end for an order that was taken back?" + write,
			Want: caseLetters(len(handlers), cancels, func(c cancelCase) bool { _, ticket := c.left(); return ticket }),
			Why:  "A ticket is left when its undo was not registered yet while the confirmation was under way, or when it was to be made on a context that is cancelled.",
		},
	}
}

// caseLetters are those of the cases that are so.
func caseLetters[T any](from int, all []T, is func(T) bool) string {
	var some []byte
	for i, c := range all {
		if is(c) {
			some = append(some, letters[from+i])
		}
	}
	if len(some) == 0 {
		return "none"
	}
	return string(some)
}
