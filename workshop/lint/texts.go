package lint

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sagabench/sagabench/workshop"
)

// What a page of an exercise may have.
const (
	pageLines   = 90
	pageColumns = 120
	hintLevels  = 3
	leastOfAll  = 5 // mutants
	leastEach   = 3 // of a style
)

// texts proves what can be read without running anything: pages, hints, and that what an
// exercise says of itself fits together.
func (p *proving) texts() proof {
	one := proof{exercise: p.exercise, what: "texts and tables"}
	for _, look := range []func() []string{p.pages, p.hints, p.pointers, p.files, p.scenarios, p.mutantTable, p.seeds} {
		wrong := look()
		one.tries = append(one.tries, func(context.Context) (string, error) { return strings.Join(wrong, "; "), nil })
	}
	return one
}

func (p *proving) readme() (string, error) {
	files, err := p.exercise.Starter(learner)
	if err != nil {
		return "", err
	}
	text, there := files[path.Join(p.exercise.Folder, "README.md")]
	if !there {
		return "", fmt.Errorf("there is no README.md")
	}
	return string(text), nil
}

func (p *proving) pages() (wrong []string) {
	page, err := p.readme()
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(strings.TrimSuffix(page, "\n"), "\n")
	if len(lines) > pageLines {
		wrong = append(wrong, fmt.Sprintf("README has %d lines, at most %d", len(lines), pageLines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > pageColumns {
			wrong = append(wrong, fmt.Sprintf("README:%d has %d columns, at most %d", i+1, n, pageColumns))
		}
	}
	if want := fmt.Sprintf("sagabench learn check %d", p.exercise.Number); !slices.ContainsFunc(commandsOf(page), func(c string) bool { return strings.HasPrefix(c, want) }) {
		wrong = append(wrong, fmt.Sprintf("README has no command %q", want))
	}
	if p.exercise.Minutes[0] <= 0 || p.exercise.Minutes[1] <= p.exercise.Minutes[0] {
		wrong = append(wrong, "minutes are a range")
	}
	if p.exercise.Goal == "" {
		wrong = append(wrong, "there is no goal")
	}
	return wrong
}

func (p *proving) hints() (wrong []string) {
	levels := p.exercise.Hints()
	if len(levels) != hintLevels {
		wrong = append(wrong, fmt.Sprintf("hints have %d levels, want %d", len(levels), hintLevels))
	}
	if slices.Contains(levels, "") {
		wrong = append(wrong, "a hint is empty")
	}
	return wrong
}

var (
	address = regexp.MustCompile(`https?://[^\s)]+`)
	// pointer is what names a file: a link, a name in code quotes, or a path.
	pointer = regexp.MustCompile("\\]\\(([^)#]+)[^)]*\\)|`([\\w./-]+\\.(?:go|md|yaml))`|([\\w.-]+/[\\w./-]*\\.(?:go|md|yaml))\\b")
)

// pointers looks whether what pages and hints point to is in the learner's folder. They
// may not have the source of the project.
func (p *proving) pointers() (wrong []string) {
	theirs, err := p.exercise.Starter(learner)
	if err != nil {
		return []string{err.Error()}
	}
	pages := map[string]string{"a hint": strings.Join(p.exercise.Hints(), "\n")}
	for name, text := range theirs {
		if path.Ext(name) == ".md" {
			pages[path.Base(name)] = string(text)
		}
	}
	maps.Copy(theirs, workshop.Base())
	theirs[path.Join(p.exercise.Folder, "answers.yaml")] = nil
	for _, page := range slices.Sorted(maps.Keys(pages)) {
		for _, found := range pointer.FindAllStringSubmatch(address.ReplaceAllString(pages[page], ""), -1) {
			if to := cmp.Or(found[1:]...); !p.isThere(theirs, to) {
				wrong = append(wrong, fmt.Sprintf("%s points to %s, which is not in the learner's folder", page, to))
			}
		}
	}
	return wrong
}

// isThere looks for a file below the exercise's folder, where its name alone may do, and
// below the root.
func (p *proving) isThere(theirs map[string][]byte, file string) bool {
	_, there := theirs[path.Clean(file)]
	for name := range theirs {
		below, its := strings.CutPrefix(name, p.exercise.Folder+"/")
		there = there || its && strings.HasSuffix("/"+below, "/"+path.Clean(file)) || name == path.Join(p.exercise.Folder, file)
	}
	return there
}

// files looks whether what is the learner's is there, and is marked.
func (p *proving) files() (wrong []string) {
	starter, err := p.exercise.Starter(learner)
	if err != nil {
		return []string{err.Error()}
	}
	solution := p.exercise.Solution()
	for _, name := range p.exercise.Yours {
		full := path.Join(p.exercise.Folder, name)
		switch text := starter[full]; {
		case text == nil:
			wrong = append(wrong, "the starter has no "+name)
		case !bytes.Contains(text, []byte("TODO")):
			wrong = append(wrong, name+" has no TODO")
		}
		if solution[full] == nil {
			wrong = append(wrong, "the solution has no "+name)
		}
		delete(solution, full)
	}
	for name := range solution {
		wrong = append(wrong, "the solution has "+name+", which is not the learner's")
	}
	return wrong
}

func (p *proving) scenarios() (wrong []string) {
	e := p.exercise
	if p.questions == nil && e.Seeded == nil {
		wrong = append(wrong, "nothing follows from the learner's seed: all of it can be copied")
	}
	for _, style := range e.Checks() {
		all := e.Scenarios[style]
		if !slices.Contains(all, e.Fails[style]) {
			wrong = append(wrong, fmt.Sprintf("starter fails in %q, which is no scenario", e.Fails[style]))
		}
		if p.questions != nil && (len(all) == 0 || all[len(all)-1] != YourAnswers) {
			wrong = append(wrong, fmt.Sprintf("there are questions, and the last scenario is not %q", YourAnswers))
		}
		if sorted := slices.Sorted(slices.Values(all)); len(slices.Compact(sorted)) != len(all) {
			wrong = append(wrong, "a scenario is listed twice")
		}
	}
	for _, s := range e.Deaths {
		if !slices.ContainsFunc(e.Checks(), func(style string) bool { return slices.Contains(e.Scenarios[style], s) }) {
			wrong = append(wrong, fmt.Sprintf("something dies in %q, which is no scenario", s))
		}
	}
	return wrong
}

func (p *proving) mutantTable() (wrong []string) {
	e := p.exercise
	names, sentences := map[string]bool{}, map[string]bool{}
	count := map[string]int{}
	for _, m := range e.Mutants {
		count[m.Style]++
		if names[m.Style+m.Name] || sentences[m.Style+m.Sentence] || m.Sentence == "" {
			wrong = append(wrong, fmt.Sprintf("mutant %s: its name and its sentence are to be its own", m.Name))
		}
		names[m.Style+m.Name], sentences[m.Style+m.Sentence] = true, true
		if !slices.Contains(e.Scenarios[m.Style], m.Scenario) {
			wrong = append(wrong, fmt.Sprintf("mutant %s: %q has no scenario %q", m.Name, m.Style, m.Scenario))
		}
	}
	if len(e.Yours) > 0 && len(e.Mutants) < leastOfAll {
		wrong = append(wrong, fmt.Sprintf("%d mutants, want %d", len(e.Mutants), leastOfAll))
	}
	for _, style := range e.Styles {
		if count[style] < leastEach {
			wrong = append(wrong, fmt.Sprintf("%d mutants of the %s, want %d", count[style], style, leastEach))
		}
	}
	return wrong
}

// seeds looks whether the same learner gets the same, and others something else.
func (p *proving) seeds() (wrong []string) {
	e := p.exercise
	if e.Questions != nil {
		if fmt.Sprint(e.Questions(learner)) != fmt.Sprint(p.questions) {
			wrong = append(wrong, "a learner's questions change from call to call")
		}
		wrong = append(wrong, p.questionTable()...)
	}
	if e.Seeded == nil {
		return wrong
	}
	one, err := e.Seeded(learner)
	again, failed := e.Seeded(learner)
	other, broken := e.Seeded(learner + 1)
	same := func(a, b []byte) bool { return bytes.Equal(a, b) }
	switch {
	case err != nil || failed != nil || broken != nil:
		wrong = append(wrong, fmt.Sprintf("seeded files: %v %v %v", err, failed, broken))
	case !maps.EqualFunc(one, again, same):
		wrong = append(wrong, "a learner's files change from call to call")
	case maps.EqualFunc(one, other, same):
		wrong = append(wrong, "learners get the same files")
	}
	return wrong
}

func (p *proving) questionTable() (wrong []string) {
	keys := map[string]bool{}
	for _, q := range p.questions {
		is := func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), q.Want) }
		switch {
		case keys[q.Key]:
			wrong = append(wrong, q.Key+" is asked twice")
		case q.Want == "" || q.Want != strings.TrimSpace(q.Want):
			wrong = append(wrong, q.Key+" has no right answer, or one with space around it")
		case q.Ask == "" || q.Why == "":
			wrong = append(wrong, q.Key+" is not asked, or not explained")
		case len(q.Choices) == 1 || len(q.Choices) > 1 && !slices.ContainsFunc(q.Choices, is):
			wrong = append(wrong, q.Key+": its choices are no choice, or lack the right one")
		}
		keys[q.Key] = true
	}
	return wrong
}
