package stage

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// still is a stage on which nothing runs.
func still(without food.Service) *Stage {
	return &Stage{
		Config:  Config{Style: record.Choreography, Without: string(without), Seed: 1},
		journal: newJournal(string(without)), endings: map[string]food.Ending{}, want: map[string]bool{},
	}
}

// add adds rows of an order, as "charge" or "no assign".
func (st *Stage) add(o food.Order, actions ...string) {
	for _, action := range actions {
		r := food.Row{Order: o.ID, Outcome: food.Done, For: o.Customer, Attempt: 1}
		if rest, no := strings.CutPrefix(action, "no "); no {
			action, r.Outcome = rest, food.Refused
		}
		r.Action = food.Action(action)
		for service, all := range food.Actions {
			for _, a := range all {
				if a == r.Action {
					r.Service = service
				}
			}
		}
		switch r.Action {
		case food.Charge, food.Refund:
			r.Amount = o.Total()
		case food.Award, food.Revoke:
			r.Amount = o.Points()
		case food.Assign:
			r.For = o.Restaurant + " to " + o.Customer
		case food.Confirm, food.CancelTicket:
			var dishes []string
			for _, it := range o.Items {
				dishes = append(dishes, fmt.Sprintf("%d %s", it.Quantity, it.Dish))
			}
			r.For = o.Restaurant + ": " + strings.Join(dishes, ", ")
		}
		st.journal.note(fact{what: took, order: o.ID, name: action, row: r})
	}
}

// What took effect twice is a violation for the experiment's own judge, and one that is
// right is none.
func TestTwiceIsAViolation(t *testing.T) {
	right := []string{"charge", "no confirm", "status-cancelled", "mail-cancelled", "refund", "mail-refunded"}
	for _, more := range []string{"", "charge", "refund", "no confirm"} {
		st := still(food.Payment)
		o := st.Order(food.RestaurantFailed)
		st.add(o, right...)
		if more != "" {
			st.add(o, more)
		}
		wrong := more == "charge" || more == "refund" // a refusal moves nothing
		f := st.violated(o)
		if (f != nil) != wrong {
			t.Errorf("with another %q it finds %+v", more, f)
		}
		if wrong && !strings.HasPrefix(f.expected, "No call takes effect twice") {
			t.Errorf("with another %s what is broken is: %s", more, f.expected)
		}
		if r, err := st.Verdict("x", nil, true); err != nil || (r.Verdict == workshop.Failed) != wrong {
			t.Errorf("with another %q the verdict is %q, %v", more, r.Verdict, err)
		}
	}
}

// What did not fire is no pass.
func TestUnfiredIsUnknown(t *testing.T) {
	if r, _ := still(food.Payment).Verdict("x", nil, false); r.Verdict != workshop.Unknown {
		t.Errorf("the verdict is %q", r.Verdict)
	}
}

// An undo whose forward call never came has closed the door, and one that came later has
// found it open.
func TestUndoneBeforeDone(t *testing.T) {
	rows := []string{"charge", "confirm", "status-confirmed", "mail-confirmed", "no assign", "status-cancelled", "mail-cancelled", "refund", "mail-refunded", "cancel-ticket"}
	for _, late := range []bool{false, true} {
		st := still(food.Loyalty)
		o := st.Order(food.NoPartner)
		st.add(o, rows...)
		revoked := food.Row{Order: o.ID, Service: food.Loyalty, Action: food.Revoke, Outcome: food.Done, Reason: food.NothingToUndo, For: o.Customer, Attempt: 1}
		st.journal.note(fact{what: took, order: o.ID, name: "revoke", row: revoked})
		if late {
			st.add(o, "award")
		}
		for _, r := range st.journal.rowsOf(o.ID) {
			if r.Action == food.Award && (r.Outcome == food.Done) != late {
				t.Errorf("late %v: award is %s", late, r.Outcome)
			}
		}
		if f := st.violated(o); (f != nil) != late || late && !strings.Contains(f.sentence, "points are left") {
			t.Errorf("late %v: it finds %+v", late, f)
		}
	}
}

// Frames are passed on as they came, and read as they are.
func TestFrames(t *testing.T) {
	for _, c := range []struct{ raw, op, subject, reply, payload string }{
		{"PING\r\n", "PING", "", "", ""},
		{"PUB a.b 5\r\nhello\r\n", "PUB", "a.b", "", "hello"},
		{"PUB a.b _INBOX.1 0\r\n\r\n", "PUB", "a.b", "_INBOX.1", ""},
		{"hpub a.b _INBOX.1 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", "HPUB", "a.b", "_INBOX.1", "hello"},
		{"MSG a.b 7 5\r\nhello\r\n", "MSG", "a.b", "", "hello"},
		{"HMSG a.b 7 $JS.ACK.x 12 17\r\nNATS/1.0\r\n\r\nhello\r\n", "HMSG", "a.b", "$JS.ACK.x", "hello"},
	} {
		f, err := readFrame(bufio.NewReader(strings.NewReader(c.raw + "PING\r\n")))
		if err != nil {
			t.Errorf("%q: %v", c.raw, err)
			continue
		}
		var out strings.Builder
		f.write(&out)
		if out.String() != c.raw || f.op != c.op || f.subject != c.subject || f.reply != c.reply || string(f.payload()) != c.payload {
			t.Errorf("%q is read as %s %s %s %q, and written as %q", c.raw, f.op, f.subject, f.reply, f.payload(), out.String())
		}
	}
	for _, raw := range []string{"PUB a.b\r\n", "PUB a.b x\r\n", "PUB a.b -1\r\n", "PUB a.b 99999999999\r\n", "PUB a.b 9\r\nshort\r\n"} {
		if f, err := readFrame(bufio.NewReader(strings.NewReader(raw))); err == nil || err == io.EOF {
			t.Errorf("%q is read as %+v, %v", raw, f, err)
		}
	}
}

func TestDeliveryOf(t *testing.T) {
	for reply, want := range map[string]int{
		"$JS.ACK.cell.payment.3.12.4.1700000000.0":        3,
		"$JS.ACK._.hash.cell.payment.2.12.4.1700000000.0": 2,
		"_INBOX.1.2.3.4.5.6.7.8":                          0,
		"":                                                0,
	} {
		if n, ok := deliveryOf(reply); n != want || ok != (want > 0) {
			t.Errorf("%q is delivery %d, %v", reply, n, ok)
		}
	}
}
