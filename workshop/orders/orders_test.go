package orders

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/workshop/5-write-the-promise/given"
)

// Good orders come to all that calls can come to, and neither the project's judge nor
// the given checker has anything against one.
func TestGoodOrdersAreGood(t *testing.T) {
	came := map[flow.Point]bool{}
	for _, o := range good(t, 1, 1000) {
		if v := o.Violations(); len(v) > 0 {
			t.Errorf("the judge has against %s: %v", o.ID, v)
		}
		if names := Breaks(o); len(names) > 0 {
			t.Errorf("%s breaks %v: %v", o.ID, names, o.Rows)
		}
		for _, r := range o.Rows {
			row := food.Row{Outcome: food.Outcome(r.Outcome), Reason: r.Reason}
			came[flow.Point{Call: food.Action(r.Action), Answer: flow.AnswerOf(row)}] = true
		}
	}
	for _, actions := range food.Actions {
		for _, a := range actions {
			for _, answer := range flow.Answers(a) {
				if p := (flow.Point{Call: a, Answer: answer}); came[p] == never[p] {
					t.Errorf("%s %s came: %v", a, answer, came[p])
				}
			}
		}
	}
}

// never are points that the ledger's rules know and the flow does not come to.
var never = map[flow.Point]bool{
	{Call: food.MailPartnerAssigned, Answer: flow.Undone}: true,
	{Call: food.StatusCompleted, Answer: flow.Undone}:     true,
	{Call: food.StatusCancelled, Answer: flow.Undone}:     true,
}

func TestASeedMakesTheSameOrders(t *testing.T) {
	if !reflect.DeepEqual(good(t, 3, 100), good(t, 3, 100)) {
		t.Error("a seed makes other orders each time")
	}
	if reflect.DeepEqual(good(t, 3, 100), good(t, 4, 100)) {
		t.Error("two seeds make the same orders")
	}
}

// The project's judge condemns what is broken, and the given checker lets it through.
func TestEachWayBreaksItsPromise(t *testing.T) {
	all := good(t, 2, 500)
	for _, p := range Promises {
		for i, w := range p.Ways {
			n := 0
			for _, o := range all {
				if !w.Fits(o) {
					continue
				}
				n++
				broken := w.Broken(o)
				v, names := broken.Violations(), Breaks(broken)
				if !slices.ContainsFunc(v, func(v invariant.Violation) bool { return v.Invariant == p.Invariant }) || len(names) > 0 {
					t.Errorf("%s, way %d: the judge finds %v, the given checker %v: %v", p.Name, i, v, names, broken.Rows)
				}
				if len(o.Violations()) > 0 {
					t.Errorf("%s, way %d: the order that it was made from is broken as well", p.Name, i)
				}
			}
			if n < 5 {
				t.Errorf("%s, way %d: %d orders of 500", p.Name, i, n)
			}
			if shown := i == 0; shown != (w.Nudge == "") {
				t.Errorf("%s, way %d: a nudge stands for what is not shown", p.Name, i)
			}
		}
	}
}

// Each promise of the given checker is broken by the bug that is made for it.
func TestGivenPromisesBite(t *testing.T) {
	names := slices.Sorted(maps.Keys(given.Promises))
	if !slices.Equal(names, slices.Sorted(maps.Keys(bugsGiven))) || !slices.Equal(slices.Sorted(slices.Values(Verdicts[:len(names)])), names) {
		t.Errorf("the given promises are %v, and the verdicts %v", names, Verdicts)
	}
	draw, all := rand.New(rand.NewPCG(1, 1)), good(t, 5, 100)
	for _, name := range names {
		n := 0
		for _, o := range all {
			if _, ok := Promises[0].edited(draw, o, name); ok {
				n++
			}
		}
		if n < 10 {
			t.Errorf("%s is broken %d times", name, n)
		}
	}
}

// What learners are shown is theirs, and comes to what they are asked for.
func TestSheets(t *testing.T) {
	const learners = 12
	promises, answers := map[string]bool{}, map[string]bool{}
	for learner := range uint64(learners) {
		s, err := SheetOf(learner)
		if err != nil {
			t.Fatal(err)
		}
		if v := s.Good.Violations(); len(v) > 0 || len(s.Bad.Violations()) == 0 || len(Breaks(s.Bad)) > 0 {
			t.Errorf("learner %d: %v, %v", learner, v, Breaks(s.Bad))
		}
		promises[s.Promise.Name] = true
		all := ""
		for _, p := range s.Predict {
			all += p.Verdict + " "
			wrong, found := len(p.Violations()) > 0, Breaks(p.Order)
			if wrong != (p.Verdict != IsGood) || len(found) > 0 != (given.Promises[p.Verdict].Broken != nil) || p.Why() == "" {
				t.Errorf("learner %d, %s is %s: wrong %v, found %v", learner, p.Letter, p.Verdict, wrong, found)
			}
		}
		answers[all] = true
		for name, text := range s.Files() {
			for line := range strings.Lines(string(text)) {
				if n := len([]rune(strings.TrimSpace(line))); n > 120 {
					t.Errorf("%s has a line of %d columns: %q", name, n, line)
				}
			}
		}
	}
	if len(promises) != len(Promises) || len(answers) != learners {
		t.Errorf("%d learners have %d promises, and %d lists of answers", learners, len(promises), len(answers))
	}
}

func good(t *testing.T, seed uint64, n int) []Order {
	t.Helper()
	all, err := Good(seed, n)
	if err != nil || len(all) != n {
		t.Fatalf("%d orders: %v", len(all), err)
	}
	return all
}

// An undo of what has no row gets past who compares places alone, so there must be both.
func TestLateOrNever(t *testing.T) {
	all, err := Good(3, 300)
	if err != nil {
		t.Fatal(err)
	}
	late, never := 0, 0
	for _, p := range Promises {
		way := p.Ways[2]
		if p.Name != "order" {
			continue
		}
		for _, o := range all {
			if !way.Fits(o) {
				continue
			}
			if way.Broken(o).Rows.Place("confirm") < 0 {
				never++
			} else {
				late++
			}
		}
	}
	if late < 5 || never < 5 {
		t.Errorf("%d late and %d never", late, never)
	}
}
