// Package invariant is the checker: it says whether every order of a run was
// handled rightly, and shows the evidence where one was not.
//
// It shares no code with the services and imports only the run folder. The
// rules of the story, such as which rows an ending calls for, are stated here
// once more and in plain strings. A mistake in the services' tables is then a
// difference, not an agreement.
//
// # How it reads
//
// Orders and rows come from the folder's files in the same order and are merged
// as they stream by, one order at a time. Memory holds one order, the accounts
// of the customers, and a few bytes an order to hold the styles against each
// other.
//
// # What it says
//
// A verdict is [Holds], [Broken] or [Unknown]. Unknown is the zero value and
// never passes: it is the verdict of a cell without orders, of a feed with
// gaps, of a fault that was planned and never fired, and of anything else that
// leaves the evidence short of a judgement.
//
// Holds is not proof. An order that could not have broken an invariant says
// nothing for it, so beside each violation count stands how many could have, and
// an invariant that none could have broken was not tested.
package invariant
