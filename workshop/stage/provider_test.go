package stage

import (
	"sync"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop/kit"
)

// provided is a still stage with a provider, what asks it about one order, and that order.
func provided(t *testing.T, service food.Service, ending food.Ending) (st *Stage, ask func(action, key string) (kit.Answer, error), o food.Order) {
	t.Helper()
	st = still(service)
	st.gates = map[string]chan struct{}{}
	var err error
	if st.provider, err = st.openProvider(nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.provider.close() })
	o = st.Order(ending)
	ask = func(action, key string) (kit.Answer, error) {
		return kit.Cell{World: st.provider.url}.Call(t.Context(), action, kit.Order{ID: o.ID}, key)
	}
	return st, ask, o
}

// effects is how often something was moved.
func (st *Stage) effects(a food.Action) (n int) {
	for _, r := range st.journal.rows {
		if r.Action == a && r.TookEffect() {
			n++
		}
	}
	return n
}

// The provider honours the key that it is given, until it forgets, and takes a request
// without one for new.
func TestKeys(t *testing.T) {
	st, ask, _ := provided(t, food.Payment, food.Completed)
	for i, c := range []struct {
		key  string
		want int
	}{{"k", 1}, {"k", 1}, {"", 2}, {"", 3}, {"l", 4}} {
		if a, err := ask("charge", c.key); err != nil || !a.Done() {
			t.Fatalf("%d: %v, %v", i, a, err)
		}
		if got := st.effects(food.Charge); got != c.want {
			t.Errorf("request %d under %q: %d charges, want %d", i+1, c.key, got, c.want)
		}
	}
	st.Forget()
	ask("charge", "k")
	if got := st.effects(food.Charge); got != 5 {
		t.Errorf("after it has forgotten there are %d charges, want 5", got)
	}
	if _, err := ask("assign", "m"); err == nil {
		t.Error("it takes a request of another service")
	}
}

// Requests at the same time under one key are one.
func TestKeysAreSerial(t *testing.T) {
	st, ask, _ := provided(t, food.Payment, food.Completed)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { ask("charge", "k") })
	}
	all.Wait()
	if got := st.effects(food.Charge); got != 1 {
		t.Errorf("%d charges", got)
	}
}

// There is no barrier, but a key can be closed: before the effect for good, and after it
// no more.
func TestVoid(t *testing.T) {
	for _, c := range []struct {
		first, second string
		points        int
		answer        kit.Answer // of the second
	}{
		{"revoke", "award", 1, kit.Answer{Outcome: "done"}},
		{"void", "award", 0, kit.Answer{Outcome: "blocked", Reason: "voided"}},
		{"award", "void", 1, kit.Answer{Outcome: "done"}},
	} {
		st, ask, o := provided(t, food.Loyalty, food.NoPartner)
		key := map[string]string{"revoke": "r"} // void closes the award's
		if _, err := ask(c.first, key[c.first]+"a"); err != nil {
			t.Fatal(err)
		}
		if got, err := ask(c.second, key[c.second]+"a"); err != nil || got != c.answer {
			t.Errorf("%s, then %s: %v, %v, want %v", c.first, c.second, got, err, c.answer)
		}
		if got := st.effects(food.Award); got != c.points {
			t.Errorf("%s, then %s: %d awards", c.first, c.second, got)
		}
		if c.first == "void" && !st.Took(o.ID, food.Revoke) {
			t.Error("what was voided is not undone")
		}
	}
	_, ask, _ := provided(t, food.Loyalty, food.NoPartner)
	if _, err := ask("void", ""); err == nil {
		t.Error("it voids no key")
	}
}

// Where nothing was done, the program may spare itself the undo, but not where something
// was begun.
func TestSparedUndo(t *testing.T) {
	for _, begun := range []bool{false, true} {
		st := still(food.Loyalty)
		o := st.Order(food.NoPartner)
		if begun {
			st.journal.note(fact{what: called, order: o.ID, name: "award"})
		}
		st.add(o, "charge", "confirm", "status-confirmed", "mail-confirmed", "no assign", "status-cancelled", "mail-cancelled", "refund", "mail-refunded", "cancel-ticket")
		if st.ended(o.ID) == begun {
			t.Errorf("begun %v: ended is %v", begun, !begun)
		}
	}
}
