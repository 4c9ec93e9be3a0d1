package lint

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// A proving is what the proofs of one exercise share.
type proving struct {
	Options
	exercise  workshop.Exercise
	questions []workshop.Question
	right     workshop.Answers
	solved    string // a folder with the solution
	folders   int
}

// proofs are all of an exercise. Folders are made before anything runs.
func (o Options) proofs(e workshop.Exercise) (all []proof, err error) {
	p := &proving{Options: o, exercise: e}
	if e.Questions != nil {
		p.questions = e.Questions(learner)
	}
	p.right = wants(p.questions)
	if p.solved, err = p.folder(e.Solution(), p.right); err != nil {
		return nil, err
	}
	add := func(more []proof, failed error) {
		all, err = append(all, more...), errors.Join(err, failed)
	}
	if o.Solutions {
		for _, style := range e.Checks() {
			all = append(all, p.solution(style)[0])
		}
		return all, nil
	}
	all = append(all, p.texts())
	for _, style := range e.Checks() {
		add(p.starter(style))
		all = append(all, p.solution(style)...)
		add(p.mutants(style))
		all = append(all, p.answers(style)...)
	}
	add(p.aloneCompiles())
	add(p.commands())
	return all, err
}

// folder makes a learner's folder of this exercise alone, with some files and answers.
func (p *proving) folder(files map[string][]byte, a workshop.Answers) (dir string, err error) {
	p.folders++
	dir = filepath.Join(p.Dir, fmt.Sprintf("%d-%d", p.exercise.Number, p.folders))
	if _, _, err := folder.Init(dir, folder.Options{Sagabench: "lint", Learner: learner}, []workshop.Exercise{p.exercise}); err != nil {
		return "", err
	}
	files = maps.Clone(files)
	if p.exercise.Questions != nil && a != nil {
		text, err := yaml.Marshal(map[string]string(a))
		if err != nil {
			return "", err
		}
		if files == nil {
			files = map[string][]byte{}
		}
		files[path.Join(p.exercise.Folder, "answers.yaml")] = text
	}
	return dir, write(dir, files)
}

// check plays scenarios in a folder.
func (p *proving) check(ctx context.Context, dir, style, scenario string, seed uint64, a workshop.Answers) (workshop.Result, error) {
	return p.exercise.Check(ctx, workshop.Job{
		Dir: dir, Learner: learner, Seed: seed, Style: style, Scenario: scenario, Answers: a, Machine: p.Machine(p.exercise, learner),
	})
}

// must returns what is wrong about a result that is to be a failure in a scenario, or a
// pass when that is "".
func must(r workshop.Result, scenario string) string {
	switch {
	case scenario == "" && r.Verdict == workshop.Passed:
		return ""
	case scenario != "" && r.Verdict == workshop.Failed && r.Scenario == scenario:
		return incomplete(r)
	case r.Verdict == workshop.Passed:
		return "passes"
	case r.Verdict == workshop.Failed:
		return fmt.Sprintf("fails in %q: %s", r.Scenario, r.Sentence)
	}
	return fmt.Sprintf("is unknown in %q: %s", r.Scenario, r.Sentence)
}

// incomplete is what a learner would miss in a failure.
func incomplete(r workshop.Result) string {
	for _, line := range r.Lanes.Lines {
		if len(line.Cells) != len(r.Lanes.Heads) {
			return fmt.Sprintf("a line of its lanes has %d cells, and there are %d heads", len(line.Cells), len(r.Lanes.Heads))
		}
	}
	if strings.TrimSpace(r.Sentence) == "" {
		return "fails without a sentence"
	}
	return ""
}

// starter proves that what learners begin with fails in the scenario that is named. An
// exercise without programs begins with wrong answers.
func (p *proving) starter(style string) ([]proof, error) {
	scenario := p.exercise.Fails[style]
	a := p.right
	if len(p.exercise.Yours) == 0 {
		a = workshop.Answers{}
		for _, q := range p.questions {
			a[q.Key] = wrong(q)[0]
		}
	}
	dir, err := p.folder(nil, a)
	return []proof{{exercise: p.exercise, style: style, what: fmt.Sprintf("starter fails in %q", scenario), tries: repeat(upTo(p.Seeds), func(ctx context.Context, seed uint64) (string, error) {
		r, err := p.check(ctx, dir, style, "", seed, a)
		if scenario == "" {
			return "no scenario is named", err
		}
		return must(r, scenario), err
	})}}, err
}

// solution proves that the solution passes at every seed, and where something dies every
// time.
func (p *proving) solution(style string) []proof {
	passes := func(scenario string) func(context.Context, uint64) (string, error) {
		return func(ctx context.Context, seed uint64) (string, error) {
			r, err := p.check(ctx, p.solved, style, scenario, seed, p.right)
			return must(r, ""), err
		}
	}
	all := []proof{{exercise: p.exercise, style: style, what: "solution passes", tries: repeat(upTo(p.Seeds), passes(""))}}
	for _, scenario := range p.exercise.Deaths {
		if slices.Contains(p.exercise.Scenarios[style], scenario) {
			tries := repeat(slices.Repeat([]uint64{1}, p.Times), passes(scenario))
			all = append(all, proof{exercise: p.exercise, style: style, what: fmt.Sprintf("solution passes %q", scenario), tries: tries})
		}
	}
	return all
}

// mutants proves that each mistake that was thought of fails where it must.
func (p *proving) mutants(style string) (all []proof, err error) {
	seeds := slices.Concat(upTo(min(p.Seeds, mutantSeeds)), slices.Repeat([]uint64{1}, max(0, min(p.Times, mutantTimes)-1)))
	for _, m := range p.exercise.Mutants {
		if m.Style != style {
			continue
		}
		one := proof{exercise: p.exercise, style: style, what: fmt.Sprintf("%s fails in %q", m.Name, m.Scenario)}
		files, broken := p.mutated(m)
		if broken != nil {
			one.tries = []try{func(context.Context) (string, error) { return broken.Error(), nil }}
			all = append(all, one)
			continue
		}
		dir, err := p.folder(files, p.right)
		if err != nil {
			return nil, err
		}
		one.tries = repeat(seeds, func(ctx context.Context, seed uint64) (string, error) {
			r, err := p.check(ctx, dir, style, "", seed, p.right)
			return must(r, m.Scenario), err
		})
		all = append(all, one)
	}
	return all, nil
}

// mutated is the solution with a mutant's mistake.
func (p *proving) mutated(m workshop.Mutant) (map[string][]byte, error) {
	files := p.exercise.Solution()
	for _, edit := range m.Edits {
		name := path.Join(p.exercise.Folder, edit.File)
		if _, there := files[name]; !there {
			return nil, fmt.Errorf("the solution has no %s", edit.File)
		}
	}
	for name, text := range files {
		edited, err := workshop.Apply(m.Edits, strings.TrimPrefix(name, p.exercise.Folder+"/"), string(text))
		if err != nil {
			return nil, err
		}
		files[name] = []byte(edited)
	}
	if len(m.Edits) == 0 {
		return nil, errors.New("it edits nothing")
	}
	return files, nil
}
