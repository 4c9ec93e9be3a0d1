package orders

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop/5-write-the-promise/given"
	"github.com/sagabench/sagabench/workshop/kit"
)

// What a history can come to, besides the name of a given promise that it breaks.
const (
	IsGood    = "good"
	IsMissing = "missing" // it breaks the promise that the given checker lacks, as the bad order does
)

// Verdicts lists what a history can come to.
var Verdicts = []string{"once", "one-end", "complete", "not-delivered", IsMissing, IsGood}

// Predictions is how many histories a sheet has. There are 6^8 answers to them: 20 bits.
const Predictions = 8

// longest is how many rows an order has at most that learners read.
const longest = 13

// A Sheet is what one learner is shown.
type Sheet struct {
	Promise Promise // the one that is missing
	Bad     Order   // breaks it in the first way
	Good    Order   // is much like it
	Predict []Predicted
}

// A Predicted history is an order, and what it comes to.
type Predicted struct {
	Order
	Letter  string
	Verdict string
}

// SheetOf makes a learner's sheet.
func SheetOf(learner uint64) (s Sheet, err error) {
	all, err := Good(learner^0xbad, 400)
	if err != nil {
		return s, err
	}
	s.Promise = Promises[learner%uint64(len(Promises))] // seeds in a row have different ones
	first := s.Promise.Ways[0]
	i := slices.IndexFunc(all, func(o Order) bool { return first.Fits(o) && len(o.Rows) <= longest })
	if i < 0 {
		return s, fmt.Errorf("no order of learner %d can break %q", learner, s.Promise.Name)
	}
	base := all[i]
	s.Bad = first.Broken(base)
	s.Bad.ID = "bad-" + base.ID
	all = slices.Delete(all, i, i+1)
	s.Good = slices.MinFunc(all, func(a, b Order) int { return cmp.Compare(unlike(a, base), unlike(b, base)) })
	draw := rand.New(rand.NewPCG(learner, 52))
	for len(s.Predict) < Predictions && err == nil {
		err = s.add(draw, Verdicts[draw.IntN(len(Verdicts))], all)
	}
	return s, err
}

// add draws one more history.
func (s *Sheet) add(draw *rand.Rand, verdict string, from []Order) error {
	for _, i := range draw.Perm(len(from)) {
		o, ok := s.Promise.edited(draw, from[i], verdict)
		if ok && len(o.Rows) <= longest && !slices.ContainsFunc(s.Predict, func(p Predicted) bool { return p.ID == o.ID }) {
			s.Predict = append(s.Predict, Predicted{o, string(rune('A' + len(s.Predict))), verdict})
			return nil
		}
	}
	return fmt.Errorf("no order comes to %q", verdict)
}

// edited makes an order come to a verdict and no other, if that can be.
func (p Promise) edited(draw *rand.Rand, o Order, verdict string) (Order, bool) {
	switch verdict {
	case IsGood:
		return o, true
	case IsMissing:
		if !p.Ways[0].Fits(o) {
			return o, false
		}
		return p.Ways[0].Broken(o), true
	}
	o.Rows = slices.Clone(o.Rows)
	bugsGiven[verdict](draw, &o)
	return o, slices.Equal(Breaks(o), []string{verdict})
}

// unlike is how many rows two orders don't share.
func unlike(a, b Order) (n int) {
	for _, pair := range [][2]Order{{a, b}, {b, a}} {
		for _, r := range pair[0].Rows {
			if other := pair[1].Rows.Of(r.Action); other.Outcome != r.Outcome || other.Reason != r.Reason {
				n++
			}
		}
	}
	return n
}

// Why is the reason of a verdict.
func (p Predicted) Why() string {
	switch p.Verdict {
	case IsGood:
		return "All that was done for this order belongs together."
	case IsMissing:
		return "No given promise is broken, and it has the same mistake as your bad order."
	}
	h := p.History()
	return "The given checker has against it: " + given.Promises[p.Verdict].Broken(h.Order, h.Rows) + "."
}

// Files are those of a sheet that a learner gets.
func (s Sheet) Files() map[string][]byte {
	var bad, histories strings.Builder
	bad.WriteString("# The bad order\n\nThe given checker has nothing against this order. It is wrong all the same.\n\n")
	bad.WriteString(table(s.Bad))
	bad.WriteString("\nThis one is good. It is another order, so not all that differs is wrong.\n\n")
	bad.WriteString(table(s.Good))
	fmt.Fprintf(&histories, "# %d orders to predict\n\n", Predictions)
	histories.WriteString("Each is good, or has one mistake: the given checker finds it, or it is that of your bad order.\n")
	histories.WriteString("Your answers go into `answers.yaml`.\n")
	for _, p := range s.Predict {
		fmt.Fprintf(&histories, "\n## %s\n\n%s", p.Letter, table(p.Order))
	}
	return map[string][]byte{"bad-order.md": []byte(bad.String()), "histories.md": []byte(histories.String())}
}

// table is an order with its rows, in 120 columns.
func table(o Order) string {
	var b strings.Builder
	fmt.Fprintf(&b, "```\norder %s: %s orders %s, %v\n\n", o.ID, o.Customer, ticketOf(&o), o.Total())
	fmt.Fprintf(&b, "%3s  %-12s  %-21s  %-21s  %9s  %s\n", "row", "service", "action", "outcome", "amount", "for")
	for i, r := range o.Rows {
		line := fmt.Sprintf("%3d  %-12s  %-21s  %-21s  %9s  %s", i+1, r.Service, r.Action, outcome(r), amount(r), r.For)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String() + "```\n"
}

// Text is a row in a few words, without whom it was for.
func Text(r kit.Row) string {
	return strings.TrimSpace(r.Action + " " + outcome(r) + " " + amount(r))
}

// outcome is that of a row with its reason. Why a service refused is no matter here.
func outcome(r kit.Row) string {
	if r.Reason == "" || r.Outcome == "refused" {
		return r.Outcome
	}
	return r.Outcome + ", " + r.Reason
}

func amount(r kit.Row) string {
	switch {
	case r.Amount == 0:
		return ""
	case r.Service == string(food.Loyalty):
		return fmt.Sprintf("%d points", r.Amount)
	}
	return food.Cents(r.Amount).String()
}
