package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing/fstest"

	"github.com/sagabench/sagabench/workshop"
)

// toyVariable makes the exercises of a transcript those of the tests.
const toyVariable = "SAGABENCH_TEST_TOY"

const toyProgram = `package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	fmt.Println(double(n))
}

// TODO: this does not double.
func double(n int) int { return n }
`

const toyReadme = "# Toy\n\nDouble a number.\n\n```\nsagabench learn check 9\nsagabench learn hint 9\n```\n"

var toyStyles = []string{"choreography", "orchestration"}

// toyExercise needs no server: its programs double numbers.
func toyExercise() workshop.Exercise {
	solution := strings.NewReplacer("// TODO: this does not double.\n", "", "return n }", "return 2 * n }").Replace(toyProgram)
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	e := workshop.Exercise{
		Number: 9, Folder: "9-toy", Title: "Toy", Minutes: [2]int{5, 10}, Goal: "I can double.", Styles: toyStyles,
		Files:     fstest.MapFS{"9-toy/README.md": file(toyReadme), "9-toy/hints.md": file("## 1\n\nlook\n\n## 2\n\nthink\n\n## 3\n\nwrite it\n")},
		Scenarios: map[string][]string{}, Fails: map[string]string{},
		Questions: func(learner uint64) []workshop.Question {
			return []workshop.Question{
				{Key: "parity", Ask: "Is twice your seed even or odd?", Choices: []string{"even", "odd"}, Want: "even", Why: "Twice anything is even."},
				{Key: "twice", Ask: "What is twice your seed?", Want: fmt.Sprint(2 * learner), Why: "Seed and seed."},
			}
		},
		Check: toyCheck,
	}
	for _, style := range toyStyles {
		name := style + "/main.go"
		e.Files.(fstest.MapFS)["9-toy/"+name] = file(toyProgram)
		e.Files.(fstest.MapFS)["9-toy/"+style+"/given.go"] = file("package main // is given\n")
		e.Files.(fstest.MapFS)["9-toy/solution/"+name] = file(solution)
		e.Yours = append(e.Yours, name)
		e.Scenarios[style] = []string{"small numbers", "large numbers", "your answers"}
		e.Fails[style] = "small numbers"
		for i, m := range []struct{ name, with, scenario string }{
			{"plus two", "return n + 2 }", "small numbers"}, {"minus", "return -2 * n }", "small numbers"},
			{"clipped", "return min(2*n, 1000) }", "large numbers"},
		} {
			e.Mutants = append(e.Mutants, workshop.Mutant{
				Name: m.name, Style: style, Sentence: fmt.Sprintf("mistake %d", i), Scenario: m.scenario, Edits: []workshop.Edit{{File: name, Old: "return 2 * n }", New: m.with}},
			})
		}
	}
	return e
}

func toyCheck(ctx context.Context, j workshop.Job) (workshop.Result, error) {
	exe, err := j.Machine.Build(ctx, j.Dir, "9-toy/"+j.Style)
	if err != nil {
		return workshop.Result{}, err
	}
	for _, one := range []struct {
		scenario string
		n        uint64
	}{{"small numbers", j.Seed}, {"large numbers", 1000 + j.Seed}} {
		if !j.Plays(one.scenario) {
			continue
		}
		if r, err := toyPlay(ctx, exe, one.n); err != nil || r.Verdict != workshop.Passed {
			r.Scenario = one.scenario
			return r, err
		}
	}
	if missed := j.Answers.Misses(toyExercise().Questions(j.Learner)); len(missed) > 0 && j.Plays("your answers") {
		return workshop.Result{Verdict: workshop.Failed, Scenario: "your answers", Sentence: fmt.Sprintf("%d of your answers are wrong.", len(missed))}, nil
	}
	return workshop.Result{Verdict: workshop.Passed}, nil
}

func toyPlay(ctx context.Context, exe string, n uint64) (workshop.Result, error) {
	out, err := exec.CommandContext(ctx, exe, fmt.Sprint(n)).CombinedOutput()
	if exited := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exited) {
		return workshop.Result{}, err
	}
	seen := strings.TrimSpace(string(out))
	switch seen {
	case fmt.Sprint(2 * n):
		return workshop.Result{Verdict: workshop.Passed}, nil
	case "maybe":
		return workshop.Result{Sentence: "The number did not arrive."}, nil
	}
	return workshop.Result{
		Verdict:  workshop.Failed,
		Sentence: fmt.Sprintf("Twice %d is not %q.", n, seen),
		Lanes: workshop.Lanes{Heads: []string{"your program", "the sum"}, Lines: []workshop.Line{
			{Cells: []string{fmt.Sprintf("receives %d", n), ""}}, {MS: 1, Cells: []string{"prints " + seen, "is " + fmt.Sprint(2*n)}, Here: true},
		}},
		Expected: fmt.Sprint(2 * n), Seen: seen, Printed: string(out),
	}, nil
}
