package checks

import (
	"slices"
	"testing"

	"github.com/sagabench/sagabench/workshop"
)

// Answers that are right for one learner are wrong for all others.
func TestAnswersAreOneLearners(t *testing.T) {
	const learners = 100
	for _, g := range []grid{keys, guards} {
		for a := range uint64(learners) {
			right := workshop.Answers{}
			for _, q := range g.questions(a) {
				right[q.Key] = q.Want
			}
			for b := range uint64(learners) {
				if missed := right.Misses(g.questions(b)); (len(missed) == 0) != (a == b) {
					t.Fatalf("%s: the answers of %d miss %d questions of %d", g.name, a, len(missed), b)
				}
			}
		}
	}
}

// Mutants are edits of the solution that fit, and each has a scenario that is there.
func TestMutantsFit(t *testing.T) {
	for _, e := range All {
		solution := e.Solution()
		for _, m := range e.Mutants {
			if !slices.Contains(e.Scenarios[m.Style], m.Scenario) {
				t.Errorf("%d, %s: there is no scenario %q", e.Number, m.Name, m.Scenario)
			}
			for _, edit := range m.Edits {
				if _, err := workshop.Apply(m.Edits, edit.File, string(solution[e.Folder+"/"+edit.File])); err != nil {
					t.Errorf("%d, %s: %v", e.Number, m.Name, err)
				}
			}
		}
	}
}
