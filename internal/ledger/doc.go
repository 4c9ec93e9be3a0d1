// Package ledger keeps the world of the experiment: what was charged, cooked,
// delivered, booked and mailed, and what is blocked for good. It is what makes
// at-least-once delivery safe: a call that is made again finds its row.
//
// # Three parts
//
//	callers ──► writer ──► decide: which rows follow from this call?  (idempotency.go)
//	  ▲           │
//	  │           ├──────► storage: append them, all or none          (memory.go, sqlite.go)
//	  │           ├──────► Options.Committed: the commit feed
//	  └───────────┘ answers
//
// The barrier is one pure function. The writer is one goroutine that takes all
// calls that are queued and commits them together, after it has let those who can
// go on make theirs. This is group commit: under load a commit is shared by many
// calls, and a lone call does not wait for others. Storage is what differs between
// [NewMemory] and [OpenSQLite].
//
// # What is promised
//
// A caller is answered after its batch is durable and after the commit feed has
// received it. What a killed process leaves behind is a whole number of
// batches, and every answered call is among them. Seq has no gaps.
//
// # What is not
//
// A call whose context ends while it is queued may still be written. One
// process writes a file at a time; a second one is found out by its first
// write, which fails. After a failed write the ledger is unsure of its storage
// and answers every further call with [ErrFailed]: close it and open it again.
package ledger
