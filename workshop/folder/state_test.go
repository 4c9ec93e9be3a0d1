package folder_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// Programs that work in one folder at once lose nothing of each other's.
func TestManyAtOnce(t *testing.T) {
	f, e := initiated(t)
	const writers, each = 8, 10
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			mine, err := folder.Find(f.Dir, []workshop.Exercise{e})
			if err != nil {
				t.Error(err)
				return
			}
			for range each {
				err := mine.Checked(folder.Entry{Exercise: 9, Style: "choreography", Verdict: workshop.Failed})
				if _, failed := mine.State(); err != nil || failed != nil {
					t.Error(err, failed)
				}
			}
		})
	}
	all.Wait()
	s, err := f.State()
	if n := s.Exercises[9].Styles["choreography"].N; err != nil || n != writers*each {
		t.Errorf("%d tries, %v; want %d", n, err, writers*each)
	}
	if lines := strings.Count(read(t, f, ".learn/journal.jsonl"), `"event":"check"`); lines != writers*each {
		t.Errorf("%d checks in the journal", lines)
	}
}

// The first pass is kept, and what played one scenario alone is none.
func TestFirstPass(t *testing.T) {
	f, e := initiated(t)
	for _, one := range []folder.Entry{
		{Style: "choreography", Verdict: workshop.Passed, Asked: "a scenario"},
		{Style: "choreography", Verdict: workshop.Failed},
		{Style: "choreography", Verdict: workshop.Unknown},
		{Style: "choreography", Verdict: workshop.Passed},
		{Style: "choreography", Verdict: workshop.Passed},
		{Style: "orchestration", Verdict: workshop.Failed},
	} {
		one.Exercise = 9
		if err := f.Checked(one); err != nil {
			t.Fatal(err)
		}
	}
	s, err := f.State()
	if got := s.Exercises[9].Styles["choreography"]; err != nil || got.N != 5 || got.Passed != 4 {
		t.Errorf("%+v, %v; want the fourth try of five", got, err)
	}
	if s.Exercises[9].Done(e) {
		t.Error("done, and the orchestration has not passed")
	}
}

// The first answers are the prediction, whatever comes later; a line that was torn takes
// no other with it.
func TestPrediction(t *testing.T) {
	f, e := initiated(t)
	first, second := workshop.Answers{"parity": "even"}, workshop.Answers{"parity": "odd"}
	for _, a := range []workshop.Answers{first, first, second, second, first, second} {
		if err := f.Predict(e, a); err != nil {
			t.Fatal(err)
		}
		put(t, f, ".learn/journal.jsonl", read(t, f, ".learn/journal.jsonl")+`{"at":"2026-`)
	}
	if got, err := f.Prediction(e); err != nil || !cmp.Equal(got, first) {
		t.Errorf("prediction %v, %v", got, err)
	}
	all, err := f.Journal()
	n := 0
	for _, entry := range all {
		if entry.Event == "answers" {
			n++
		}
	}
	if n != 4 || err != nil {
		t.Errorf("%d sets of answers in the journal, %v; want four that differ from the one before", n, err)
	}
}

func TestHints(t *testing.T) {
	f, _ := initiated(t)
	for _, want := range []int{1, 2, 3, 3} {
		if got, err := f.Hint(9, 3); got != want || err != nil {
			t.Errorf("level %d, %v; want %d", got, err, want)
		}
	}
}
