package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/checks"
	"github.com/sagabench/sagabench/workshop/folder"
)

// exercises are those of the workshop. Tests put others in their place.
var exercises = checks.All

// learnFlags are the flags of every verb of `sagabench learn`.
type learnFlags struct {
	dir string
}

func learnCommand() *cobra.Command {
	var f learnFlags
	c := &cobra.Command{
		Use:   "learn",
		Short: "Exercises that check themselves",
		Long: `learn has exercises on choreography and orchestration. Your program becomes one
part of a real cell, with real servers; a check says that it holds, or shows the
one order that went wrong.

  sagabench learn init ~/learn-sagas     your folder, with all exercises
  cd ~/learn-sagas
  sagabench learn list                   what is done, and what is next
  sagabench learn check 3                does your exercise 3 hold?
  sagabench learn watch 3                the same after every save
  sagabench learn hint 3                 the next hint; after a pass, the solution

Run these in your folder, or name it by --dir. How it works, what is judged, and
what is kept of you: docs/workshop.md in sagabench's source.`,
		Args: unknownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&f.dir, "dir", ".", "your folder, or one in it")
	c.AddCommand(learnInit(), learnList(&f), learnCheck(&f), learnWatch(&f), learnHint(&f), learnReset(&f), learnLint())
	return c
}

func learnInit() *cobra.Command {
	var o folder.Options
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a folder with all exercises, or add what one lacks",
		Long: `init makes a learner's folder: a Go module of its own, outside of sagabench's
source. A folder that has been made before gets what it lacks; nothing in it is
overwritten.

Questions and some files follow from the learner's seed, so that answers of another
learner are of no use. It is drawn, unless --seed has it.`,
		Args: exactly(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("seed") && o.Learner == 0 {
				return usage(errors.New("--seed 0: want 1 or more; without --seed one is drawn"))
			}
			o.Sagabench = versions()["sagabench"]
			found, written, err := folder.Init(args[0], o, exercises)
			if err != nil {
				return learnError(c.ErrOrStderr(), err)
			}
			note, err := found.Update(o.Sagabench)
			if err != nil {
				return learnError(c.ErrOrStderr(), err)
			}
			s, err := found.State()
			if err != nil {
				return learnError(c.ErrOrStderr(), err)
			}
			out := c.OutOrStdout()
			tell(out, note)
			fmt.Fprintf(out, "%s: %d files written; learner seed %d\n", found.Dir, written, s.Learner)
			if next, ok := nextExercise(s); ok {
				fmt.Fprintf(out, "\n  cd %s\n  less %s/README.md\n  sagabench learn check %d\n", shellWord(found.Dir), next.Folder, next.Number)
			}
			return nil
		},
	}
	c.Flags().Uint64Var(&o.Learner, "seed", 0, "the learner's seed, from 1 (default: one is drawn)")
	c.Flags().StringVar(&o.Alias, "alias", "", "a name for this learner in the results of a class (default: none)")
	return c
}

// open finds the learner's folder and brings the given files up to date.
func (f *learnFlags) open(errs io.Writer) (*folder.Folder, folder.State, error) {
	found, err := folder.Find(f.dir, exercises)
	if err != nil {
		return nil, folder.State{}, learnError(errs, err)
	}
	note, err := found.Update(versions()["sagabench"])
	if err != nil {
		return nil, folder.State{}, learnError(errs, err)
	}
	tell(errs, note)
	s, err := found.State()
	return found, s, learnError(errs, err)
}

// tell prints a note, if there is one.
func tell(to io.Writer, note string) {
	if note != "" {
		newPaper(to).paragraph(0, note)
	}
}

// again is how a verb is called again, from where this one was.
func (f *learnFlags) again(args ...string) []string {
	words := append([]string{"sagabench", "learn"}, args...)
	if f.dir != "." {
		words = append(words, "--dir", f.dir)
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return words
}

// learnError prints a mistake that the learner can mend, with how. Its layout is kept:
// it may be what a compiler printed. Other errors are returned as they are.
func learnError(errs io.Writer, err error) error {
	var mistake *workshop.Mistake
	if !errors.As(err, &mistake) {
		return err
	}
	fmt.Fprintf(errs, "sagabench: %s\n", strings.TrimRight(mistake.Text, "\n"))
	if mistake.Mend != "" {
		fmt.Fprintf(errs, "  to mend it: %s\n", mistake.Mend)
	}
	return exit{exitUsage, nil}
}

// oneExercise finds an exercise by number, by folder, or by a path to it.
func oneExercise(word string) (workshop.Exercise, error) {
	name := filepath.Base(filepath.Clean(word))
	number, err := strconv.Atoi(name)
	var known []string
	for _, e := range exercises {
		if err == nil && e.Number == number || e.Folder == name {
			return e, nil
		}
		known = append(known, e.Folder)
	}
	return workshop.Exercise{}, usage(fmt.Errorf("there is no exercise %q%s", word, nearest.HintOrAll(word, known)))
}

// nextExercise is the first that has not passed; false when all have.
func nextExercise(s folder.State) (workshop.Exercise, bool) {
	for _, e := range exercises {
		if !s.Exercises[e.Number].Done(e) {
			return e, true
		}
	}
	return workshop.Exercise{}, false
}

// chosenExercise is the one that is named, or else the next one.
func chosenExercise(args []string, s folder.State) (workshop.Exercise, error) {
	if len(args) > 0 {
		return oneExercise(args[0])
	}
	if e, ok := nextExercise(s); ok {
		return e, nil
	}
	return workshop.Exercise{}, usage(errors.New("every exercise has passed: name one"))
}

// atMostOne refuses more than one exercise.
func atMostOne(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(fmt.Errorf("%s takes one exercise, got %d; see %s --help", c.CommandPath(), len(args), c.CommandPath()))
	}
	return nil
}
