// Package invariant is the checker: it reports whether every order of a run was
// handled rightly, and shows the evidence where one was not. Each of its rules is an
// invariant, a sentence that must be true of every order that it is about: no order
// is charged twice, none is left unsettled, and what was done for a cancelled order
// was compensated, in every scenario and whatever faults were injected.
//
// It shares no code with the services and imports only the run folder. The
// business rules, such as which rows an ending calls for, are stated here
// once more and in plain strings. A mistake in the services' tables is then a
// difference, not an agreement.
//
// # How it reads
//
// Orders, calls, rows and faults come from the folder's files in the same order and
// are merged as they stream by, one order at a time. Memory holds one order, how long
// calls waited, and a few bytes an order to see that the styles were offered the same.
//
// Read rules.go and invariants.go first: what rows alone show. ordered.go is whom a row
// must be for; faults.go holds the lottery anew; calls.go asks why a call was made
// again, or was not; lateness.go and doubts.go are about a whole cell.
//
// # Verdicts
//
// A verdict is [Holds], [Broken] or [Unknown]. Unknown is the zero value and
// never passes: it is the verdict of a cell without orders, of a feed with
// gaps, of a fault that was planned and never fired, and of anything else that
// leaves the evidence short of a judgement.
//
// Holds is not proof. An order that could not have broken an invariant is
// no evidence for it, so beside each violation count stands how many could have, and
// an invariant that none could have broken was not tested.
package invariant
