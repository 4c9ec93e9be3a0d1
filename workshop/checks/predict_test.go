package checks

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

var predictUpdate = flag.Bool("update-order", false, "write the order of learner 1 into the exercise's folder")

// predictRight are the answers that a learner should give.
func predictRight(learner uint64) workshop.Answers {
	answers := workshop.Answers{}
	for _, q := range predictQuestions(learner) {
		answers[q.Key] = q.Want
	}
	return answers
}

// predictLearners are seeds in a row, and seeds as they are drawn.
func predictLearners() (all []uint64) {
	for n := range uint64(100) {
		all = append(all, n+1, (n+1)*0x9e3779b97f4a7c15)
	}
	return all
}

func TestRightPredictionsPass(t *testing.T) {
	for _, learner := range predictLearners() {
		all := predictQuestions(learner)
		if len(all) < 10 {
			t.Fatalf("learner %d has %d questions", learner, len(all))
		}
		if missed := predictRight(learner).Misses(all); len(missed) > 0 {
			t.Errorf("learner %d: right answers miss %v", learner, missed)
		}
	}
}

// Each of these answers is a mutant: every other choice of every question, and a number
// or an amount that is off by one.
func TestEachWrongPredictionFails(t *testing.T) {
	for _, learner := range predictLearners() {
		all, answers := predictQuestions(learner), predictRight(learner)
		for _, q := range all {
			wrong := slices.DeleteFunc(slices.Clone(q.Choices), func(c string) bool { return c == q.Want })
			if q.Choices == nil {
				wrong = []string{"", "0", "1" + q.Want, q.Want + "1"}
			} else if len(wrong) != predictOptions-1 {
				t.Errorf("learner %d: %s has %d wrong choices", learner, q.Key, len(wrong))
			}
			for _, w := range wrong {
				answers[q.Key] = w
				if missed := answers.Misses(all); len(missed) != 1 || missed[0].Key != q.Key {
					t.Errorf("learner %d: %s %q instead of %q misses %v", learner, q.Key, w, q.Want, missed)
				}
			}
			answers[q.Key] = q.Want
		}
	}
}

// A file that was copied from another learner fails, and not by a single answer: most of
// a neighbour's right answers are wrong.
func TestPredictionsOfAnotherLearnerFail(t *testing.T) {
	all := predictLearners()
	answers := map[uint64]workshop.Answers{}
	for _, learner := range all {
		answers[learner] = predictRight(learner)
	}
	least, sum, pairs := len(predictQuestions(1)), 0, 0
	for _, mine := range all {
		questions := predictQuestions(mine)
		for _, theirs := range all {
			if mine == theirs {
				continue
			}
			n := len(answers[theirs].Misses(questions))
			if n == 0 {
				t.Errorf("learner %d passes with the answers of learner %d", mine, theirs)
			}
			least, sum, pairs = min(least, n), sum+n, pairs+1
		}
	}
	mean := float64(sum) / float64(pairs)
	t.Logf("%d pairs: at least %d of %d answers are wrong, %.1f in the mean", pairs, least, len(predictQuestions(1)), mean)
	if mean < float64(len(predictQuestions(1)))/2 {
		t.Errorf("of another learner's answers only %.1f are wrong in the mean", mean)
	}
}

// What is asked follows from the learner alone, and every question has options that
// differ.
func TestPredictQuestionsAreSound(t *testing.T) {
	paths := map[food.Action]bool{}
	for _, learner := range predictLearners() {
		c := predictCaseOf(learner)
		paths[c.refused+"/"+c.cancelled] = true
		if err := c.order.Validate(); err != nil {
			t.Error(err)
		}
		if c.lost == c.failing || c.lost == c.held() || c.failing == c.held() {
			t.Errorf("learner %d: %s is lost, %s fails, %s is held", learner, c.lost, c.failing, c.held())
		}
		if !maps.Equal(predictRight(learner), predictRight(learner)) {
			t.Errorf("learner %d: the answers are not the same when asked again", learner)
		}
		for _, q := range predictAsked(learner) {
			if q.options == nil {
				continue
			}
			once := slices.Compact(slices.Sorted(slices.Values(q.options)))
			if len(once) != predictOptions || !slices.Contains(once, q.right) {
				t.Errorf("learner %d: %s has the options %q, and %q is right", learner, q.key, q.options, q.right)
			}
		}
	}
	if len(paths) != len(predictPaths) {
		t.Errorf("%d learners have %d paths of %d", len(predictLearners()), len(paths), len(predictPaths))
	}
}

// What is measured is held against every single answer: one that is another is an error,
// and so is one that was not measured.
func TestPredictionsAreHeldAgainstWhatWasMeasured(t *testing.T) {
	for _, learner := range predictLearners()[:20] {
		questions := predictAsked(learner)
		asked := map[string]bool{}
		for _, style := range []string{record.Choreography, record.Orchestration} {
			found := map[string]string{}
			for _, q := range questions {
				if q.style == "" || q.style == style {
					found[q.key], asked[q.key] = q.right, true
				}
			}
			if err := predictAgrees(questions, style, found); err != nil {
				t.Error(err)
			}
			for key := range found {
				for _, spoil := range []func(map[string]string){
					func(m map[string]string) { m[key] += "?" }, func(m map[string]string) { delete(m, key) },
				} {
					spoilt := maps.Clone(found)
					spoil(spoilt)
					if err := predictAgrees(questions, style, spoilt); err == nil || !strings.Contains(err.Error(), key) {
						t.Errorf("%s, %s spoilt: %v", style, key, err)
					}
				}
			}
		}
		if len(asked) != len(questions) {
			t.Errorf("%d of %d questions are measured", len(asked), len(questions))
		}
	}
}

// The events and calls of each path are those of the ending that it has.
func TestPredictPathsEndAsTheySay(t *testing.T) {
	for _, p := range predictPaths {
		name := fmt.Sprintf("refused %q, cancelled %q", p.refused, p.cancelled)
		var tally food.Tally
		for a, answer := range p.rows {
			row := answer.Row()
			row.Action = a
			tally.Add(row)
		}
		for _, a := range p.made() {
			if _, decisive := p.rows[a]; !decisive {
				tally.Add(food.Row{Action: a, Outcome: food.Done})
			}
		}
		if ending, ok := tally.Ending(); !ok || ending != p.ending || !tally.Settled() {
			t.Errorf("%s: ends as %q, settled %v; want %q", name, ending, tally.Settled(), p.ending)
		}
		if p.event() != p.events[len(p.events)-1] && p.events[len(p.events)-1] != "payment_reversed" {
			t.Errorf("%s: %q comes after %s", name, p.events[len(p.events)-1], p.event())
		}
	}
}

// The order in the folder is that of learner 1, for whoever reads it in the repository.
func TestPredictFolderHasAnOrder(t *testing.T) {
	files, err := predictFiles(1)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		file := "../" + predict.Folder + "/" + name
		if *predictUpdate {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
			t.Errorf("%s is not that of learner 1 (go test ./workshop/checks -run %s -update-order): %v", file, t.Name(), err)
		}
	}
}
