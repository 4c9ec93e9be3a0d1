// Package worker is the pipe between a run and the process that works on one of
// its cells. Both ends are here: [Start] in the parent, [Serve] in the child.
//
//	parent ── settings, begin ──► worker ──► ledger
//	       ◄── commits, ended ───
//
// The child is the only writer of its ledger. Its first line are its settings,
// which this package does not look into; orders follow, one a line. Back come
// the ledger's commits as they happen. A bare worker, which has no services and
// no ledger, reports orders that have ended instead.
//
// After a crash, Restart begins the feed with a redelivery of the rows that were
// committed and not received, so the parent receives each row once.
//
// A worker works when [Start] returns, and not only exists. One that can't go on
// reports why before it ends, and the parent's next call returns that.
package worker
