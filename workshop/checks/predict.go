package checks

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/twins"
	"github.com/sagabench/sagabench/workshop"
)

// predict is the exercise in which learners program nothing: they predict what one order
// comes to in both styles, and then it is tried.
var predict = workshop.Exercise{
	Number: 1, Folder: "1-predict-one-order", Title: "Predict one order", Minutes: [2]int{15, 25},
	Goal:      "I can say what an order costs each style, what begins side by side, and who notices that something must be taken back.",
	Seeded:    predictFiles,
	OfLearner: true,
	Questions: predictQuestions,
	Scenarios: map[string][]string{"": {predictBoth, yourAnswers}},
	Fails:     map[string]string{"": yourAnswers},
	Check:     checkPredict,
}

// predictBoth is the scenario in which the order is tried. It passes, or this program is
// wrong.
const predictBoth = "one order in both styles"

// predictFiles are a learner's own: their order.
func predictFiles(learner uint64) (map[string][]byte, error) {
	return map[string][]byte{"order.md": []byte(predictCaseOf(learner).text())}, nil
}

// checkPredict tries the learner's order. That it comes to what the questions take for
// right is measured every time: if not, this program is wrong, and no learner.
func checkPredict(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	c := predictCaseOf(j.Learner)
	runs, err := predictPlayed(ctx, c, j.Machine)
	if err != nil {
		return workshop.Result{Scenario: predictBoth}, err
	}
	r := workshop.Result{Verdict: workshop.Passed, Scenario: predictBoth, Lanes: predictLanes(runs, nil)}
	if !j.Plays(yourAnswers) {
		return r, nil
	}
	return predictJudged(j, runs), nil
}

// predictPlayed tries the order in both styles, side by side, and compares what was found
// with what is written.
func predictPlayed(ctx context.Context, c predictCase, m workshop.Machine) ([]*predictRun, error) {
	runs := make([]*predictRun, 2)
	both, ctx := errgroup.WithContext(ctx)
	for i, t := range []twins.Twin{twins.Choreography, twins.Orchestration} {
		both.Go(func() (err error) {
			runs[i], err = predictTried(ctx, c, m, t)
			return err
		})
	}
	if err := both.Wait(); err != nil {
		return nil, err
	}
	questions := predictAsked(c.learner)
	for _, r := range runs {
		if err := predictAgrees(questions, r.twin.Style, r.found()); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// predictAgrees compares what was found in a style with what is written.
func predictAgrees(questions []predictQuestion, style string, found map[string]string) error {
	for _, q := range questions {
		got, asked := found[q.key]
		if want := q.style == "" || q.style == style; asked != want || asked && got != q.right {
			return fmt.Errorf("the exercise is wrong about %s in the %s: it has %q, and measured was %q", q.key, style, q.right, got)
		}
	}
	return nil
}

// predictJudged compares the learner's answers with what was found. What is right is not
// printed: it can be read from the lanes.
func predictJudged(j workshop.Job, runs []*predictRun) workshop.Result {
	all := predictQuestions(j.Learner)
	missed := j.Answers.Misses(all)
	r := workshop.Result{Verdict: workshop.Passed, Scenario: yourAnswers, Lanes: predictLanes(runs, missed)}
	if len(missed) == 0 {
		return r
	}
	r.Verdict = workshop.Failed
	r.Sentence = fmt.Sprintf("%d of your %d predictions came true. The lines that show the others are marked, and below is why.", len(all)-len(missed), len(all))
	r.Expected = strings.Join(lists.Map(missed, func(q workshop.Question) string { return q.Key + ": " + q.Why }), "\n")
	r.Seen = strings.Join(lists.Map(missed, func(q workshop.Question) string { return q.Key + ": " + j.Answers[q.Key] }), ", ")
	return r
}
