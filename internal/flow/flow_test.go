package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
)

// An answer survives its row.
func TestAnswersAreRows(t *testing.T) {
	for _, a := range []Answer{Done, Refused, GaveUp, Undone, Nothing} {
		if got := AnswerOf(a.Row()); got != a {
			t.Errorf("%s becomes %s", a, got)
		}
	}
	for call, want := range map[food.Action][]Answer{
		food.Charge:       {Done, Refused, GaveUp, Undone},
		food.Refund:       {Done, Refused, GaveUp, Nothing},
		food.Award:        {Done, Undone},
		food.Cancel:       {Done, Undone},
		food.MailRefunded: {Done},
	} {
		if got := Answers(call); !slices.Equal(got, want) {
			t.Errorf("%s can come to %v, want %v", call, got, want)
		}
	}
}

// What differs at a point is explained by as little as it takes.
func TestSightingsBecomeEdges(t *testing.T) {
	at := func(cause Point, when When, p Point, then ...food.Action) Sighting {
		s := Sighting{Context: Context{cause, when}, Point: p, Then: then}
		if len(then) > 0 {
			s.By = "x"
		}
		return s
	}
	charged, declined := Point{food.Charge, Done}, Point{food.Charge, Refused}
	refunded := Point{food.Refund, Done}
	confirmed, assigned := Point{food.Confirm, Refused}, Point{food.Assign, Refused}
	late := at(OrderPlaced, Cancelled, declined, food.MailPaymentFailed)
	late.Made = []food.Action{food.StatusCancelled}
	for _, c := range []struct {
		name string
		seen []Sighting
		want []string
	}{
		{"nothing", []Sighting{at(OrderPlaced, Uncancelled, charged)}, nil},
		{"a set", []Sighting{at(OrderPlaced, Uncancelled, charged, food.Assign, food.Award)}, []string{"charge done → assign ∥ award"}},
		{"what was made before need not be made again",
			[]Sighting{at(OrderPlaced, Uncancelled, declined, food.StatusCancelled, food.MailPaymentFailed), late},
			[]string{"charge refused → status-cancelled ∥ mail-payment-failed"}},
		{"two answers", []Sighting{at(OrderPlaced, Uncancelled, declined, food.Refund), at(OrderPlaced, Uncancelled, Point{food.Charge, GaveUp}, food.Refund)},
			[]string{"charge rejected → ↩ refund"}},
		{"the customer", []Sighting{at(OrderPlaced, Uncancelled, charged, food.Confirm), at(OrderPlaced, Cancelled, charged)},
			[]string{"charge done, unless cancelled → confirm"}},
		{"the cause", []Sighting{at(confirmed, Uncancelled, refunded, food.MailRefunded), at(assigned, Uncancelled, refunded)},
			[]string{"refund done, after confirm refused → mail-refunded"}},
		{"both", []Sighting{at(confirmed, Uncancelled, refunded, food.MailRefunded), at(confirmed, Cancelled, refunded), at(assigned, Uncancelled, refunded)},
			[]string{"refund done, after confirm refused, unless cancelled → mail-refunded"}},
		{"neither", []Sighting{at(confirmed, Uncancelled, refunded, food.MailRefunded), at(confirmed, Uncancelled, refunded)},
			[]string{"refund done → mail-refunded (not each time)"}},
	} {
		var got []string
		for _, e := range FromSightings(c.seen).Edges {
			got = append(got, e.label()+" → "+strings.ReplaceAll(e.then(200), "\n", " "))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// two are a flow of three reactions, and one of another style that is the same but for the
// customer.
func two() (a, b Flow) {
	a = FromReactions([]Source{{OrderPlaced, "placed"}, {CustomerCancels, "cancels"}}, []Reaction{
		{Service: food.Payment, On: "placed", Call: food.Charge, Then: map[Answer]string{Done: "paid", Refused: "failed", GaveUp: "failed"}},
		{Service: food.Restaurant, On: "paid", Call: food.Confirm},
		{Service: food.Notification, On: "failed", Call: food.MailPaymentFailed},
		{Service: food.Loyalty, On: "never", Call: food.Award},
		{Service: food.Delivery, On: "paid", Deaf: true, Call: food.Assign},
		{Service: food.Delivery, On: "failed"},
	}, []string{"placed", "cancels", "paid", "failed", "never"})
	a.Style = "one"
	b = FromSightings([]Sighting{
		{Point: OrderPlaced, Then: []food.Action{food.Charge}, By: "history"},
		{Point: CustomerCancels, Then: []food.Action{food.Cancel}, By: "history"},
		{Context: Context{OrderPlaced, Uncancelled}, Point: Point{food.Charge, Done}, Then: []food.Action{food.Confirm}, By: "history"},
		{Context: Context{OrderPlaced, Cancelled}, Point: Point{food.Charge, Done}},
		{Context: Context{OrderPlaced, Uncancelled}, Point: Point{food.Charge, Refused}, Then: []food.Action{food.MailCancelled}, By: "history"},
	})
	b.Style, b.Frame = "two", "Everything"
	return a, b
}

// Reactions lead to each other by what is published, and what leads nowhere is named.
func TestReactionsBecomeEdges(t *testing.T) {
	a, _ := two()
	var out strings.Builder
	if err := a.Text(&out); err != nil {
		t.Fatal(err)
	}
	text, gaps, _ := strings.Cut(out.String(), "delivery reacts")
	if diff := cmp.Diff(`WHAT HAPPENED     IS PUBLISHED AS  RECEIVED BY   WHICH CALLS (↩ undoes)
order placed      placed           payment       charge
charge done       paid             restaurant    confirm
charge rejected   failed           notification  mail-payment-failed
customer cancels  cancels          –             –
`, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"delivery receives failed and does not react to it\n",
		" to paid and does not receive it: assign is never called for it\n",
		"loyalty reacts to never, which nothing publishes: award is never called for it\n",
		"no service receives cancels\n", "nothing leads to refund\n",
	} {
		if !strings.Contains(gaps, want) {
			t.Errorf("the gaps are\n%s\nwant %q", gaps, want)
		}
	}
}

// Services that react to each other in a circle make no endless walk.
func TestCirclesEnd(t *testing.T) {
	f := FromReactions([]Source{{OrderPlaced, "a"}}, []Reaction{
		{On: "a", Call: food.Charge, Then: map[Answer]string{Done: "b"}},
		{On: "b", Call: food.Refund, Then: map[Answer]string{Done: "a"}},
	}, nil)
	if len(f.Edges) != 3 {
		t.Errorf("%+v", f.Edges)
	}
}

func TestDiff(t *testing.T) {
	a, b := two()
	var got []string
	for _, d := range Diff(a, b) {
		got = append(got, d.Text("one", "two"))
	}
	if diff := cmp.Diff([]string{
		"charge done, once cancelled: confirm in the one alone",
		"charge refused: mail-payment-failed in the one alone, mail-cancelled in the two alone",
		"charge given up: mail-payment-failed in the one alone",
		"customer cancels: cancel in the two alone",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Two of one style differ also in what carries an edge.
	b = a
	b.Edges = slices.Clone(a.Edges)
	b.Edges[1].By = "payed"
	if d := Diff(a, b); len(d) != 1 || d[0].Text("was", "is") != "charge done: carried by paid in the was, by payed in the is" {
		t.Errorf("got %+v", d)
	}
	if d := Diff(a, a); d != nil {
		t.Errorf("a flow differs from itself: %+v", d)
	}
}

func TestMermaid(t *testing.T) {
	a, b := two()
	for _, c := range []struct {
		f    Flow
		want []string
	}{
		{a, []string{"charge[\"charge<br/>payment\"]:::of_payment", `order(("order placed")) -->|"placed"| charge`, `charge -.->|"rejected<br/>failed"| mail_payment_failed`, "classDef of_payment "}},
		{b, []string{`subgraph frame["Everything"]`, `charge -->|"done, unless cancelled"| confirm`, `charge -.->|"refused"| mail_cancelled`}},
	} {
		var out strings.Builder
		if err := c.f.Mermaid(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s has no %q:\n%s", c.f.Style, want, &out)
			}
		}
	}
}

// Orders are counted at the edges where they were, and what is not as the flow has it is
// named.
func TestObserved(t *testing.T) {
	_, b := two()
	o := Observe(b)
	row := func(call food.Action, a Answer) food.Row {
		r := a.Row()
		r.Action = call
		return r
	}
	for range 2 {
		o.Add(Order{[]food.Row{row(food.Charge, Done)}, []food.Action{food.Charge, food.Confirm, food.Confirm}})
	}
	o.Add(Order{[]food.Row{row(food.Charge, Done)}, []food.Action{food.Charge}})                                                    // stops
	o.Add(Order{[]food.Row{row(food.Charge, Done), row(food.Cancel, Done)}, []food.Action{food.Charge, food.Cancel, food.Award}})   // as it should
	o.Add(Order{[]food.Row{row(food.Charge, Done), row(food.Cancel, Done)}, []food.Action{food.Charge, food.Cancel, food.Confirm}}) // knew it too late
	var out strings.Builder
	if err := o.Text(&out); err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(out.String(), "nothing leads")
	if diff := cmp.Diff(`WHAT HAPPENED                  ORDERS  WHAT FOLLOWS (∥ at once, ↩ undoes)  BY
order placed                        5  charge                              history
charge done, unless cancelled       4  confirm                             history
charge refused                      0  mail-cancelled                      history
customer cancels                    2  cancel                              history
charge done, unless cancelled: confirm was not called in 1 of 4 orders
award was called in 1 orders in which nothing had led to it
never seen: charge refused
`, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
