package lint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// YourAnswers is the last scenario of an exercise with questions.
const YourAnswers = "your answers"

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

func wants(all []workshop.Question) workshop.Answers {
	a := workshop.Answers{}
	for _, q := range all {
		a[q.Key] = q.Want
	}
	return a
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

// others are learners whose answers must not do.
const others = 5

// answers proves that the right answers pass, and that each wrong one fails alone, and
// those of another learner.
func (p *proving) answers(style string) []proof {
	if p.exercise.Questions == nil {
		return nil
	}
	when := func(what string, a workshop.Answers, scenario string) try {
		return func(ctx context.Context) (string, error) {
			r, err := p.check(ctx, p.solved, style, YourAnswers, 1, a)
			if wrong := must(r, scenario); wrong != "" {
				return what + " " + wrong, err
			}
			return "", err
		}
	}
	right := proof{exercise: p.exercise, style: style, what: "right answers pass", tries: []try{when("the file", p.right, "")}}
	single := proof{exercise: p.exercise, style: style, what: "each wrong answer fails"}
	for _, q := range p.questions {
		for _, w := range wrong(q) {
			a := maps.Clone(p.right)
			a[q.Key] = w
			single.tries = append(single.tries, when(fmt.Sprintf("%s: %s", q.Key, w), a, YourAnswers))
		}
	}
	copied := proof{exercise: p.exercise, style: style, what: "answers of another learner fail"}
	for n := range uint64(others) {
		a := wants(p.exercise.Questions(learner + 1 + n))
		copied.tries = append(copied.tries, when(fmt.Sprintf("the file of learner %d", learner+1+n), a, YourAnswers))
	}
	return []proof{right, single, copied}
}

// wrong are wrong answers to a question: all other choices, or what is near.
func wrong(q workshop.Question) (all []string) {
	for _, c := range q.Choices {
		if !strings.EqualFold(strings.TrimSpace(c), q.Want) {
			all = append(all, c)
		}
	}
	if len(q.Choices) > 0 {
		return all
	}
	return []string{q.Want + "1", "x" + q.Want, "0" + q.Want, "?"}
}

// aloneCompiles proves that the solution's folder compiles by itself, as it does in the
// source of the project. So nothing in it leans on what a learner edits.
func (p *proving) aloneCompiles() ([]proof, error) {
	solution := map[string][]byte{}
	folders := map[string]bool{}
	for name, text := range p.exercise.Solution() {
		to := path.Join(p.exercise.Folder, "solution", strings.TrimPrefix(name, p.exercise.Folder+"/"))
		solution[to] = text
		if strings.HasSuffix(name, ".go") {
			folders["./"+path.Dir(to)] = true
		}
	}
	if len(folders) == 0 {
		return nil, nil
	}
	dir, err := p.folder(solution, nil)
	return []proof{{exercise: p.exercise, what: "solution folder compiles alone", tries: []try{func(ctx context.Context) (string, error) {
		c := exec.CommandContext(ctx, "go", append([]string{"vet"}, slices.Sorted(maps.Keys(folders))...)...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "PWD="+dir)
		out, err := c.CombinedOutput()
		if err != nil && ctx.Err() == nil {
			return strings.TrimSpace(string(out)) + " (" + err.Error() + ")", nil
		}
		return "", ctx.Err()
	}}}}, err
}

// commands proves that what the README tells a learner to type works, for one who has
// solved the exercise. Each command gets a copy of its own.
func (p *proving) commands() (all []proof, err error) {
	readme, err := p.readme()
	if err != nil {
		return nil, nil // texts reports it
	}
	bin := filepath.Join(p.Dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(p.Exe, filepath.Join(bin, "sagabench")); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	for _, command := range commandsOf(readme) {
		dir, err := p.folder(p.exercise.Solution(), p.right)
		if err != nil {
			return nil, err
		}
		all = append(all, proof{exercise: p.exercise, what: "README: " + command, tries: []try{func(ctx context.Context) (string, error) {
			return typed(ctx, command, dir, bin)
		}}})
	}
	return all, nil
}

// commandsOf are the sagabench commands in the blocks of a page.
func commandsOf(page string) (all []string) {
	inside := false
	joined := strings.ReplaceAll(page, "\\\n", " ")
	for line := range strings.SplitSeq(joined, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			inside = !inside
			continue
		}
		line = strings.TrimPrefix(line, "$ ")
		if inside && strings.HasPrefix(line, "sagabench ") && !slices.Contains(all, line) {
			all = append(all, strings.Join(strings.Fields(line), " "))
		}
	}
	return all
}

// typed runs a command as a shell does. One that goes on until it is interrupted is, once
// it has said what it says.
func typed(ctx context.Context, command, dir, bin string) (wrong string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, commandLimit, errors.New("goes on and on"))
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", "exec "+command)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "PWD="+dir)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	if strings.Contains(command, " watch") {
		enough := &until{of: []byte("solution "), then: func() { c.Process.Signal(os.Interrupt) }}
		c.Stdout = enough
	}
	switch err := c.Run(); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Sprintf("%v: %s", context.Cause(ctx), strings.TrimSpace(out.String())), nil
	case err != nil && ctx.Err() == nil:
		return fmt.Sprintf("%v: %s", err, strings.TrimSpace(out.String())), nil
	}
	return "", ctx.Err()
}

// commandLimit is far above what any command of a README takes.
const commandLimit = 3 * time.Minute

// until looks for what is written, and does something when it comes.
type until struct {
	of   []byte
	then func()
	seen []byte
}

func (u *until) Write(b []byte) (int, error) {
	before := bytes.Contains(u.seen, u.of)
	u.seen = append(u.seen, b...)
	if !before && bytes.Contains(u.seen, u.of) {
		u.then()
	}
	return len(b), nil
}
