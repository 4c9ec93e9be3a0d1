// Package measure turns raw records into results. It is made of pure functions:
// the same records give the same results, to the last digit.
//
// It is careful about four things.
//
// An unsettled order is not left out of a percentile. It counts as
// infinitely late, because leaving it out would reward a system for losing it.
//
// A percentile is given only where at least ten orders lie beyond it. Where it
// can't be given it is null, and the reason stands beside it.
//
// Latencies are kept apart by how the order ended. A refused order skips steps,
// so a mixed median gets better as things get worse.
//
// The replicate is the repeat of a cell, not the order: orders of one cell share
// its luck. Styles are compared repeat by repeat, in pairs, and the spread of
// those ratios is a range until there are six of them.
package measure
