package checks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/orders"
)

const promiseFolder = "5-write-the-promise"

// The scenarios of a promise. The good orders come second, so that a function which
// accuses everything fails there and not later.
const (
	theBadOrder  = "the bad order"
	goodOrders   = "a thousand good orders"
	sameMistake  = "the same mistake elsewhere"
	aSecondWay   = "a second way"
	aThirdWay    = "a third way"
	yourSentence = "your sentence"
)

var promiseScenarios = []string{theBadOrder, goodOrders, sameMistake, aSecondWay, aThirdWay, yourSentence, yourAnswers}

var promise = workshop.Exercise{
	Number:    5,
	Folder:    promiseFolder,
	Title:     "Write the promise",
	Minutes:   [2]int{20, 30},
	Goal:      "Say what must be true of every order whatever becomes of it, and have a program find the orders of which it is not.",
	Yours:     []string{promiseGo},
	Seeded:    promiseSeeded,
	Questions: promiseQuestions,
	Scenarios: map[string][]string{"": promiseScenarios},
	Fails:     map[string]string{"": theBadOrder},
	Mutants:   promiseMutants,
	Check:     checkPromise,
}

func promiseSeeded(learner uint64) (map[string][]byte, error) {
	sheet, err := orders.SheetOf(learner)
	return sheet.Files(), err
}

// promiseQuestions ask what each history of a sheet comes to. Where there is no sheet
// there are no files either, and their error is reported.
func promiseQuestions(learner uint64) (all []workshop.Question) {
	sheet, _ := orders.SheetOf(learner)
	for _, p := range sheet.Predict {
		all = append(all, workshop.Question{
			Key: "order." + p.Letter, Want: p.Verdict, Why: p.Why(), Choices: orders.Verdicts,
			Ask: fmt.Sprintf("What does order %s of histories.md come to?", p.Letter),
		})
	}
	return all
}

func checkPromise(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	sheet, err := orders.SheetOf(j.Learner)
	if err != nil {
		return workshop.Result{}, err
	}
	cases, err := promiseCases(sheet, j.Seed)
	if err != nil {
		return workshop.Result{}, err
	}
	found, err := ruled(ctx, j, cases)
	if err != nil {
		return workshop.Result{}, err
	}
	for _, scenario := range promiseScenarios {
		if !j.Plays(scenario) {
			continue
		}
		var r workshop.Result
		switch scenario {
		case yourSentence:
			r = sentenceResult(found.sentences)
		case yourAnswers:
			r = promiseAnswers(j, sheet)
		default:
			r = rulingResult(scenario, cases, found)
		}
		if r.Verdict != workshop.Passed {
			r.Scenario, r.Printed = scenario, found.printed
			return r, nil
		}
	}
	return workshop.Result{Verdict: workshop.Passed, Scenario: j.Scenario, Printed: found.printed}, nil
}

// A promiseCase is an order that a promise is held against, and the scenario in which it
// counts.
type promiseCase struct {
	orders.Order
	scenario string
	nudge    string // in its place; "": the order may be shown
}

func (c promiseCase) good() bool { return c.scenario == goodOrders }

const (
	howManyGood = 1000
	brokenOutOf = 400 // in each way: all of them that can be
)

// promiseCases are all orders of a check: first the bad one, then the others as the seed
// shuffles them, so that a promise which remembers what it saw goes wrong. No order
// comes twice. Hidden orders are shown to no one by the check, and a learner's program can
// print them; what it can't print is which of so many are wrong.
func promiseCases(s orders.Sheet, seed uint64) (cases []promiseCase, err error) {
	made, err := orders.Good(seed, howManyGood+len(s.Promise.Ways)*brokenOutOf)
	if err != nil {
		return nil, err
	}
	// Which of them are to be good is drawn, so that no number tells.
	rand.New(rand.NewPCG(seed, 54)).Shuffle(len(made), func(i, k int) { made[i], made[k] = made[k], made[i] })
	for _, o := range made[:howManyGood] {
		cases = append(cases, promiseCase{o, goodOrders, ""})
	}
	made = made[howManyGood:]
	for i, scenario := range []string{sameMistake, aSecondWay, aThirdWay} {
		way := s.Promise.Ways[i]
		for _, o := range made[i*brokenOutOf : (i+1)*brokenOutOf] {
			if way.Fits(o) {
				cases = append(cases, promiseCase{way.Broken(o), scenario, way.Nudge})
			}
		}
	}
	rand.New(rand.NewPCG(seed, 53)).Shuffle(len(cases), func(i, k int) { cases[i], cases[k] = cases[k], cases[i] })
	cases = slices.Insert(cases, 0, promiseCase{s.Bad, theBadOrder, ""})
	return cases, sound(s.Promise, cases)
}

// sound is an error if the project's own judge sees an order otherwise than the check.
// Then it is not the learner's.
func sound(p orders.Promise, cases []promiseCase) error {
	for _, c := range cases {
		var broken []string
		for _, v := range c.Violations() {
			broken = append(broken, v.Invariant)
		}
		switch {
		case c.good() && len(broken) > 0:
			return fmt.Errorf("order %s is to be good, and breaks %v", c.ID, broken)
		case !c.good() && !slices.Contains(broken, p.Invariant):
			return fmt.Errorf("order %s is to break %s, and breaks %v", c.ID, p.Invariant, broken)
		case len(orders.Breaks(c.Order)) > 0:
			return fmt.Errorf("order %s is to pass the given checker, and breaks %v", c.ID, orders.Breaks(c.Order))
		}
	}
	return nil
}

// rulingResult is about the cases of a scenario.
func rulingResult(scenario string, cases []promiseCase, found rulings) workshop.Result {
	n, wrong, shortest := 0, 0, -1
	for i, c := range cases {
		if c.scenario != scenario {
			continue
		}
		n++
		switch {
		case i >= len(found.all):
			return promiseFailed(cases[len(found.all)], found.ended, "a ruling on each order", "none on this one")
		case found.all[i].Panic != "":
			return promiseFailed(c, "Your function panicked.", "an answer", "panic: "+found.all[i].Panic)
		case c.good() == (found.all[i].Why == ""):
			continue
		}
		if wrong++; shortest < 0 || len(c.Rows) < len(cases[shortest].Rows) {
			shortest = i
		}
	}
	switch {
	case n == 0:
		return workshop.Result{Sentence: "No order of this seed can be broken in this way. Try another seed."}
	case wrong == 0:
		return workshop.Result{Verdict: workshop.Passed}
	}
	return mistaken(cases[shortest], wrong, n, found.all[shortest].Why)
}

// mistaken is the result where a promise is wrong about some orders, one of which is shown.
func mistaken(c promiseCase, wrong, n int, why string) workshop.Result {
	const reason, none = "why the order is wrong", `"": the promise is kept`
	switch c.scenario {
	case theBadOrder:
		return promiseFailed(c, "Your promise has nothing against the order of bad-order.md.", reason, none)
	case goodOrders:
		return promiseFailed(c, fmt.Sprintf("Your promise accuses %d of %d good orders. This is the shortest.", wrong, n), none, fmt.Sprintf("%q", why))
	case sameMistake:
		return promiseFailed(c, fmt.Sprintf("Your promise finds the bad order, and not its mistake: it has nothing against %d of %d others that have it too.", wrong, n), reason, none)
	}
	return promiseFailed(c, fmt.Sprintf("The same promise can be broken in another way, and that gets past yours in %d of %d orders. They are not shown, "+
		"because a promise must find what its author has not seen. %s", wrong, n, c.nudge), reason, none)
}

// promiseFailed is a failure with the order, if that may be shown.
func promiseFailed(c promiseCase, sentence, expected, seen string) workshop.Result {
	r := workshop.Result{Verdict: workshop.Failed, Sentence: sentence, Expected: expected, Seen: seen}
	if c.nudge == "" {
		r.Lanes = rowLanes(c.Order)
	}
	return r
}

// rowLanes are what was ordered and the rows, counted: when they were written is no part of
// what a promise sees.
func rowLanes(o orders.Order) workshop.Lanes {
	l := workshop.Lanes{Order: o.ID, First: "row", Heads: []string{"the ledger, oldest row first", "for"}}
	l.Lines = append(l.Lines, workshop.Line{Cells: []string{"(ordered for " + o.Total().String() + ")", o.Customer}})
	for i, r := range o.Rows {
		l.Lines = append(l.Lines, workshop.Line{MS: float64(i + 1), Cells: []string{orders.Text(r), r.For}})
	}
	return l
}

// How many words a sentence has at least, and how many of them are different.
const sentenceWords, sentenceDiffers = 8, 7

// starterWords begin the place of the sentence in the starter.
const starterWords = "what your function looks for"

// saysSomething is whether a sentence may be one. What it says is for people to judge.
func saysSomething(s string) bool {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '-' })
	all := len(words)
	slices.Sort(words)
	return all >= sentenceWords && len(slices.Compact(words)) >= sentenceDiffers && !strings.Contains(strings.ToLower(s), starterWords)
}

func sentenceResult(sentences []string) workshop.Result {
	for _, s := range sentences {
		if !saysSomething(s) {
			return workshop.Result{
				Verdict:  workshop.Failed,
				Sentence: "Your function works, and your Sentence does not yet tell a reader what it promises.",
				Expected: fmt.Sprintf("a sentence of your own, of at least %d words, %d of them different", sentenceWords, sentenceDiffers), Seen: fmt.Sprintf("%q", s),
			}
		}
	}
	return workshop.Result{Verdict: workshop.Passed}
}

// promiseAnswers shows the first history that was predicted wrongly.
func promiseAnswers(j workshop.Job, s orders.Sheet) workshop.Result {
	questions := promiseQuestions(j.Learner)
	r := answered(j, questions)
	if missed := j.Answers.Misses(questions); len(missed) > 0 {
		i := slices.IndexFunc(questions, func(q workshop.Question) bool { return q.Key == missed[0].Key })
		r.Lanes = rowLanes(s.Predict[i].Order)
	}
	return r
}
