package checks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

func placed(t *testing.T, learner uint64) (dir string, three []givenRun) {
	t.Helper()
	three, err := givenRuns(learner)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, g := range three {
		write(t, filepath.Join(dir, diagnoseFolder, g.place), g.files)
	}
	return dir, three
}

func rightAnswers(learner uint64) workshop.Answers {
	a := workshop.Answers{}
	for _, q := range diagnoseQuestions(learner) {
		a[q.Key] = q.Want
	}
	return a
}

// The bank is carried by the program, so it must be small.
func TestBankIsSmall(t *testing.T) {
	files, err := bank.ReadDir("bank")
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if size += info.Size(); info.Size() > 48<<10 {
			t.Errorf("%s has %d KB", f.Name(), info.Size()>>10)
		}
	}
	if size > 1200<<10 {
		t.Errorf("%d KB", size>>10)
	}
}

// No two cases have all answers in common, and each kind has enough of them. The causes
// that are offered tell nothing: there are two of each kind, whichever is right.
func TestCasesDiffer(t *testing.T) {
	seen, of := map[string]string{}, map[string]int{}
	for _, r := range recipes {
		answers := strings.Join([]string{r.Kind, r.Why, r.Style, r.Shown}, ", ")
		if other, ok := seen[answers]; ok {
			t.Errorf("%s and %s have the same answers: %s", other, r.Name, answers)
		}
		seen[answers] = r.Name
		of[r.Kind]++
		offered := map[string]int{}
		for _, why := range append(slices.Clone(r.Whys), r.Why) {
			for kind, causes := range causesOf() {
				if causes[why] {
					offered[kind]++
				}
			}
		}
		if offered[kindBroken] != 2 || offered[kindSlow] != 2 || offered[kindLie] != 2 {
			t.Errorf("%s offers %v", r.Name, offered)
		}
	}
	for _, kind := range kinds {
		if of[kind] < 8 {
			t.Errorf("%d cases are %s, want 8", of[kind], kind)
		}
	}
}

// causesOf are the words for causes, by the kind of case that they are right in.
func causesOf() map[string]map[string]bool {
	of := map[string]map[string]bool{}
	for _, r := range recipes {
		if of[r.Kind] == nil {
			of[r.Kind] = map[string]bool{}
		}
		of[r.Kind][r.Why] = true
	}
	return of
}

// The right answers pass, and each wrong one fails alone.
func TestEachWrongAnswerFails(t *testing.T) {
	for learner := range uint64(3) {
		dir, three := placed(t, learner)
		if r := checked(t, dir, learner, rightAnswers(learner)); r.Verdict != workshop.Passed || r.Sentence == "" {
			t.Fatalf("learner %d: %+v", learner, r)
		}
		for _, g := range three {
			for _, q := range g.questions() {
				wrong := slices.DeleteFunc(slices.Clone(q.Choices), func(c string) bool { return c == q.Want })
				if q.Choices == nil {
					wrong = []string{"", "o-11111"}
				}
				for _, w := range wrong {
					a := rightAnswers(learner)
					a[q.Key] = w
					r := diagnosed(three, a)
					if r.Verdict != workshop.Failed || r.Scenario != rightlyDiagnosed || r.Sentence == "" {
						t.Errorf("learner %d, %s: %s: %+v", learner, q.Key, w, r)
					}
					if strings.HasSuffix(q.Key, ".order") && strings.Contains(fmt.Sprint(r), q.Want) {
						t.Errorf("it gives the right order away: %+v", r)
					}
				}
			}
		}
	}
}

// Another learner's answers fail: of three runs at least one order is another, whichever
// cases they share.
func TestOtherLearnersAnswersFail(t *testing.T) {
	const learners = 21
	of := make([][]workshop.Question, learners)
	for l := range of {
		of[l] = diagnoseQuestions(uint64(l))
	}
	pairs := 0
	for a, questions := range of {
		for b, others := range of {
			if a == b || pairs == 200 {
				continue
			}
			pairs++
			copied := workshop.Answers{}
			for _, q := range others {
				copied[q.Key] = q.Want
			}
			orders := slices.DeleteFunc(copied.Misses(questions), func(q workshop.Question) bool { return !strings.HasSuffix(q.Key, ".order") })
			if len(orders) != len(runFolders) {
				t.Errorf("learner %d has an order of learner %d's", a, b)
			}
		}
	}
	if pairs != 200 {
		t.Errorf("%d pairs", pairs)
	}
}

// A folder that is not as it was given is a mistake, with a way back; a report that was
// drawn in it is none.
func TestChangedRunFolders(t *testing.T) {
	dir, _ := placed(t, 3)
	second := filepath.Join(dir, diagnoseFolder, "second")
	write(t, second, map[string][]byte{"index.html": []byte("drawn")})
	if r := checked(t, dir, 3, rightAnswers(3)); r.Verdict != workshop.Passed {
		t.Fatalf("with a report: %+v", r)
	}
	for _, name := range []string{"claims.md", record.OrdersFile, record.RunFile} {
		whole, err := os.ReadFile(filepath.Join(second, name))
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func() error{
			"edited":  func() error { return os.WriteFile(filepath.Join(second, name), append(whole, ' '), 0o644) },
			"removed": func() error { return os.Remove(filepath.Join(second, name)) },
		} {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			_, err := checkDiagnosis(t.Context(), workshop.Job{Dir: dir, Learner: 3, Answers: rightAnswers(3)})
			if m, ok := errors.AsType[*workshop.Mistake](err); !ok || !strings.Contains(m.Text, "second/"+name) || !strings.Contains(m.Mend, "reset 7") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
			write(t, second, map[string][]byte{name: whole})
		}
	}
}

func checked(t *testing.T, dir string, learner uint64, a workshop.Answers) workshop.Result {
	t.Helper()
	r, err := checkDiagnosis(t.Context(), workshop.Job{Dir: dir, Learner: learner, Answers: a})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
