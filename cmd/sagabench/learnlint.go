package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/lint"
)

// lintFlags are the flags of `sagabench learn lint`.
type lintFlags struct {
	seeds, times, jobs int
	solutions          bool
}

func learnLint() *cobra.Command {
	var f lintFlags
	c := &cobra.Command{
		Use:   "lint [N…]",
		Short: "For authors: prove that the exercises tell right from wrong",
		Long: `lint proves every exercise, or those that are named, in folders of its own: the starter
fails in the scenario that it names, the solution passes, each known mistake fails in its
scenario, each wrong answer fails and so do those of another learner, the commands in the
README work, and pages and hints are as they should be.

Exit codes: 0 all of it holds · 11 something does not.`,
		RunE: func(c *cobra.Command, args []string) error {
			chosen, err := f.chosen(args)
			if err := usage(err); err != nil {
				return err
			}
			return f.run(c.Context(), chosen, c.OutOrStdout())
		},
	}
	flags := c.Flags()
	flags.IntVar(&f.seeds, "seeds", 3, "run starters and solutions at seeds 1 to N, mutants at 3 of them at most")
	flags.IntVar(&f.times, "times", 1, "run scenarios in which something dies N times in a row, mutants 20 times at most")
	flags.IntVar(&f.jobs, "jobs", min(2, runtime.NumCPU()), "proofs side by side")
	flags.BoolVar(&f.solutions, "solutions", false, "prove that solutions pass, and nothing else")
	return c
}

// chosen are the exercises that are named, or all.
func (f *lintFlags) chosen(args []string) (chosen []workshop.Exercise, err error) {
	for _, n := range []struct {
		flag  string
		value int
	}{{"seeds", f.seeds}, {"times", f.times}, {"jobs", f.jobs}} {
		if n.value < 1 || n.value > 10_000 {
			err = errors.Join(err, fmt.Errorf("--%s %d: want 1 to 10000", n.flag, n.value))
		}
	}
	for _, word := range args {
		e, unknown := oneExercise(word)
		chosen, err = append(chosen, e), errors.Join(err, unknown)
	}
	if len(args) == 0 {
		chosen = exercises
	}
	return chosen, err
}

// run prints each proof as soon as it is made.
func (f *lintFlags) run(ctx context.Context, chosen []workshop.Exercise, out io.Writer) (err error) {
	m, err := newMachine(ctx, io.Discard)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	dir, err := m.Temp()
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	o := lint.Options{
		Exercises: chosen, Seeds: f.seeds, Times: f.times, Jobs: f.jobs, Solutions: f.solutions, Exe: exe, Dir: dir,
		Machine: func(e workshop.Exercise, learner uint64) workshop.Machine { return m.on(e, learner) },
	}
	all, wrong := 0, 0
	err = lint.Run(ctx, o, func(r lint.Result) {
		all++
		if !r.Good() {
			wrong++
		}
		fmt.Fprintln(out, proofLine(r))
		for _, w := range r.Wrong {
			for line := range strings.Lines(w) {
				fmt.Fprintf(out, "       %s\n", oneLine(strings.TrimRight(line, "\n")))
			}
		}
	})
	switch {
	case err != nil:
		return interrupted(ctx, err)
	case wrong > 0:
		return exit{exitBroken, fmt.Errorf("%d of %d proofs do not hold", wrong, all)}
	}
	fmt.Fprintf(out, "all %d proofs hold\n", all)
	return nil
}

func proofLine(r lint.Result) string {
	mark := "ok  "
	if !r.Good() {
		mark = "MISS"
	}
	return strings.TrimRight(fmt.Sprintf("%s %d %-13s %3d of %-3d %6.1f s  %s", mark, r.Exercise.Number, r.Style, r.Right, r.Of, r.Seconds, r.What), " ")
}
