package workshop

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// An Exercise is what learners do, and how it is checked.
type Exercise struct {
	Number  int
	Folder  string // of its files, here and at the learner's: "3-twice-is-once"
	Title   string // "Twice is once"
	Files   fs.FS  // that has the folder; nil: what is embedded
	FullDay bool   // for the full day alone
	Minutes [2]int // from, to
	Goal    string // what a learner can say afterwards, one sentence

	// Styles has a check each; none means that there is one check for both.
	Styles []string

	// Yours lists the files that a learner edits, below the folder. All others are
	// given: programs are built with the intact ones.
	Yours []string

	// Seeded returns files that differ from learner to learner, by path below the
	// folder. They take the place of embedded ones. Nil: none.
	Seeded func(learner uint64) (map[string][]byte, error)

	// OfLearner is that a check follows from the learner alone, so that one seed is as good
	// as three.
	OfLearner bool

	// Preface stands at the top of answers.yaml: what several questions are about. Nil:
	// nothing.
	Preface func(learner uint64) string

	// Questions are asked before anything runs, in answers.yaml. Nil: none.
	Questions func(learner uint64) []Question

	// Scenarios lists by style ("" without styles) what is tried, in this order.
	Scenarios map[string][]string

	// Fails is by style the scenario in which the starter fails: that of learner 1, where
	// it follows from the seed.
	Fails map[string]string

	// Deaths lists the scenarios in which processes die. They are proved more often.
	Deaths []string

	Mutants []Mutant

	// Check plays the scenarios of one style at one seed, in order, and returns the
	// first result that is no pass, or a pass. An error is of the machine or the
	// folder, never of the learner's understanding.
	Check func(context.Context, Job) (Result, error)
}

// Checks lists the styles that are checked one by one: one without a name where there
// are none.
func (e Exercise) Checks() []string {
	if len(e.Styles) == 0 {
		return []string{""}
	}
	return e.Styles
}

// A Job is what is to be checked.
type Job struct {
	Dir      string // the learner's folder: the root of their module
	Learner  uint64 // seed of the learner: answers and seeded files follow from it
	Seed     uint64 // of this run
	Style    string
	Scenario string // "" plays all
	Answers  Answers
	Machine  Machine
}

// Plays says whether a scenario is asked for.
func (j Job) Plays(scenario string) bool { return j.Scenario == "" || j.Scenario == scenario }

// A Machine is what the one who checks provides. Its methods may be called from
// several goroutines.
type Machine interface {
	// NATS and Temporal start the server at its first use. They return its address,
	// and the server ends when the machine is closed.
	NATS(context.Context) (url string, err error)
	Temporal(context.Context) (hostPort string, err error)

	// Build builds a program of the learner's, such as "3-twice-is-once/choreography",
	// once, and returns its path. The error is a [*Mistake] when their code does not
	// compile.
	Build(ctx context.Context, dir, pkg string) (exe string, err error)

	// Temp returns a new empty folder, which is removed with the machine.
	Temp() (string, error)
}

// A Mistake is an error that the learner can mend. Text says what happened, Mend what
// to do about it.
type Mistake struct{ Text, Mend string }

func (m *Mistake) Error() string {
	if m.Mend == "" {
		return m.Text
	}
	return m.Text + "\n  how to mend it: " + m.Mend
}

// A Verdict is one of three. The zero value is unknown, and unknown is no pass.
type Verdict string

const (
	Unknown Verdict = ""
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
)

// A Result is what one scenario came to.
type Result struct {
	Verdict  Verdict
	Scenario string
	Sentence string // what is wrong, for someone who knows the exercise and not the check
	Lanes    Lanes  // one order, of which the sentence speaks; may be empty
	Expected string
	Seen     string
	Printed  string // the end of what the learner's program printed
}

// Lanes are what happened to one order: a column for each who took part.
type Lanes struct {
	Order string
	Heads []string // such as "your payment service", "the provider", "Ada's account"
	First string   // the head of the first column; "": ms
	Lines []Line
}

// A Line is a moment. MS is milliseconds since the first one, or what First says.
type Line struct {
	MS    float64
	Cells []string // as many as heads; "" is nothing
	Here  bool     // this is where it went wrong
}

// A Mutant is a solution with one mistake.
type Mutant struct {
	Name     string
	Style    string
	Sentence string // what the careless engineer did
	Scenario string // in which it must fail
	Edits    []Edit // of the solution
}

// An Edit replaces what stands in a file exactly once. File is below the exercise's
// folder, as the learner has it: "choreography/payments.go".
type Edit struct{ File, Old, New string }

// Apply returns the text with the edits of a file.
func Apply(edits []Edit, file, text string) (string, error) {
	for _, e := range edits {
		if e.File != file {
			continue
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("%s has %q %d times, want once", file, e.Old, n)
		}
		text = strings.Replace(text, e.Old, e.New, 1)
	}
	return text, nil
}

// A Question has one right answer for each learner.
type Question struct {
	Key     string   // in answers.yaml: "charge.rows"
	Ask     string   // one or two sentences
	Choices []string // nil: any text or number
	Want    string   // compared without regard to case and surrounding space
	Why     string   // shown beside a miss
}

// Answers are a learner's, by key.
type Answers map[string]string

// Misses returns the questions that are answered wrongly.
func (a Answers) Misses(all []Question) (missed []Question) {
	return slices.DeleteFunc(slices.Clone(all), func(q Question) bool {
		return strings.EqualFold(strings.TrimSpace(a[q.Key]), q.Want)
	})
}
