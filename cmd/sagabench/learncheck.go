package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/workshop"
)

// seedsOfCheck is how many seeds a program has to pass. The others are tried when it has
// passed the first.
const seedsOfCheck = 3

// checkFlags are the flags of `sagabench learn check`.
type checkFlags struct {
	*learnFlags
	all      bool
	seed     uint64
	style    string
	scenario string
	format   outputFormat
}

func learnCheck(of *learnFlags) *cobra.Command {
	f := checkFlags{learnFlags: of}
	c := &cobra.Command{
		Use:   "check [N]",
		Short: "Check an exercise: the one that is named, or the next",
		Long: `check builds your program, makes it a part of a cell, and plays the scenarios of the
exercise, in both styles at once. It shows the first one that fails, and only that.
Other seeds are tried once the first one has passed.

Questions in answers.yaml are to be answered before. The first answers are kept as your
prediction, and compared when the exercise has passed.

Exit codes: 0 passed · 10 failed · 12 not known: try again · 2 yours to mend, such as
code that does not compile · 1 error.`,
		Args: atMostOne,
		RunE: func(c *cobra.Command, args []string) error {
			if err := usage(errors.Join(f.format.wrong, f.wrong(args))); err != nil {
				return err
			}
			return f.run(c.Context(), args, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.BoolVar(&f.all, "all", false, "check every exercise")
	flags.Uint64Var(&f.seed, "seed", 1, fmt.Sprintf("the first of %d seeds", seedsOfCheck))
	flags.StringVar(&f.style, "style", "", "check one style alone")
	flags.StringVar(&f.scenario, "scenario", "", "play one scenario alone")
	flags.VarP(&f.format, "output", "o", "what is printed: text or json")
	return c
}

func (f *checkFlags) wrong(args []string) error {
	switch {
	case f.all && len(args) > 0:
		return fmt.Errorf("--all checks every exercise: leave out %q", args[0])
	case f.all && (f.scenario != "" || f.style != ""):
		return errors.New("--all is for all styles and scenarios: leave out --style and --scenario")
	}
	return nil
}

// run checks what is asked for.
func (f *checkFlags) run(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	found, s, err := f.open(errs)
	if err != nil {
		return err
	}
	chosen := exercises
	if !f.all {
		one, err := chosenExercise(args, s)
		if err != nil {
			return err
		}
		chosen = []workshop.Exercise{one}
	}
	for _, e := range chosen {
		if err := f.fits(e); err != nil {
			return usage(err)
		}
	}
	m, err := newMachine(ctx, errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	report := newCheckReport(s)
	p := newPaper(out)
	for _, e := range chosen {
		c := checking{learnFlags: f.learnFlags, folder: found, learner: s.Learner, exercise: e, styles: f.styles(e), seeds: f.seeds(e), scenario: f.scenario, machine: m}
		if !f.format.json {
			c.print = func(o outcome) { p.outcome(c, o) }
		}
		done, err := c.run(ctx)
		if err != nil {
			return interrupted(ctx, learnError(errs, err))
		}
		report.add(e, done)
		if !f.format.json {
			p.after(c, done)
		}
	}
	if f.format.json {
		err = printJSON(out, report)
	}
	return errors.Join(err, report.exit())
}

// interrupted is the error of a verb that was ended by the user.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return exit{exitInterrupted, errors.New("interrupted")}
	}
	return err
}

// fits refuses a style and a scenario that an exercise does not have.
func (f *checkFlags) fits(e workshop.Exercise) error {
	var bad []error
	if f.style != "" && !slices.Contains(e.Styles, f.style) {
		if len(e.Styles) == 0 {
			return fmt.Errorf("exercise %d is about both styles: leave out --style", e.Number)
		}
		bad = append(bad, fmt.Errorf("exercise %d has no style %q%s", e.Number, f.style, nearest.HintOrAll(f.style, e.Styles)))
	}
	var all []string
	for _, style := range e.Checks() {
		if f.style == "" || style == f.style || len(bad) > 0 {
			all = append(all, e.Scenarios[style]...)
		}
	}
	if f.scenario != "" && !slices.Contains(all, f.scenario) {
		slices.Sort(all)
		bad = append(bad, fmt.Errorf("exercise %d has no scenario %q%s", e.Number, f.scenario, nearest.HintOrAll(f.scenario, slices.Compact(all))))
	}
	return errors.Join(bad...)
}

// styles are those to check: of one scenario, those that have it.
func (f *checkFlags) styles(e workshop.Exercise) (all []string) {
	for _, style := range e.Checks() {
		if f.style != "" && style != f.style && slices.Contains(e.Styles, f.style) {
			continue
		}
		if f.scenario == "" || slices.Contains(e.Scenarios[style], f.scenario) {
			all = append(all, style)
		}
	}
	return all
}

func (f *checkFlags) seeds(e workshop.Exercise) (all []uint64) {
	if e.OfLearner {
		return []uint64{f.seed}
	}
	for n := range uint64(seedsOfCheck) {
		all = append(all, f.seed+n)
	}
	return all
}
