// Package orchestration places orders with Temporal: one workflow per order
// calls the six services, hears every answer and says what comes next.
//
// # The idea
//
// A workflow is ordinary code that survives its process. Temporal records every
// call and every answer in the order's history. When a worker dies, another one
// replays the history through the same code and goes on where it ended. So the
// code must be deterministic, and does nothing to the world but by calls.
//
//	charge ────── no ──► mail payment failed, status cancelled
//	  │ yes
//	confirm ───── no ──► refund, then mail refunded; mail cancelled, status cancelled
//	  │ yes  ╲
//	  │       award, status confirmed, mail confirmed
//	  │
//	assign ────── no ──► refund, then mail refunded; cancel ticket; revoke;
//	  │ yes              mail cancelled, status cancelled
//	status completed, mail partner assigned
//
// # Who knows the flow
//
// PlaceOrder, alone and all of it: whoever has read workflow.go knows what
// happens after a payment. The services know nothing; each has a task queue and
// a worker that takes calls from it. To add a step, or to change their order, is
// to change PlaceOrder, and to mind the orders that are on their way: the new
// code must be able to replay their histories.
//
// # What happens when a step says no
//
// A no is an answer and not an error. PlaceOrder keeps a list of the undos it
// would owe, and adds each before the step that it takes back. On a no it drops
// the undo of that very step and runs the others, all at once and without
// waiting for calls that are still open: the ledger's barrier holds off an
// award that limps in after its revocation.
//
// # What happens when nobody answers
//
// Temporal makes the call again, after the policy's back-off and for ever. A
// deciding call is given up by the service itself after its last attempt, so
// that the workflow hears a definite no. A lost reply looks the same: the call
// is made again under its key, and the ledger answers with the row it has.
//
// # What happens when a process dies
//
// A dead worker is noticed by the redelivery clock, StartToCloseTimeout for a
// call and WorkflowTaskTimeout for the flow; another attempt follows. A dead
// server keeps its histories, and workers and coordinators wait for its return.
// A caller of [Coordinator.Submit] that got no reply submits again: the
// workflow's id is made of the order's, and Temporal takes an id once.
//
// Cancelling a workflow by hand takes its order back, until the restaurant has
// confirmed; from then on it changes nothing. The workflow ends as cancelled,
// after its undos. Terminating one breaks the promise that an accepted order
// settles: nothing is taken back.
//
// # Local activities
//
// With [Config].Local the worker that runs PlaceOrder makes the calls itself, and
// tells the server of their answers when the workflow task ends. The flow is the
// same; retries, giving up and undos are too, and each service still executes as
// many calls at a time as the policy says. What is given up:
//
//   - services can't be deployed, scaled or paused by themselves: there is one
//     task queue, and whoever runs the flow runs all six;
//   - answers are recorded late, when nothing is left to call or, as a heartbeat,
//     after four fifths of the redelivery clock. What a worker had heard since then
//     dies with it, and so does its count of attempts. The next one makes those
//     calls again, from attempt 1 on, and the keys absorb them. So a deciding call
//     may be tried more often than the policy says before it is given up. The same
//     happens when a heartbeat comes late and the server takes the task away;
//   - an order keeps its workflow task for as long as it is called for, also while
//     it waits for a retry. A worker holds a thousand of them, and a workflow that
//     is cancelled by hand hears of it with the next heartbeat;
//   - the history has a marker for each call and no attempts: what failed on the
//     way to an answer is in the worker's log alone.
//
// A wait that is longer than the redelivery clock becomes a timer of the server's,
// and the attempts are counted on behind it.
//
// # Read next
//
// workflow.go, compensation.go, activities.go, policy.go, local.go,
// orchestration.go; and then package choreography, where the same order is placed
// and nobody knows the flow.
package orchestration
