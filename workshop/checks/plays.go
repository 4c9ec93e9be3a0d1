package checks

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/stage"
)

// A play is one scenario on a stage. It returns whether what it is about has happened,
// and as an error a [stage.Halt] or what is wrong with the machine.
type play struct {
	name string
	run  func(context.Context, *stage.Stage) (fired bool, err error)
}

// names lists the scenarios of plays, and last those that are played elsewhere.
func names(plays []play, last ...string) (all []string) {
	for _, p := range plays {
		all = append(all, p.name)
	}
	return append(all, last...)
}

// atATime is how many scenarios are played side by side. Most of their time passes with
// waiting for the redelivery clock.
const atATime = 4

// played plays the scenarios that a job asks for, each in a cell of its own, and returns
// the first result in their order that is no pass, or a pass. c is what the cells have in
// common.
func played(ctx context.Context, j workshop.Job, c stage.Config, plays []play) (workshop.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		result workshop.Result
		err    error
	}
	slots := make(chan struct{}, atATime)
	var outcomes []chan outcome
	for _, p := range plays {
		if !j.Plays(p.name) {
			continue
		}
		out := make(chan outcome, 1)
		outcomes = append(outcomes, out)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			r, err := p.sure(ctx, c)
			out <- outcome{r, err}
		}()
	}
	last := workshop.Result{Verdict: workshop.Passed}
	for _, out := range outcomes {
		if o := <-out; o.err != nil || o.result.Verdict != workshop.Passed {
			cancel()
			return o.result, o.err
		}
	}
	return last, nil
}

// sure plays a scenario, and again if what it is about did not happen. On a busy machine
// it may come too late.
func (p play) sure(ctx context.Context, c stage.Config) (r workshop.Result, err error) {
	for range 3 {
		if r, err = p.once(ctx, c); err != nil || r.Verdict != workshop.Unknown {
			break
		}
	}
	return r, err
}

// missed is why the moment of a play had passed when it came to it, in a sentence.
type missed string

func (m missed) Error() string { return string(m) }

const tooBusy missed = "The machine was too busy for this scenario."

// once plays a scenario.
func (p play) once(ctx context.Context, c stage.Config) (r workshop.Result, err error) {
	st, err := stage.Open(ctx, c)
	if err != nil {
		return workshop.Result{Scenario: p.name}, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	fired, err := p.run(ctx, st)
	if m, ok := errors.AsType[missed](err); ok {
		return workshop.Result{Scenario: p.name, Sentence: string(m)}, nil
	}
	return st.Verdict(p.name, err, fired)
}

// program builds what a learner has made of an exercise in a style.
func program(ctx context.Context, j workshop.Job, folder string) (exe string, err error) {
	return j.Machine.Build(ctx, j.Dir, path.Join(folder, j.Style))
}

// placeAndSettle places orders and waits until they have ended.
func placeAndSettle(ctx context.Context, st *stage.Stage, orders ...food.Order) error {
	if err := st.Place(ctx, orders...); err != nil {
		return err
	}
	return st.Settle(ctx, orders...)
}

// yourAnswers is the last scenario of exercises with questions.
const yourAnswers = "your answers"

// answered judges the answers of a job.
func answered(j workshop.Job, questions []workshop.Question) workshop.Result {
	r := workshop.Result{Verdict: workshop.Passed, Scenario: yourAnswers}
	missed := j.Answers.Misses(questions)
	if len(missed) == 0 {
		return r
	}
	var which []string
	for _, q := range missed {
		which = append(which, q.Key)
	}
	r.Verdict = workshop.Failed
	r.Sentence = "Your program is right, and of your predictions these are not: " + strings.Join(which, ", ") + "."
	r.Expected, r.Seen = missed[0].Why, missed[0].Key+": "+j.Answers[missed[0].Key]
	return r
}
