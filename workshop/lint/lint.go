// Package lint proves exercises, for those who write them: that a starter fails where it
// is to fail, that the solution passes, and that no mistake passes which was thought of.
// A mistake that passes teaches something wrong, and a solution that fails takes away the
// trust in every other check.
package lint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sagabench/sagabench/workshop"
)

// Options are what is proved, and how often.
type Options struct {
	Exercises []workshop.Exercise
	Seeds     int  // starters and solutions are run at seeds 1 to Seeds, mutants at three of them at most
	Times     int  // scenarios with deaths are run as often in a row at seed 1, mutants up to twenty times
	Jobs      int  // proofs side by side
	Solutions bool // prove nothing but that solutions pass
	Exe       string
	Dir       string // for learners' folders; empty, and removed by the caller

	// Machine returns what an exercise of a learner's is checked on.
	Machine func(e workshop.Exercise, learner uint64) workshop.Machine
}

const (
	mutantSeeds = 3
	mutantTimes = 20

	// learner is the seed of whoever solves the exercises here.
	learner = 1
)

// A Result is what one proof came to.
type Result struct {
	Exercise workshop.Exercise
	Style    string
	What     string
	Right    int
	Of       int
	Seconds  float64
	Wrong    []string // what was seen instead, each once
}

// Good says whether the proof holds. One of nothing does not.
func (r Result) Good() bool { return r.Right == r.Of && r.Of > 0 }

// A proof is one thing that must be true of an exercise.
type proof struct {
	exercise workshop.Exercise
	style    string
	what     string
	tries    []try
}

// A try returns what is wrong; "" when it is as it must be. An error is the machine's.
type try func(context.Context) (wrong string, err error)

// Run proves all exercises and reports each proof, in their order.
func Run(ctx context.Context, o Options, report func(Result)) error {
	var all []proof
	for _, e := range o.Exercises {
		p, err := o.proofs(e)
		if err != nil {
			return fmt.Errorf("exercise %d: %w", e.Number, err)
		}
		all = append(all, p...)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]chan Result, len(all))
	errs := make([]error, len(all))
	for i := range results {
		results[i] = make(chan Result, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, o.Jobs) {
		workers.Go(func() {
			for i := range next {
				r, err := all[i].run(ctx)
				errs[i] = err
				results[i] <- r
			}
		})
	}
	go func() {
		defer close(next)
		for i := range all {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	err := collect(ctx, results, errs, report)
	cancel()
	workers.Wait()
	return err
}

// collect reports results in their order, up to the first error.
func collect(ctx context.Context, results []chan Result, errs []error, report func(Result)) error {
	for i := range results {
		select {
		case r := <-results[i]:
			if errs[i] != nil {
				return fmt.Errorf("exercise %d, %s: %w", r.Exercise.Number, r.What, errs[i])
			}
			report(r)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// run makes all tries. What the learner could mend is wrong here: no one is to mend it.
func (p proof) run(ctx context.Context) (Result, error) {
	r := Result{Exercise: p.exercise, Style: p.style, What: p.what, Of: len(p.tries)}
	began := time.Now()
	for _, try := range p.tries {
		wrong, err := try(ctx)
		var mistake *workshop.Mistake
		switch {
		case errors.As(err, &mistake):
			wrong = mistake.Error()
		case err != nil:
			return r, err
		}
		if wrong == "" {
			r.Right++
		} else if !slices.Contains(r.Wrong, wrong) {
			r.Wrong = append(r.Wrong, wrong)
		}
	}
	r.Seconds = time.Since(began).Seconds()
	return r, ctx.Err()
}

// repeat is the same try at each seed.
func repeat(seeds []uint64, as func(context.Context, uint64) (string, error)) (all []try) {
	for _, seed := range seeds {
		all = append(all, func(ctx context.Context) (string, error) {
			wrong, err := as(ctx, seed)
			if wrong != "" {
				wrong = fmt.Sprintf("seed %d: %s", seed, wrong)
			}
			return wrong, err
		})
	}
	return all
}

// upTo are the seeds from 1.
func upTo(n int) (seeds []uint64) {
	for i := range n {
		seeds = append(seeds, uint64(i+1))
	}
	return seeds
}

// write writes files below a folder.
func write(dir string, files map[string][]byte) error {
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
