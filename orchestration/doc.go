// Package orchestration places orders with Temporal, each as a saga that one part of
// the program directs: a workflow makes the calls of all six services, receives
// every answer and decides which call is next.
//
// # The idea
//
// A workflow is ordinary code that survives its process. Temporal records every
// call and every answer in the order's history. When a worker dies, another one
// replays the history through the same code and goes on where it ended. So the
// code must be deterministic (replay_test.go replays recorded histories), and acts on
// the outside world only by calls.
//
// Drawn by sagabench flow --style orchestration:
//
//	WHAT HAPPENED                   WHAT FOLLOWS (∥ at once, ↩ undoes)                  BY
//	order placed                    charge                                              start
//	charge done, unless cancelled   confirm                                             history
//	charge rejected                 status-cancelled ∥ mail-payment-failed              history
//	confirm done, unless cancelled  assign ∥ status-confirmed ∥ award ∥ mail-confirmed  history
//	confirm rejected                ↩ refund ∥ status-cancelled ∥ mail-cancelled        history
//	assign done                     status-completed ∥ mail-partner-assigned            history
//	assign rejected                 ↩ refund ∥ ↩ cancel-ticket ∥ ↩ revoke ∥             history
//	                                status-cancelled ∥ mail-cancelled
//	customer cancels                cancel                                              request
//	cancel done                     ↩ refund ∥ ↩ cancel-ticket ∥ ↩ revoke ∥             history
//	                                status-cancelled ∥ mail-cancelled
//	refund done                     mail-refunded                                       history
//	refund rejected                 mail-escalated                                      history
//	cancel-ticket rejected          mail-escalated                                      history
//	revoke rejected                 mail-escalated                                      history
//	person resolves                 resolve                                             signal
//
// # Who knows the flow
//
// One workflow does: whoever has read PlaceOrder in workflow.go knows what happens
// after a payment. The services know nothing; each has a task queue and a worker of
// the SDK that executes calls from it. To add a step, or to change the order of steps,
// change PlaceOrder, and think of the orders that are in flight: the new code must
// be able to replay their histories.
//
// # What happens when a call is rejected
//
// A rejection is an answer and not an error. PlaceOrder keeps a list of
// compensations, and adds each before the step that it undoes. When a call is
// rejected it drops the compensation of that very step and starts the others, all
// at once and without waiting for calls that are still in flight: the ledger blocks
// an award that arrives after its revocation. An undo that finds nothing to undo is
// followed by nothing, so the customer gets no mail about a refund of nothing. One that
// is rejected itself is followed by a mail that says so, and the workflow stays open
// until a person's answer comes, as a signal. Its memo says which undo it was.
//
// # What happens when a call gets no answer
//
// Temporal makes the call again, after the policy's back-off and for ever. A call
// that waits like this occupies no slot of its service, so calls that fail don't
// keep the others from being made. Temporal counts the attempts. One whose worker
// died counts too, so a deciding call may be tried less often than the policy says.
// If it still has no answer at the last attempt, [food.Services] gives it up, by
// a row in the ledger, and the workflow gets a definite rejection. A lost reply looks
// the same: the call is made again under its idempotency key, and its row is found.
// So does a call that panics: [food.Services] contains the panic, and the SDK, which
// would make the call again too and never give it up, sees none.
//
// # What happens when a process dies
//
// A [Worker] runs the flow and all services. Temporal does not notice when it dies,
// but its tasks pass the redelivery timeout and go to whichever worker runs then:
// StartToCloseTimeout for a call, WorkflowTaskTimeout for a running flow, and
// StickyScheduleToStartTimeout for one that was idle in the dead worker's cache. The
// history is in place of an outbox: a call's answer and what follows from it are both
// in there. Calls are at-least-once, and the idempotency key makes the second one
// harmless.
//
// A server that was killed has its histories, as its database kept them, and workers
// and coordinators reconnect. A caller of [Coordinator.Submit] that got no reply
// submits again: the workflow's id is made of the order's, and Temporal is asked to
// refuse an id for as long as the namespace keeps a workflow of that id.
//
// A worker that the server refuses for two minutes, for instance because its namespace
// was deleted, does not fall silent: it calls [Config].Failed.
//
// # What happens to an order that makes no sense
//
// The workflow fails at once, as BadOrder, and makes no call. It stays on the server
// with its error, which takes the place of a dead letter.
//
// # What happens when the customer cancels
//
// [Coordinator.Cancel] is Temporal's own request that the workflow be cancelled, and
// the workflow decides what that means. It asks delivery, where the pivot is, while the
// flow goes on. If delivery's answer is yes, PlaceOrder waits for no deciding call any
// more and takes everything back, also what it has not begun. That runs on a detached
// context, which is not cancelled with the workflow. If it is no, nothing changes. When
// the workflow has ended, a small one asks in its place, see CancelOrder.
//
// # What happens when somebody helps by hand
//
// Cancelling a workflow by hand is the customer's cancellation. Terminating one
// compensates nothing. What waits is found by an [Operator], who also resets workflows
// that have failed: see stuck.go.
//
// # Read next
//
// workflow.go, which is the whole flow. Then compensation.go and cancellation.go;
// activities.go and policy.go, which say how a call is made; coordinator.go and
// connect.go. trace.go is for tools that know nothing of this package, and harness.go is
// for the experiment alone; stuck.go and story.go, with what they stand on, are for
// whoever looks after the orders, flow.go for who wants to see the flow, and local.go for
// the last heading here. Then package choreography, where the same order is placed and no
// service knows the flow.
//
// # Advanced: local activities
//
// With [Config].Local the worker that runs PlaceOrder makes the calls itself, and
// reports their answers to the server when the workflow task ends. The flow is the
// same; retries, giving up and compensations are too, and each service still
// executes as many calls at a time as the policy says. What is given up:
//
//   - services can't be deployed, scaled or paused by themselves: there is one
//     task queue, and the worker that runs the flow runs all six;
//   - answers are recorded late, when nothing is left to call or, as a heartbeat,
//     after four fifths of the redelivery timeout. What a worker had received since
//     then dies with it, and so does its count of attempts. The next one makes those
//     calls again, from attempt 1 on, and the idempotency keys absorb them. So a
//     deciding call may be tried more often than the policy says before it is given
//     up. The same happens when a heartbeat comes late and the server gives the task
//     to another worker;
//   - an order keeps its workflow task for as long as calls are made for it, also
//     while it waits for a retry. A worker holds a thousand of them, and a workflow
//     that is to be cancelled learns of it with the next heartbeat, as the server
//     does of one that is escalated;
//   - the history has a marker for each call and no attempts: what failed on the
//     way to an answer is in the worker's log alone.
//
// A wait that is longer than the redelivery timeout becomes a timer of the server's,
// and the attempts are counted on behind it.
package orchestration
