package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

func learnList(f *learnFlags) *cobra.Command {
	var format outputFormat
	c := &cobra.Command{
		Use:   "list",
		Short: "What is done, and what is next",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format.wrong != nil {
				return usage(format.wrong)
			}
			found, s, err := f.open(c.ErrOrStderr())
			if err != nil {
				return err
			}
			rows, err := listed(found, s)
			if err != nil {
				return err
			}
			if format.json {
				return printJSON(c.OutOrStdout(), listReport{versions()["sagabench"], s.Learner, s.Alias, rows})
			}
			printList(c.OutOrStdout(), f, s, rows)
			return nil
		},
	}
	c.Flags().VarP(&format, "output", "o", "what is printed: text or json")
	return c
}

// A listReport is how far a learner has come.
type listReport struct {
	Sagabench string      `json:"sagabench"`
	Learner   uint64      `json:"learner"`
	Alias     string      `json:"alias,omitempty"`
	Exercises []listedOne `json:"exercises"`
}

// A listedOne is of one exercise.
type listedOne struct {
	Number    int                     `json:"number"`
	Title     string                  `json:"title"`
	Folder    string                  `json:"folder"`
	FullDay   bool                    `json:"full_day,omitempty"`
	Minutes   [2]int                  `json:"minutes"`
	Done      bool                    `json:"done"`
	Hints     int                     `json:"hints"`
	Predicted *predicted              `json:"predicted,omitempty"`
	Styles    map[string]folder.Tries `json:"tries,omitempty"` // by style; "" without styles

	exercise workshop.Exercise
}

func listed(f *folder.Folder, s folder.State) (rows []listedOne, err error) {
	for _, e := range exercises {
		p := s.Exercises[e.Number]
		done := checked{done: p.Done(e)}
		if e.Questions != nil {
			done.questions = e.Questions(s.Learner)
			if done.predicted, err = f.Prediction(e); err != nil {
				return nil, err
			}
		}
		rows = append(rows, listedOne{e.Number, e.Title, e.Folder, e.FullDay, e.Minutes, done.done, p.Hints, done.score(), p.Styles, e})
	}
	return rows, nil
}

func printList(out io.Writer, f *learnFlags, s folder.State, rows []listedOne) {
	p := newPaper(out)
	next, more := nextExercise(s)
	longest := 0
	for _, r := range rows {
		longest = max(longest, width(r.Title))
	}
	for _, r := range rows {
		mark := " "
		switch {
		case r.Done:
			mark = "✓"
		case r.Number == next.Number:
			mark = "▸"
		}
		title := r.Title + strings.Repeat(" ", longest-width(r.Title))
		p.hanging(fmt.Sprintf("%s %d  %s  %3d–%-3d minutes  ", mark, r.Number, title, r.Minutes[0], r.Minutes[1]), r.how())
	}
	p.print("")
	if !more {
		p.print("Every exercise has passed.")
		return
	}
	p.labelled("next", fmt.Sprintf("read %s/README.md, then", next.Folder))
	p.command("", f.again("check", fmt.Sprint(next.Number)))
}

// how is how an exercise stands.
func (r listedOne) how() string {
	var words []string
	for _, style := range r.exercise.Checks() {
		t := r.Styles[style]
		word := ""
		switch {
		case t.Passed > 0:
			word = fmt.Sprintf("passed at try %d", t.Passed)
		case t.N > 0:
			word = counted(t.N, "try", "tries")
		case style == "":
			continue
		default:
			word = "not tried"
		}
		words = append(words, strings.TrimSpace(style+" "+word))
	}
	if !r.Done && len(r.Styles) == 0 {
		words = nil
		if r.FullDay {
			words = []string{"for the full day"}
		}
	}
	if r.Predicted != nil {
		words = append(words, fmt.Sprintf("predicted %d of %d", r.Predicted.Right, r.Predicted.Of))
	}
	if r.Hints > 0 {
		words = append(words, counted(r.Hints, "hint", "hints"))
	}
	return strings.Join(words, ", ")
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
