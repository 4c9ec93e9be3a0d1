package stuck_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/stuck"
)

// What remains follows from the rows that are known, and from what the ending requires.
func TestRemaining(t *testing.T) {
	refused := func(a food.Action) food.Row { return food.Row{Action: a, Outcome: food.Refused} }
	done := func(a food.Action) food.Row { return food.Row{Action: a, Outcome: food.Done} }
	for _, c := range []struct {
		name   string
		rows   []food.Row
		ending food.Ending
		want   []food.Action
	}{
		{"nothing is decided", []food.Row{done(food.Charge), done(food.Confirm)}, "",
			[]food.Action{food.Assign, food.Award, food.StatusConfirmed, food.StatusCompleted, food.MailConfirmed, food.MailPartnerAssigned}},
		{"declined", []food.Row{refused(food.Charge)}, food.PaymentDeclined, []food.Action{food.StatusCancelled, food.MailPaymentFailed}},
		{"a refund may come", []food.Row{done(food.Charge), refused(food.Confirm)}, food.RestaurantFailed,
			[]food.Action{food.Refund, food.StatusCancelled, food.MailCancelled, food.MailRefunded}},
		{"a row whose outcome is not known", []food.Row{done(food.Charge), refused(food.Confirm), {Action: food.MailCancelled}}, food.RestaurantFailed,
			[]food.Action{food.Refund, food.StatusCancelled, food.MailRefunded}},
		{"escalated", []food.Row{done(food.Charge), refused(food.Confirm), refused(food.Refund)}, food.Escalated,
			[]food.Action{food.StatusCancelled, food.MailCancelled, food.MailEscalated, food.Resolve}},
		{"cancelled, before anything", []food.Row{done(food.Cancel)}, food.CustomerCancelled,
			[]food.Action{food.Assign, food.Refund, food.CancelTicket, food.Revoke, food.StatusCancelled, food.MailCancelled, food.MailRefunded}},
		{"cancelled and declined", []food.Row{refused(food.Charge), done(food.Cancel), done(food.StatusCancelled), done(food.MailPaymentFailed)}, food.PaymentDeclined,
			[]food.Action{food.Assign, food.Refund, food.CancelTicket, food.Revoke, food.MailCancelled}},
	} {
		o := stuck.Order{Rows: c.rows}
		if got := o.Remaining(); !slices.Equal(got, c.want) || o.Ending() != c.ending {
			t.Errorf("%s: %q, and %v remain; want %q and %v", c.name, o.Ending(), got, c.ending, c.want)
		}
	}
}

// Whoever's help an order can't go on without comes first, and the longest wait.
func TestWorst(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	o := stuck.Order{ID: "o", Waits: []stuck.Wait{{Who: stuck.Program}, {Who: stuck.Person, Since: late}, {Who: stuck.Operator, Since: early}}}
	if o.Worst() != stuck.Operator || !o.Since().Equal(early) {
		t.Errorf("%s since %v", o.Worst(), o.Since())
	}
	other := stuck.Order{ID: "p", Waits: []stuck.Wait{{Who: stuck.Program, Since: late}}}
	all := []stuck.Order{other, o}
	if stuck.Sort(all); all[0].ID != "o" || other.Worst() != stuck.Program || (stuck.Order{}).Worst() != stuck.Unknown {
		t.Errorf("sorted %v", all)
	}
}
