package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/lint"
)

func TestSoundExercise(t *testing.T) {
	e := sound()
	e.put("README.md", readme+"\n```\n$ sagabench learn watch 9\n```\n\nWith nats.go, [mine](choreography/mine.txt#L1), `answers.yaml`,\n"+
		"`mine.go`, ../kit/kit.go and [elsewhere](https://example.org/docs/flow.md).\n")
	e.put("choreography/mine.go", "package main\n")
	for _, jobs := range []int{1, 4} {
		wrong, proofs := linted(t, e.Exercise, func(o *lint.Options) { o.Jobs = jobs })
		// Texts; in each style starter, solution, a death, three mutants, and answers in three ways; three commands.
		if want := 1 + 2*(1+1+1+3+3) + 3; len(wrong) > 0 || proofs != want {
			t.Errorf("%d jobs: %d proofs, want %d; wrong: %s", jobs, proofs, want, strings.Join(wrong, "\n"))
		}
	}
}

// Solutions alone are each style's at each seed.
func TestSolutionsAlone(t *testing.T) {
	e := sound()
	wrong, proofs := linted(t, e.Exercise, func(o *lint.Options) { o.Solutions = true })
	if len(wrong) > 0 || proofs != 2 {
		t.Errorf("%d proofs, wrong: %v", proofs, wrong)
	}
	e.put("solution/choreography/mine.txt", "works")
	if wrong, _ := linted(t, e.Exercise, func(o *lint.Options) { o.Solutions = true }); len(wrong) != 1 {
		t.Errorf("a solution fails, and wrong is %v", wrong)
	}
}

// Whatever is wrong with an exercise is found: each of these has one mistake.
func TestBadExercises(t *testing.T) {
	in := func(style, scenario string, j workshop.Job) bool { return j.Style == style && j.Plays(scenario) }
	for name, c := range map[string]struct {
		spoil func(*toy)
		want  string // begins a line
	}{
		"a mutant passes": {func(e *toy) { e.Mutants[0].Edits[0].New = e.Mutants[0].Edits[0].Old + " " }, `choreography ` + "no "},
		"a mutant fails elsewhere": {func(e *toy) { e.mutant("no inbox").Scenario = "all well" },
			`choreography no inbox fails in "all well" 0 of 4: seed 1: fails in "killed": It is not there.`},
		"a mutant does not apply": {func(e *toy) { e.mutant("no key").Edits[0].Old = "kee" },
			`choreography no key fails in "the same again" 0 of 1: choreography/mine.txt has "kee" 0 times, want once`},
		"a mutant edits no file": {func(e *toy) { e.mutant("no key").Edits[0].File = "mine.txt" },
			`choreography no key fails in "the same again" 0 of 1: the solution has no mine.txt`},
		"a mutant passes at times": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if r.Verdict == workshop.Failed && r.Scenario == "killed" && e.calls.Add(1)%3 == 0 {
					*r = workshop.Result{Verdict: workshop.Passed}
				}
			}
		}, `choreography no inbox fails in "killed" 3 of 4: seed 1: passes`},
		"the starter passes": {func(e *toy) { e.put("choreography/mine.txt", "works key inbox TODO") },
			`choreography starter fails in "the same again" 0 of 2: seed 1: passes; seed 2: passes`},
		"the starter fails elsewhere": {func(e *toy) { e.put("orchestration/mine.txt", "TODO") },
			`orchestration starter fails in "the same again" 0 of 2: seed 1: fails in "all well"`},
		"the solution fails": {func(e *toy) { e.put("solution/orchestration/mine.txt", "works key") },
			`orchestration solution passes 0 of 2: seed 1: fails in "killed": It is not there.; seed 2: `},
		"the solution fails at one seed": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if in("choreography", "", j) && j.Seed == 2 && r.Verdict == workshop.Passed {
					r.Verdict, r.Scenario = workshop.Failed, "all well"
				}
			}
		}, `choreography solution passes 1 of 2: seed 2: fails in "all well"`},
		"the solution dies at times": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if j.Style == "orchestration" && j.Scenario == "killed" && e.calls.Add(1)%3 == 0 {
					r.Verdict, r.Scenario = workshop.Failed, "killed"
				}
			}
		}, `orchestration solution passes "killed" 2 of 3: seed 1: fails in "killed"`},
		"a scenario did not fire": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if j.Style == "orchestration" && r.Verdict == workshop.Passed {
					*r = workshop.Result{Scenario: "killed", Sentence: "Nothing died."}
				}
			}
		}, `orchestration solution passes 0 of 2: seed 1: is unknown in "killed": Nothing died.`},
		"a failure has no sentence": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) { r.Sentence = "" }
		}, `choreography starter fails in "the same again" 0 of 2: seed 1: fails without a sentence`},
		"lanes have a hole": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				r.Lanes = workshop.Lanes{Heads: []string{"a", "b"}, Lines: []workshop.Line{{Cells: []string{"one"}}}}
			}
		}, `choreography starter fails in "the same again" 0 of 2: seed 1: a line of its lanes has 1 cells, and there are 2 heads`},
		"a wrong answer passes": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if r.Scenario == lint.YourAnswers && j.Answers["word"] == "none" {
					*r = workshop.Result{Verdict: workshop.Passed}
				}
			}
		}, `choreography each wrong answer fails 5 of 6: word: none passes`},
		"the right answers fail": {func(e *toy) {
			e.odd = func(j workshop.Job, r *workshop.Result) {
				if j.Scenario == lint.YourAnswers && r.Verdict == workshop.Passed {
					r.Verdict, r.Scenario, r.Sentence = workshop.Failed, lint.YourAnswers, "No."
				}
			}
		}, `choreography right answers pass 0 of 1: the file fails in "your answers": No.`},
		"answers can be copied": {func(e *toy) {
			e.Questions = func(uint64) []workshop.Question { return questions(3) }
		}, `choreography answers of another learner fail 0 of 5: the file of learner 2 passes`},
		"nothing follows from the seed":  {func(e *toy) { e.Questions = nil }, `all of it can be copied`},
		"seeded files are all the same":  {func(e *toy) { e.Seeded = func(uint64) (map[string][]byte, error) { return nil, nil } }, `learners get the same files`},
		"a question lacks its answer":    {func(e *toy) { e.asks(func(q *workshop.Question) { q.Want = "other" }) }, `word: its choices are no choice, or lack the right one`},
		"a question explains nothing":    {func(e *toy) { e.asks(func(q *workshop.Question) { q.Why = "" }) }, `word is not asked, or not explained`},
		"a question comes twice":         {func(e *toy) { e.asks(func(q *workshop.Question) { q.Key = "number" }) }, `number is asked twice`},
		"answers are not the last":       {func(e *toy) { e.Scenarios["choreography"] = []string{"all well", "the same again", "killed"} }, `the last scenario is not "your answers"`},
		"a command does not work":        {func(e *toy) { e.put("README.md", readme+"```\nsagabench learn fail\n```\n") }, ` README: sagabench learn fail 0 of 1: exit status 10: it does not work`},
		"the README does not check":      {func(e *toy) { e.put("README.md", "# Toy\nsagabench learn check 9\n") }, `README has no command "sagabench learn check 9"`},
		"there is no README":             {func(e *toy) { delete(e.files, "9-toy/README.md") }, `there is no README.md`},
		"the README is long":             {func(e *toy) { e.put("README.md", readme+strings.Repeat("\n", 90)) }, `README has 96 lines, at most 90`},
		"the README is wide":             {func(e *toy) { e.put("README.md", readme+strings.Repeat("×", 121)) }, `README:7 has 121 columns, at most 120`},
		"the README points elsewhere":    {func(e *toy) { e.put("README.md", readme+"[how](../docs/workshop.md)") }, `README.md points to ../docs/workshop.md, which is not in the learner's folder`},
		"a hint points elsewhere":        {func(e *toy) { e.put("hints.md", "## 1\n\na\n\n## 2\n\n`solution.go`\n\n## 3\n\ndocs/flow.md\n") }, `a hint points to solution.go, which is not in the learner's folder; a hint points to docs/flow.md,`},
		"there are two hints":            {func(e *toy) { e.put("hints.md", "## 1\n\na\n\n## 2\n\nb\n") }, `hints have 2 levels, want 3`},
		"a hint is empty":                {func(e *toy) { e.put("hints.md", "## 1\n\na\n\n## 2\n\n## 3\n\nc\n") }, `a hint is empty`},
		"there is nothing to do":         {func(e *toy) { e.put("choreography/mine.txt", "works") }, `choreography/mine.txt has no TODO`},
		"the starter lacks a file":       {func(e *toy) { e.Yours = append(e.Yours, "other.txt") }, `the starter has no other.txt; the solution has no other.txt`},
		"the solution edits what is not": {func(e *toy) { e.put("solution/given.txt", "") }, `the solution has 9-toy/given.txt, which is not the learner's`},
		"there are few mutants":          {func(e *toy) { e.Mutants = e.Mutants[1:] }, `2 mutants of the choreography, want 3`},
		"two mutants are the same":       {func(e *toy) { e.Mutants[1].Sentence = e.Mutants[0].Sentence }, `its name and its sentence are to be its own`},
		"a mutant names what is not":     {func(e *toy) { e.Mutants[0].Scenario = "nowhere" }, `"choreography" has no scenario "nowhere"`},
		"the starter names what is not":  {func(e *toy) { e.Fails["choreography"] = "nowhere" }, `starter fails in "nowhere", which is no scenario`},
		"the starter names nothing":      {func(e *toy) { e.Fails = nil }, `choreography starter fails in "" 0 of 2: seed 1: no scenario is named`},
		"a death names what is not":      {func(e *toy) { e.Deaths = []string{"nowhere"} }, `something dies in "nowhere", which is no scenario`},
		"minutes are no range":           {func(e *toy) { e.Minutes[1] = 5 }, `minutes are a range`},
		"there is no goal":               {func(e *toy) { e.Goal = "" }, `there is no goal`},
		"the solution leans on a starter": {func(e *toy) {
			e.put("solution/choreography/main.go", "package main\n\nfunc main() { lean() }\n")
			e.put("choreography/lean.go", "package main\n\nfunc lean() {}\n")
		}, ` solution folder compiles alone 0 of 1: `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := sound()
			c.spoil(e)
			wrong, _ := linted(t, e.Exercise, func(o *lint.Options) { o.Jobs = 1 })
			if !slices.ContainsFunc(wrong, func(line string) bool { return strings.Contains(line, c.want) }) {
				t.Errorf("found\n%s\nwant %s", strings.Join(wrong, "\n"), c.want)
			}
		})
	}
}

func (t *toy) mutant(name string) *workshop.Mutant {
	return &t.Mutants[slices.IndexFunc(t.Mutants, func(m workshop.Mutant) bool { return m.Style == "choreography" && m.Name == name })]
}

// asks changes the question with choices.
func (t *toy) asks(change func(*workshop.Question)) {
	t.Questions = func(learner uint64) []workshop.Question {
		all := questions(learner)
		change(&all[1])
		return all
	}
}
