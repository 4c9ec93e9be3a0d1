package checks

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/kit"
	"github.com/sagabench/sagabench/workshop/orders"
)

func TestUnsoundCasesAreFound(t *testing.T) {
	made, err := orders.Good(2, 50)
	if err != nil {
		t.Fatal(err)
	}
	money := orders.Promises[0]
	noRefund := money.Ways[2]
	fine := made[slices.IndexFunc(made, noRefund.Fits)]
	broken, twice := noRefund.Broken(fine), fine
	twice.Rows = append(slices.Clone(fine.Rows), fine.Rows[0])
	both := broken
	both.Rows = append(slices.Clone(broken.Rows), broken.Rows[0])
	for name, c := range map[string]promiseCase{
		"good, and to be broken":        {fine, aSecondWay, ""},
		"broken, and to be good":        {broken, goodOrders, ""},
		"broken, and another promise":   {twice, aSecondWay, ""},
		"broken, and found by what was": {both, aSecondWay, ""},
	} {
		if sound(money, []promiseCase{c}) == nil {
			t.Errorf("%s: nothing was found", name)
		}
	}
	if err := sound(money, []promiseCase{{fine, goodOrders, ""}, {broken, aSecondWay, ""}}); err != nil {
		t.Error(err)
	}
}

func TestRulings(t *testing.T) {
	made, err := orders.Good(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	cases := []promiseCase{{made[0], theBadOrder, ""}, {made[1], goodOrders, ""}, {made[2], goodOrders, ""}, {made[3], aSecondWay, "look"}}
	why := func(all ...string) (r rulings) {
		for _, w := range all {
			r.all = append(r.all, kit.Ruling{Why: w})
		}
		r.ended = ending("o", errors.New("it hung"), nil)
		return r
	}
	for _, c := range []struct {
		name, scenario string
		found          rulings
		want           workshop.Verdict
		says           string
		shown          bool
	}{
		{"all is right", goodOrders, why("no", "", "", "no"), workshop.Passed, "", false},
		{"the bad order gets past", theBadOrder, why("", "", "", "no"), workshop.Failed, "bad-order.md", true},
		{"a good order is accused", goodOrders, why("no", "", "no", "no"), workshop.Failed, "1 of 2 good orders", true},
		{"a second way gets past", aSecondWay, why("no", "", "", ""), workshop.Failed, "look", false},
		{"it ends at a good order", goodOrders, why("no", ""), workshop.Failed, "It hung (order o)", true},
		{"it ends at a second way", aSecondWay, why("no", "", ""), workshop.Failed, "It hung (order o)", false},
		{"it panics", theBadOrder, rulings{all: []kit.Ruling{{Panic: "oops"}}}, workshop.Failed, "panicked", true},
		{"there is no such order", sameMistake, why("no", "", "", "no"), workshop.Unknown, "another seed", false},
	} {
		r := rulingResult(c.scenario, cases, c.found)
		if r.Verdict != c.want || !strings.Contains(r.Sentence, c.says) || (len(r.Lanes.Lines) > 0) != c.shown {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

func TestSentences(t *testing.T) {
	for sentence, want := range map[string]workshop.Verdict{
		"":                                  workshop.Failed,
		"one two three four five six seven": workshop.Failed,
		"a a a a a a a a a a a a a":         workshop.Failed,
		"What your function looks for, as a sentence that is true of every good order": workshop.Failed,
		"No order keeps what it was not charged for.":                                  workshop.Passed,
	} {
		if r := sentenceResult([]string{sentence}); r.Verdict != want {
			t.Errorf("%q: %+v", sentence, r)
		}
	}
}

func TestPromiseAnswersAreOneLearners(t *testing.T) {
	sheet, err := orders.SheetOf(7)
	if err != nil {
		t.Fatal(err)
	}
	for _, learner := range []uint64{7, 8} {
		j := workshop.Job{Learner: 7, Answers: workshop.Answers{}}
		for _, q := range promiseQuestions(learner) {
			j.Answers[q.Key] = q.Want
		}
		r := promiseAnswers(j, sheet)
		if mine := learner == 7; mine != (r.Verdict == workshop.Passed) || mine != (len(r.Lanes.Lines) == 0) {
			t.Errorf("the answers of learner %d for learner 7: %+v", learner, r)
		}
	}
}

// What learners read of the flow is the flow.
func TestTheFlowInTheReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", promiseFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range choreography.Flow().Edges {
		point := string(e.Call) + " " + string(e.Answers[0])
		switch {
		case e.Call.Undoes() != "" && len(e.Answers) > 1:
			point = "refund, cancel-ticket or revoke rejected"
		case len(e.Answers) > 1:
			point = string(e.Call) + " rejected"
		}
		var then []string
		for _, a := range e.Then {
			name := string(a)
			if a.Undoes() != "" {
				name = "↩ " + name
			}
			then = append(then, name)
		}
		if row := "| " + point + " | " + strings.Join(then, " ∥ ") + " |"; !strings.Contains(string(text), row) {
			t.Errorf("README has no %q", row)
		}
	}
}

func TestPromiseMutantsFit(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", promiseFolder, "solution", promiseGo))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range promiseMutants {
		if now, err := workshop.Apply(m.Edits, promiseGo, string(text)); err != nil || now == string(text) {
			t.Errorf("%s: %v", m.Name, err)
		}
		if !slices.Contains(promiseScenarios, m.Scenario) {
			t.Errorf("%s: there is no scenario %q", m.Name, m.Scenario)
		}
	}
}
