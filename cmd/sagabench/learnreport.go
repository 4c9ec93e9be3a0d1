package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// title names what an outcome is of.
func (c *checking) title(style string, more ...string) string {
	words := []string{fmt.Sprintf("%d %s", c.exercise.Number, c.exercise.Title), style}
	return strings.Join(slices.DeleteFunc(append(words, more...), func(s string) bool { return s == "" }), " · ")
}

// outcome prints what a check of one style came to. The first failure is printed in full:
// there is one thing to mend at a time.
func (p *paper) outcome(c checking, o outcome) {
	switch r := o.result; {
	case o.err != nil:
		p.mistake(c, o)
	case o.passed():
		played := fmt.Sprintf("%d scenarios", len(c.exercise.Scenarios[o.style]))
		if c.scenario != "" {
			played = c.scenario
		}
		p.heading(hasPassed, c.title(o.style, played, c.played(c.seeds)), o.seconds)
		p.shown(r)
	case r.Verdict != workshop.Failed:
		p.heading(notKnown, c.title(o.style, r.Scenario, c.played([]uint64{o.seed})), o.seconds)
		p.paragraph(2, "Not known: "+r.Sentence)
		p.paragraph(2, "That is neither a pass nor a failure. Check it again.")
		p.print("")
		p.command("again", c.against(o))
	case p.failed:
		p.heading(hasFailed, c.title(o.style, r.Scenario, c.played([]uint64{o.seed})), o.seconds)
		p.command("see it", c.against(o))
	default:
		p.heading(hasFailed, c.title(o.style, r.Scenario, c.played([]uint64{o.seed})), o.seconds)
		p.failure(c, o)
		p.failed = true
	}
}

// played names seeds, where they make a difference.
func (c *checking) played(seeds []uint64) string {
	words := "seed"
	switch {
	case c.exercise.OfLearner:
		return ""
	case len(seeds) > 1:
		words = "seeds"
	}
	for _, n := range seeds {
		words += " " + strconv.FormatUint(n, 10)
	}
	return words
}

// shown prints what there is to see though all is right: how it was, for who has found out.
func (p *paper) shown(r workshop.Result) {
	if r.Sentence != "" {
		p.paragraph(2, r.Sentence)
	}
	if len(r.Lanes.Lines) > 0 {
		p.print("")
		p.lanes(r.Lanes)
		p.print("")
	}
}

// failure prints what is wrong, with the one order that shows it.
func (p *paper) failure(c checking, o outcome) {
	r := o.result
	p.paragraph(2, r.Sentence)
	p.print("")
	if len(r.Lanes.Lines) > 0 {
		p.lanes(r.Lanes)
		p.print("")
	}
	p.pair(r.Expected, r.Seen)
	p.command("again", c.against(o))
	p.command("help", c.again("hint", strconv.Itoa(c.exercise.Number)))
	p.printed(r.Printed, len(c.exercise.Yours) > 0)
}

// pair prints what was expected and seen, in one line if they fit.
func (p *paper) pair(expected, seen string) {
	if expected == "" && seen == "" {
		return
	}
	expected, seen = p.text(expected), p.text(seen)
	one := fmt.Sprintf("%-*s        %-*s%s", 24, expected, 6, "seen", seen)
	if width(one)+2+labelWidth <= paperWidth && !strings.Contains(one, "\n") {
		p.print(fmt.Sprintf("  %-*s%s", labelWidth, "expected", one))
		return
	}
	p.labelled("expected", expected)
	p.labelled("seen", seen)
}

// mostPrinted is how many lines of a program are shown: the end, which tells most.
const mostPrinted = 20

// printed prints the end of what the learner's program printed, as it is but for what a
// terminal would obey.
func (p *paper) printed(text string, program bool) {
	text = strings.TrimRight(text, "\n\r\t ")
	switch {
	case text == "" && program:
		p.labelled("printed", "nothing")
	case text != "":
		lines := strings.Split(text, "\n")
		p.print("", "  your program printed")
		if before := len(lines) - mostPrinted; before > 0 {
			p.print("    … " + counted(before, "line before these", "lines before these"))
			lines = lines[before:]
		}
		for _, line := range lines {
			p.print("    " + oneLine(strings.ReplaceAll(line, "\t", "    ")))
		}
	}
}

// mistake prints what keeps a program from being checked. Two styles may share one.
func (p *paper) mistake(c checking, o outcome) {
	var m *workshop.Mistake
	if !errors.As(o.err, &m) || m.Text == p.last {
		return
	}
	p.last = m.Text
	p.heading(notRun, c.title(o.style, "not checked"), o.seconds)
	for line := range strings.SplitSeq(strings.TrimRight(m.Text, "\n"), "\n") {
		p.print("  " + oneLine(strings.ReplaceAll(line, "\t", "    ")))
	}
	if m.Mend != "" {
		p.print("")
		p.labelled("mend it", m.Mend)
	}
}

// against is the command that plays what did not pass again.
func (c *checking) against(o outcome) []string {
	args := []string{"check", strconv.Itoa(c.exercise.Number)}
	if o.style != "" {
		args = append(args, "--style", o.style)
	}
	if o.result.Scenario != "" {
		args = append(args, "--scenario", o.result.Scenario)
	}
	if !c.exercise.OfLearner {
		args = append(args, "--seed", strconv.FormatUint(o.seed, 10))
	}
	return c.again(args...)
}

// after prints what comes next when all has passed.
func (p *paper) after(c checking, done checked) {
	if done.changed != "" {
		p.paragraph(2, "Note: "+done.changed+".")
	}
	if !done.passed() {
		return
	}
	n := strconv.Itoa(c.exercise.Number)
	if c.scenario != "" {
		p.command("next", c.again("check", n))
		return
	}
	s, err := c.folder.State()
	if err != nil {
		return // it was read a moment ago, and only what to do next is missing
	}
	if !done.done {
		for _, style := range c.exercise.Checks() {
			if s.Exercises[c.exercise.Number].Styles[style].Passed == 0 {
				p.command("next", c.again("check", n, "--style", style))
			}
		}
		return
	}
	p.score(done)
	p.command("solution", c.again("hint", n))
	if next, ok := nextExercise(s); ok {
		p.labelled("next", fmt.Sprintf("%d %s, %s: %s/README.md", next.Number, next.Title, minutes(next), next.Folder))
	} else {
		p.labelled("next", "nothing: every exercise has passed")
	}
}

func minutes(e workshop.Exercise) string {
	return fmt.Sprintf("%d–%d minutes", e.Minutes[0], e.Minutes[1])
}

// score compares the prediction with what is right.
func (p *paper) score(done checked) {
	if len(done.questions) == 0 || done.predicted == nil {
		return
	}
	missed := done.predicted.Misses(done.questions)
	p.labelled("predicted", fmt.Sprintf("%d of %d right at first", len(done.questions)-len(missed), len(done.questions)))
	for _, q := range missed {
		p.labelled("", fmt.Sprintf("%s: not %s but %s. %s", q.Key, printable(done.predicted[q.Key]), q.Want, q.Why))
	}
}

// passed says whether every style that was checked has.
func (d checked) passed() bool {
	return !slices.ContainsFunc(d.outcomes, func(o outcome) bool { return !o.passed() })
}

// A checkReport is what was checked, for whoever collects the results of a class.
// Nothing in it is of a person, but for an alias that they chose: so it lacks what the
// program printed, which may be anything.
type checkReport struct {
	Sagabench string          `json:"sagabench"`
	Learner   uint64          `json:"learner"`
	Alias     string          `json:"alias,omitempty"`
	Exercises []checkedReport `json:"exercises"`

	code int
}

// A checkedReport is of one exercise.
type checkedReport struct {
	Number    int             `json:"number"`
	Title     string          `json:"title"`
	Verdict   string          `json:"verdict"` // passed, failed, unknown, or mistake
	Done      bool            `json:"done"`    // every style has passed, now or before
	Predicted *predicted      `json:"predicted,omitempty"`
	Changed   string          `json:"changed,omitempty"` // a file of the learner's, meanwhile
	Styles    []outcomeReport `json:"styles"`
}

// A predicted is how many of the first answers were right.
type predicted struct {
	Right int `json:"right"`
	Of    int `json:"of"`
}

// An outcomeReport is of one style.
type outcomeReport struct {
	Style    string  `json:"style,omitempty"`
	Verdict  string  `json:"verdict"`
	Scenario string  `json:"scenario,omitempty"` // that did not pass
	Seed     uint64  `json:"seed,omitempty"`     // at which it did not
	Sentence string  `json:"sentence,omitempty"`
	Expected string  `json:"expected,omitempty"`
	Seen     string  `json:"seen,omitempty"`
	Seconds  float64 `json:"seconds"`
}

func newCheckReport(s folder.State) *checkReport {
	return &checkReport{Sagabench: versions()["sagabench"], Learner: s.Learner, Alias: s.Alias, Exercises: []checkedReport{}}
}

// worse orders exit codes: the first of these that occurs is the exit code.
var worse = []int{exitUsage, exitMissed, exitInconclusive, exitOK}

func (r *checkReport) add(e workshop.Exercise, done checked) {
	one := checkedReport{Number: e.Number, Title: e.Title, Done: done.done, Predicted: done.score(), Changed: done.changed, Styles: []outcomeReport{}}
	code := exitOK
	for _, o := range done.outcomes {
		word, its := o.verdict()
		one.Styles = append(one.Styles, o.report(word))
		code = worst(code, its)
	}
	one.Verdict = map[int]string{exitUsage: "mistake", exitMissed: "failed", exitInconclusive: "unknown", exitOK: "passed"}[code]
	r.Exercises = append(r.Exercises, one)
	r.code = worst(r.code, code)
}

func worst(a, b int) int { return worse[min(slices.Index(worse, a), slices.Index(worse, b))] }

// verdict is an outcome as a word and as an exit code.
func (o outcome) verdict() (string, int) {
	switch {
	case o.err != nil:
		return "mistake", exitUsage
	case o.result.Verdict == workshop.Passed:
		return "passed", exitOK
	case o.result.Verdict == workshop.Failed:
		return "failed", exitMissed
	}
	return "unknown", exitInconclusive
}

func (o outcome) report(verdict string) outcomeReport {
	r := o.result
	one := outcomeReport{
		Style: o.style, Verdict: verdict, Scenario: r.Scenario, Seed: o.seed,
		Sentence: r.Sentence, Expected: r.Expected, Seen: r.Seen, Seconds: math.Round(10*o.seconds) / 10,
	}
	if o.passed() {
		one.Scenario, one.Seed = "", 0
	}
	if o.err != nil {
		one.Sentence = o.err.Error()
	}
	return one
}

// score is nil unless an exercise has passed: before, it would tell answers apart.
func (d checked) score() *predicted {
	if !d.done || d.predicted == nil || len(d.questions) == 0 {
		return nil
	}
	return &predicted{len(d.questions) - len(d.predicted.Misses(d.questions)), len(d.questions)}
}

// exit is the error that has the exit code.
func (r *checkReport) exit() error {
	if r.code == exitOK {
		return nil
	}
	return exit{r.code, nil}
}
