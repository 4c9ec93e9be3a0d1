package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

func learnHint(f *learnFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "hint [N]",
		Short: "Show the next hint; once the exercise has passed, the solution",
		Long: `hint shows the next of the hints for an exercise, from a nudge to nearly the answer, and
the last again when there are no more. How many were seen is counted.

Once every style of the exercise has passed it shows how the project's own solution
differs from yours, and the right answers.`,
		Args: atMostOne,
		RunE: func(c *cobra.Command, args []string) error {
			found, s, err := f.open(c.ErrOrStderr())
			if err != nil {
				return err
			}
			e, err := chosenExercise(args, s)
			if err != nil {
				return err
			}
			if s.Exercises[e.Number].Done(e) {
				return printSolution(c.OutOrStdout(), found, s, e)
			}
			return learnError(c.ErrOrStderr(), printHint(c.OutOrStdout(), found, e))
		},
	}
}

func printHint(out io.Writer, found *folder.Folder, e workshop.Exercise) error {
	levels := e.Hints()
	if len(levels) == 0 {
		return fmt.Errorf("exercise %d has no hints", e.Number)
	}
	level, err := found.Hint(e.Number, len(levels))
	if err != nil {
		return err
	}
	p := newPaper(out)
	p.paragraph(0, fmt.Sprintf("%d %s · hint %d of %d", e.Number, e.Title, level, len(levels)))
	p.print("")
	p.page(levels[level-1])
	return nil
}

// printSolution prints how the solution differs from what the learner has, and the
// answers.
func printSolution(out io.Writer, found *folder.Folder, s folder.State, e workshop.Exercise) error {
	p := newPaper(out)
	p.paragraph(0, fmt.Sprintf("%d %s · the solution", e.Number, e.Title))
	solution := e.Solution()
	for _, name := range slices.Sorted(maps.Keys(solution)) {
		yours, err := os.ReadFile(filepath.Join(found.Dir, filepath.FromSlash(name)))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		change := diff.Diff("yours/"+name, withoutTodo(yours), "solution/"+name, solution[name])
		if len(change) == 0 {
			change = []byte(name + " is yours, word by word.")
		}
		p.print("")
		p.lines(string(change))
	}
	if e.Questions == nil {
		return nil
	}
	p.print("")
	for _, q := range e.Questions(s.Learner) {
		p.paragraph(0, fmt.Sprintf("%s: %s", q.Key, q.Want))
		p.paragraph(2, q.Why)
	}
	return nil
}

// withoutTodo leaves out a TODO at the top of a file. It is no difference of code, and
// would show files in which nothing else is.
func withoutTodo(text []byte) []byte {
	if todo, rest, ok := bytes.Cut(text, []byte("\n\n")); ok && bytes.HasPrefix(todo, []byte("// TODO")) && !bytes.Contains(todo, []byte("\n")) {
		return rest
	}
	return text
}

func learnReset(f *learnFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "reset N",
		Short: "Begin an exercise anew; what you have is kept in a backup",
		Long: `reset gives an exercise the files that it began with. What stands in its folder is
copied to a backup before that, and the backup's path is printed. What was passed and
predicted stays.`,
		Args: exactly(1, "one exercise"),
		RunE: func(c *cobra.Command, args []string) error {
			found, _, err := f.open(c.ErrOrStderr())
			if err != nil {
				return err
			}
			e, err := oneExercise(args[0])
			if err != nil {
				return err
			}
			backup, err := found.Reset(e)
			if backup != "" {
				fmt.Fprintf(c.OutOrStdout(), "what you had is in %s\n", filepath.Join(found.Dir, backup))
			}
			if err != nil {
				return learnError(c.ErrOrStderr(), err)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is as it was at the beginning\n", e.Folder)
			return nil
		},
	}
}
