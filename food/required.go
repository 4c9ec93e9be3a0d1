package food

// An Ending is how an order ends.
type Ending string

const (
	Completed         Ending = "completed"          // assign is done
	PaymentDeclined   Ending = "payment_declined"   // charge is rejected
	RestaurantFailed  Ending = "restaurant_failed"  // confirm is
	NoPartner         Ending = "no_partner"         // assign is
	CustomerCancelled Ending = "customer_cancelled" // cancel is done, before any of these
	Escalated         Ending = "escalated"          // an undo is rejected
)

// Endings lists them in the order of every table and plot.
var Endings = []Ending{Completed, PaymentDeclined, RestaurantFailed, NoPartner, CustomerCancelled, Escalated}

// A Requirement is a row that an ending calls for.
type Requirement struct {
	Action Action
	Want   Want
}

// Want says which outcome a required row must have.
type Want int

const (
	WantDone     Want = iota // done
	WantNotDone              // refused or blocked, by giving up or by an undo
	WantEither               // done or blocked, whichever came first
	WantUndone               // done, or rejected, which is escalated
	WantRefunded             // done, if a refund took effect
)

// Required lists the rows that each ending calls for. When all of them are in
// the ledger the order is settled.
//
// An order whose cancellation took effect needs the rows of CustomerCancelled also
// when it ends otherwise: Delivery does not know that payment has just declined. An
// escalated order needs, before its own, those of the ending that its undos were to
// bring about.
var Required = map[Ending][]Requirement{
	Completed: {
		{Charge, WantDone}, {Confirm, WantDone}, {Assign, WantDone}, {Award, WantDone},
		{StatusConfirmed, WantEither}, {StatusCompleted, WantDone},
		{MailConfirmed, WantEither}, {MailPartnerAssigned, WantDone},
	},
	PaymentDeclined: {
		{Charge, WantNotDone},
		{StatusCancelled, WantDone}, {MailPaymentFailed, WantDone},
	},
	RestaurantFailed: {
		{Charge, WantDone}, {Confirm, WantNotDone}, {Refund, WantUndone},
		{StatusCancelled, WantDone}, {MailCancelled, WantDone}, {MailRefunded, WantRefunded},
	},
	NoPartner: {
		{Charge, WantDone}, {Confirm, WantDone}, {Assign, WantNotDone},
		{Refund, WantUndone}, {CancelTicket, WantUndone}, {Revoke, WantUndone}, {Award, WantEither},
		{StatusConfirmed, WantEither}, {StatusCancelled, WantDone},
		{MailConfirmed, WantEither}, {MailCancelled, WantDone}, {MailRefunded, WantRefunded},
	},
	CustomerCancelled: {
		{Cancel, WantDone}, {Assign, WantNotDone},
		{Refund, WantUndone}, {CancelTicket, WantUndone}, {Revoke, WantUndone},
		{StatusCancelled, WantDone}, {MailCancelled, WantDone}, {MailRefunded, WantRefunded},
	},
	Escalated: {{MailEscalated, WantDone}, {Resolve, WantDone}},
}

// A Tally adds up the rows of one order. The zero value has none.
// It costs 12 bytes an order, because a run may hold a million.
type Tally struct{ done, rejected, blocked uint32 }

// Add counts a row, and says whether it is the one with which the order ends, see
// [Tally.Ended]. Adding a row twice changes nothing.
func (t *Tally) Add(r Row) (ends bool) {
	before := t.Ended()
	switch {
	case r.Outcome == Done:
		t.done |= bit[r.Action]
	case r.Rejected():
		t.rejected |= bit[r.Action]
	default:
		t.blocked |= bit[r.Action]
	}
	return !before && t.Ended()
}

// Has says whether a row of the action was added.
func (t Tally) Has(a Action) bool { return (t.done|t.rejected|t.blocked)&bit[a] != 0 }

// Ending returns how the order ends, and false as long as that is undecided. One that
// is being taken back may still come to be escalated.
func (t Tally) Ending() (Ending, bool) {
	if t.rejected&undos != 0 {
		return Escalated, true
	}
	return t.decided()
}

// decided is the ending that the deciding calls and the customer bring about. A
// cancelled order may still turn out to have been rejected, until its undos have
// closed the calls that were in flight.
func (t Tally) decided() (Ending, bool) {
	switch {
	case t.rejected&bit[Charge] != 0:
		return PaymentDeclined, true
	case t.rejected&bit[Confirm] != 0:
		return RestaurantFailed, true
	case t.rejected&bit[Assign] != 0:
		return NoPartner, true
	case t.done&bit[Assign] != 0:
		return Completed, true
	case t.done&bit[Cancel] != 0 && t.Has(Charge) && t.Has(Confirm):
		return CustomerCancelled, true
	}
	return "", false
}

// Ended says whether all that the services can do for the order is done: it is
// settled or, if it is escalated, the customer knows that a person takes over.
func (t Tally) Ended() bool {
	ending, ok := t.decided()
	if !ok {
		return false
	}
	m := masks[ending]
	if t.done&bit[Cancel] != 0 {
		m = m.and(masks[CustomerCancelled])
	}
	failed := t.rejected & undos
	done := m.done | m.undone&^failed
	if t.done&bit[Charge] != 0 && t.done&bit[Refund] != 0 {
		done |= m.refunded
	}
	if failed != 0 {
		done |= bit[MailEscalated]
	}
	not := t.rejected | t.blocked
	return t.done&done == done && not&m.not == m.not && (t.done|not)&m.either == m.either
}

// Settled says whether every row that the order's ending requires was added.
func (t Tally) Settled() bool {
	return t.Ended() && (t.rejected&undos == 0 || t.done&bit[Resolve] != 0)
}

// bit gives each action a bit of a Tally, undos are those of all undos, and masks
// what each ending requires.
var (
	bit   = map[Action]uint32{}
	undos uint32
	masks = map[Ending]mask{}
)

type mask struct{ done, not, either, undone, refunded uint32 }

// and is what two endings require.
func (m mask) and(n mask) mask {
	return mask{m.done | n.done, m.not | n.not, m.either | n.either, m.undone | n.undone, m.refunded | n.refunded}
}

func init() {
	for _, s := range AllServices {
		for _, a := range Actions[s] {
			bit[a] = 1 << len(bit)
			if a.Undoes() != "" {
				undos |= bit[a]
			}
		}
	}
	for ending, rows := range Required {
		var m mask
		for _, r := range rows {
			switch r.Want {
			case WantDone:
				m.done |= bit[r.Action]
			case WantNotDone:
				m.not |= bit[r.Action]
			case WantEither:
				m.either |= bit[r.Action]
			case WantUndone:
				m.undone |= bit[r.Action]
			case WantRefunded:
				m.refunded |= bit[r.Action]
			}
		}
		masks[ending] = m
	}
}
