package checks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

// The scenarios of exercise 7. There is no program in it: what can be wrong are answers.
const (
	asGiven          = "the runs are as they were given"
	rightlyDiagnosed = "your answers"
)

var diagnoseScenarios = []string{asGiven, rightlyDiagnosed}

const diagnoseFolder = "7-diagnose-from-the-report"

var diagnose = workshop.Exercise{
	Number:    7,
	Folder:    diagnoseFolder,
	Title:     "Diagnose from the report",
	FullDay:   true,
	Minutes:   [2]int{40, 60},
	Goal:      "Find in a report what went wrong, prove it by one order, and name the number that it does not bear.",
	Seeded:    casesFor,
	OfLearner: true,
	Questions: diagnoseQuestions,
	Scenarios: map[string][]string{"": diagnoseScenarios},
	Fails:     map[string]string{"": rightlyDiagnosed},
	Check:     checkDiagnosis,
}

// The run folders of a learner.
var runFolders = []string{"first", "second", "third"}

// A given case is a recording with a learner's names.
type givenRun struct {
	diagnosis
	place  string
	files  map[string][]byte // of the run folder
	order  string            // the first that was hit, by its new id
	claims []string          // as the learner's seed orders them
	sights []string          // those that are to be told from each other
}

// givenRuns are a learner's three.
func givenRuns(learner uint64) (all []givenRun, err error) {
	three, err := threeOf(learner)
	if err != nil {
		return nil, err
	}
	draw := drawOf(learner)
	for i, r := range three {
		n, err := newRenaming(draw, r, freshRun(draw))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		g := givenRun{diagnosis: r.diagnosis, place: runFolders[i], order: n.orders[r.Order], claims: inSeedOrder(draw, r.Claims)}
		g.Whys = inSeedOrder(draw, append(slices.Clone(r.Whys), r.Why))
		g.sights = inSeedOrder(draw, append(inSeedOrder(draw, r.Unseen)[:len(sightLetters)-1], r.Shown))
		if g.files, err = n.files(r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		g.files["claims.md"] = g.claimed()
		all = append(all, g)
	}
	return all, nil
}

// drawOf is where all comes from that is drawn for a learner, but for which cases they get.
func drawOf(learner uint64) *rand.Rand { return rand.New(rand.NewPCG(learner, 77)) }

// freshRun names a run.
func freshRun(draw *rand.Rand) string {
	words := []string{"amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "harbour", "inlet", "juniper", "lagoon", "meadow"}
	return fmt.Sprintf("%s-%03d", words[draw.IntN(len(words))], draw.IntN(1000))
}

func inSeedOrder(draw *rand.Rand, list []string) []string {
	list = slices.Clone(list)
	draw.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	return list
}

// What claims and sights are called.
var (
	claimLetters = []string{"a", "b", "c", "d"}
	sightLetters = []string{"p", "q", "r", "s", "t"}
)

// claimed is the file with the claims.
func (g givenRun) claimed() []byte {
	var b strings.Builder
	list := func(letters, texts []string) {
		for i, text := range texts {
			fmt.Fprintf(&b, "- **%s** %s\n", letters[i], text)
		}
	}
	b.WriteString("# What was claimed of this run\n\nThree of these claims can be made from the run. One can't.\n\n")
	list(claimLetters, g.claims)
	b.WriteString("\n# What is to be seen in its report\n\nOne of these is there to be seen. The others are not.\n\n")
	list(sightLetters, g.sights)
	return []byte(b.String())
}

// wrongClaim is the letter of the one that can't be made.
func (g givenRun) wrongClaim() string { return claimLetters[slices.Index(g.claims, g.Claims[0])] }

// rightSight is the letter of what is to be seen.
func (g givenRun) rightSight() string { return sightLetters[slices.Index(g.sights, g.Shown)] }

// casesFor are the run folders, by path below the exercise's.
func casesFor(learner uint64) (map[string][]byte, error) {
	all, err := givenRuns(learner)
	files := map[string][]byte{}
	for _, g := range all {
		for name, text := range g.files {
			files[path.Join(g.place, name)] = text
		}
	}
	return files, err
}

// diagnoseQuestions are six for each case.
func diagnoseQuestions(learner uint64) (all []workshop.Question) {
	three, err := givenRuns(learner)
	if err != nil {
		panic(err) // the bank is a part of this program, and tests read all of it
	}
	for _, g := range three {
		all = append(all, g.questions()...)
	}
	return all
}

func (g givenRun) questions() []workshop.Question {
	ask := func(key, want string, choices []string, ask, why string) workshop.Question {
		return workshop.Question{Key: g.place + "." + key, Ask: ask, Choices: choices, Want: want, Why: why}
	}
	return []workshop.Question{
		ask("kind", g.Kind, kinds,
			fmt.Sprintf("What is wrong in %s/? broken: a style breaks a promise. slow: all is right, and a service or an engine is slow. lie: the run was sound, and what is reported or claimed of it is not.", g.place),
			"A verdict alone is no kind. Ask of a violation whether a style can have done it, and of a run that holds whether its numbers are those of its orders."),
		ask("style", g.Style, []string{record.Choreography, record.Orchestration, "both"},
			"Which style is it about? Of a lie: the one that it makes look better, or whose number is claimed.",
			"Compare the two styles line by line in the table \"One line per cell\"."),
		ask("why", g.Why, g.Whys,
			"What is the cause? The README explains the words; a promise is named as in the report.",
			"Each of the other causes would leave a trace that this report does not have. Follow one order: sagabench trace ORDER RUN."),
		ask("order", g.order, nil,
			"Which order shows it first? The README has the rule for each kind.",
			"Warm-up orders don't count, the clock is due_ms of the right style, and the rule depends on the kind."),
		ask("claim", g.wrongClaim(), claimLetters,
			fmt.Sprintf("Which claim of %s/claims.md can't be made from this run?", g.place),
			"Ask of each number: of which orders is it, how many are they, and from which moment does it count?"),
		ask("shown", g.rightSight(), sightLetters,
			fmt.Sprintf("Which of what %s/claims.md lists is to be seen in the report?", g.place),
			"Look each of them up. The words in italics begin the heading to look under."),
	}
}

// checkDiagnosis has no use for servers or seeds: what is right follows from the learner.
func checkDiagnosis(_ context.Context, job workshop.Job) (workshop.Result, error) {
	three, err := givenRuns(job.Learner)
	if err != nil {
		return workshop.Result{}, err
	}
	if job.Plays(asGiven) {
		for _, g := range three {
			if err := g.unchanged(filepath.Join(job.Dir, diagnoseFolder, g.place)); err != nil {
				return workshop.Result{Scenario: asGiven}, err
			}
		}
	}
	if job.Plays(rightlyDiagnosed) {
		if r := diagnosed(three, job.Answers); r.Verdict != workshop.Passed {
			return r, nil
		}
	}
	return workshop.Result{Verdict: workshop.Passed, Scenario: job.Scenario, Sentence: stories(three)}, nil
}

// unchanged is a mistake where a folder does not have the files that it was given with. What
// is drawn from them may lie beside them.
func (g givenRun) unchanged(dir string) error {
	for _, name := range append([]string{"claims.md"}, rawFiles...) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return changed(g.place+"/"+name, "is missing")
		case err != nil:
			return err
		case !bytes.Equal(text, g.files[name]):
			return changed(g.place+"/"+name, "is not as it was given, so that its report shows another run")
		}
	}
	return nil
}

func changed(file, how string) error {
	return &workshop.Mistake{
		Text: file + " " + how + ".",
		Mend: "sagabench learn reset 7 brings the run folders back, and keeps a copy of what is there",
	}
}

// diagnosed compares the answers. It says of each run how many of them fit, and not which:
// who is told which one is wrong needs no report to find the right one.
func diagnosed(three []givenRun, answers workshop.Answers) workshop.Result {
	seen, all := []string{}, true
	for _, g := range three {
		asked := g.questions()
		missed := len(answers.Misses(asked))
		seen = append(seen, fmt.Sprintf("%s: %d of %d", g.place, len(asked)-missed, len(asked)))
		all = all && missed == 0
	}
	if all {
		return workshop.Result{Verdict: workshop.Passed, Scenario: rightlyDiagnosed}
	}
	return workshop.Result{
		Verdict: workshop.Failed, Scenario: rightlyDiagnosed,
		Sentence: "Some of your answers do not fit the runs. Take a run in which some don't, and prove each answer by its report: of the cause that there is no other, of the order that none was due before it.",
		Expected: "all answers fit", Seen: strings.Join(seen, " · "),
	}
}

// stories are what was done, for who has found it out.
func stories(three []givenRun) string {
	var b strings.Builder
	for _, g := range three {
		fmt.Fprintf(&b, "%s: %s ", g.place, g.Story)
	}
	return strings.TrimSpace(b.String())
}
