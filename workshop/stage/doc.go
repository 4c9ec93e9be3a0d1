// Package stage is a cell in which one part is a learner's program.
//
//	orders ──► reference twin without that part ──► services ──► ledger ──────────┐
//	               │  server (NATS through a proxy, or Temporal)                  ├─► rows ──► judge
//	               └──────────────► the program ──► provider (loopback HTTP) ─────┘
//
// The rest of the cell is the project's own: a twin that leaves out one part, the six
// services and their ledger. What the program calls in their place is a provider: it
// answers a key that it knows as before, until it is made to forget, and has no barrier.
// What takes effect there and what the ledger has are put into one list, in the order in
// which it happened, and judged by the invariants of the experiment.
//
// Requests to the provider pass a [Hit], and so does each message that the program
// receives, publishes or acks: the proxy reads NATS's protocol. So a program can be killed
// exactly before an effect, after it, or between a publish and its ack.
package stage
