package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
	"github.com/sagabench/sagabench/workshop/program"
)

// A checking is a check of one exercise.
type checking struct {
	*learnFlags
	folder   *folder.Folder
	learner  uint64
	exercise workshop.Exercise
	styles   []string
	seeds    []uint64
	scenario string // "": all
	machine  *machine

	print func(outcome) // each outcome, in the order of styles; nil: nothing
}

// An outcome is what a check of one style came to.
type outcome struct {
	style   string
	result  workshop.Result
	seed    uint64 // at which it did not pass
	seconds float64
	err     error // a mistake
}

// A checked is what a check of an exercise came to.
type checked struct {
	outcomes  []outcome
	done      bool             // every style has passed, now or before
	changed   string           // what happened to the learner's files meanwhile
	predicted workshop.Answers // the first answers; nil: none were asked for
	questions []workshop.Question
}

// run checks all styles side by side. What the learner can mend is an outcome; an error
// is the machine's.
func (c *checking) run(ctx context.Context) (done checked, err error) {
	note, err := c.folder.Ignored(c.exercise)
	if err != nil {
		return done, err
	}
	tell(c.machine.errs, note)
	answers, err := c.folder.Answers(c.exercise, c.learner)
	if mistake := (*workshop.Mistake)(nil); errors.As(err, &mistake) {
		done.outcomes = []outcome{{err: err}}
		c.report(done.outcomes[0])
		return done, nil
	}
	if err == nil {
		err = c.folder.Predict(c.exercise, answers)
	}
	if err != nil {
		return done, err
	}
	before, err := program.PrintsOf(c.folder.Dir, c.exercise.Folder)
	if err != nil {
		return done, err
	}
	each := make([]chan outcome, len(c.styles))
	for i, style := range c.styles {
		each[i] = make(chan outcome, 1)
		go func() { each[i] <- c.style(ctx, style, answers) }()
	}
	for i := range each {
		o := <-each[i]
		mistake := (*workshop.Mistake)(nil)
		if o.err != nil && !errors.As(o.err, &mistake) {
			err = errors.Join(err, o.err)
			continue
		}
		if err == nil && ctx.Err() == nil {
			err = c.keep(o)
			done.outcomes = append(done.outcomes, o)
			c.report(o)
		}
	}
	if err != nil || ctx.Err() != nil {
		return done, errors.Join(err, ctx.Err())
	}
	after, err := program.PrintsOf(c.folder.Dir, c.exercise.Folder)
	if err != nil {
		return done, err
	}
	done.changed = before.Changed(after)
	return done, c.look(&done)
}

func (c *checking) report(o outcome) {
	if c.print != nil {
		c.print(o)
	}
}

// look adds how far the learner has come.
func (c *checking) look(done *checked) error {
	s, err := c.folder.State()
	if err != nil {
		return err
	}
	done.done = s.Exercises[c.exercise.Number].Done(c.exercise)
	if c.exercise.Questions != nil {
		done.questions = c.exercise.Questions(c.learner)
		done.predicted, err = c.folder.Prediction(c.exercise)
	}
	return err
}

// keep writes an outcome into the learner's folder. What was not run is no try.
func (c *checking) keep(o outcome) error {
	if o.err != nil {
		return nil
	}
	e := folder.Entry{
		Exercise: c.exercise.Number, Style: o.style, Seeds: c.seeds, Asked: c.scenario,
		Verdict: o.result.Verdict, Seconds: math.Round(10*o.seconds) / 10,
	}
	if !o.passed() {
		e.Scenario, e.Seeds = o.result.Scenario, []uint64{o.seed}
	}
	return c.folder.Checked(e)
}

// style plays the scenarios at the first seed, and when that passes, at all others side
// by side. The first that does not pass is the outcome.
func (c *checking) style(ctx context.Context, style string, answers workshop.Answers) outcome {
	began := time.Now()
	m := c.machine.on(c.exercise, c.learner)
	play := func(ctx context.Context, seed uint64) outcome {
		return c.play(ctx, m, workshop.Job{
			Dir: c.folder.Dir, Learner: c.learner, Seed: seed, Style: style, Scenario: c.scenario, Answers: answers,
		})
	}
	o := play(ctx, c.seeds[0])
	if o.passed() {
		o = others(ctx, c.seeds[1:], play, o)
	}
	o.seconds = time.Since(began).Seconds()
	return o
}

// checkLimit is far above what one style takes at one seed, once its program is built.
// What takes longer is a loop that no other rule has noticed.
var checkLimit = time.Minute

// play plays one style at one seed, for as long as the limit is.
func (c *checking) play(ctx context.Context, m learnBench, j workshop.Job) outcome {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	endless := errors.New("no end")
	m.clock = time.AfterFunc(checkLimit, func() { cancel(endless) })
	defer m.clock.Stop()
	j.Machine = m
	r, err := c.exercise.Check(ctx, j)
	if context.Cause(ctx) == endless {
		err = nil
		r = workshop.Result{Scenario: c.scenario, Sentence: fmt.Sprintf("It did not come to an end within %v. "+
			"Either this machine is very busy, or your program does something over and over.", checkLimit)}
	}
	return outcome{style: j.Style, result: r, seed: j.Seed, err: err}
}

func (o outcome) passed() bool { return o.err == nil && o.result.Verdict == workshop.Passed }

// others plays seeds side by side, up to the first that does not pass. When all do, the
// outcome is the one before.
func others(ctx context.Context, seeds []uint64, play func(context.Context, uint64) outcome, before outcome) outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	var once sync.Once
	for _, seed := range seeds {
		all.Go(func() {
			if o := play(ctx, seed); !o.passed() {
				once.Do(func() { before = o })
				cancel()
			}
		})
	}
	all.Wait()
	return before
}
