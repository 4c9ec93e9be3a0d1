package food

// An Ending is how an order ends.
type Ending string

const (
	Completed        Ending = "completed"         // assign is done
	PaymentDeclined  Ending = "payment_declined"  // charge is refused or blocked
	RestaurantFailed Ending = "restaurant_failed" // confirm is
	NoPartner        Ending = "no_partner"        // assign is
)

// Endings lists them in the order of every table and plot.
var Endings = []Ending{Completed, PaymentDeclined, RestaurantFailed, NoPartner}

// A Requirement is a row that an ending calls for.
type Requirement struct {
	Action Action
	Want   Want
}

// Want says which outcome a required row must have.
type Want int

const (
	WantDone    Want = iota // done
	WantNotDone             // refused or blocked, by giving up or by an undo
	WantEither              // done or blocked, whichever came first
)

// Required lists the rows that each ending calls for. When all of them are in
// the ledger the order is settled.
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
		{Charge, WantDone}, {Confirm, WantNotDone}, {Refund, WantDone},
		{StatusCancelled, WantDone}, {MailCancelled, WantDone}, {MailRefunded, WantDone},
	},
	NoPartner: {
		{Charge, WantDone}, {Confirm, WantDone}, {Assign, WantNotDone},
		{Refund, WantDone}, {CancelTicket, WantDone}, {Revoke, WantDone}, {Award, WantEither},
		{StatusConfirmed, WantEither}, {StatusCancelled, WantDone},
		{MailConfirmed, WantEither}, {MailCancelled, WantDone}, {MailRefunded, WantDone},
	},
}

// A Tally adds up the rows of one order. The zero value has none.
// It costs 8 bytes an order, because a run may hold a million.
type Tally struct{ done, not uint32 }

// Add counts a row, and says whether it is the one that settles the order. Adding
// a row twice changes nothing.
func (t *Tally) Add(r Row) (settles bool) {
	before := t.Settled()
	if r.Outcome == Done {
		t.done |= bit[r.Action]
	} else {
		t.not |= bit[r.Action]
	}
	return !before && t.Settled()
}

// Ending returns how the order ends, and false as long as that is undecided.
func (t Tally) Ending() (Ending, bool) {
	switch {
	case t.not&bit[Charge] != 0:
		return PaymentDeclined, true
	case t.not&bit[Confirm] != 0:
		return RestaurantFailed, true
	case t.not&bit[Assign] != 0:
		return NoPartner, true
	case t.done&bit[Assign] != 0:
		return Completed, true
	}
	return "", false
}

// Settled says whether every row that the order's ending requires was added.
func (t Tally) Settled() bool {
	ending, ok := t.Ending()
	if !ok {
		return false
	}
	m := masks[ending]
	return t.done&m.done == m.done && t.not&m.not == m.not && (t.done|t.not)&m.either == m.either
}

// bit gives each action a bit of a Tally, and masks what each ending requires.
var (
	bit   = map[Action]uint32{}
	masks = map[Ending]mask{}
)

type mask struct{ done, not, either uint32 }

func init() {
	for _, s := range AllServices {
		for _, a := range Actions[s] {
			bit[a] = 1 << len(bit)
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
			}
		}
		masks[ending] = m
	}
}
