// Package orchestration places orders with Temporal: one workflow per order
// calls the six services, hears every answer and says what comes next.
//
// # The idea
//
//	              ┌── PlaceOrder ──┐
//	       charge │ confirm  award │ assign  status  mail
//	   ┌──────────┼────────┬───────┼──────┬───────┐
//	   ▼          ▼        ▼       ▼      ▼       ▼
//	payment   restaurant  loyalty  …   delivery  order
//
// A workflow is ordinary code that survives its process. Temporal records each
// call and each answer in the order's history; when a worker dies, another one
// replays the history through the same code and goes on where it ended. So the
// code must be deterministic, and must not reach the world but through calls.
//
// # Who knows the flow
//
// PlaceOrder, alone and completely: read workflow.go and you have read the
// flow. The services know nothing of it. Each has a task queue of its own, and
// a worker that takes calls from it; to add a step is to add it to PlaceOrder.
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
// # Read next
//
// workflow.go, compensation.go, activities.go, policy.go, orchestration.go; and
// then package choreography, where the same order is placed and nobody knows
// the flow.
package orchestration
