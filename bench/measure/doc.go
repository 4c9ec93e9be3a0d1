// Package measure turns raw records into results. It is made of pure functions:
// the same records give the same results, to the last digit.
//
// It is careful about five things.
//
// A latency counts from the moment when its order was due, not from when it was sent.
// Else a generator that waits for the system would leave out the very delays that are
// to be measured: coordinated omission, which package load avoids at the source.
//
// An unsettled order is not left out of a percentile, which would be survivorship
// bias: it would reward a system for losing orders. It counts as infinitely late.
//
// A percentile is an observed order's latency, never an interpolation or an average of
// percentiles, and is given only where at least ten orders lie beyond it. Where it
// can't be given it is null, and the reason stands beside it.
//
// Latencies are kept apart by how the order ended. A refused order skips steps,
// so a mixed median gets better as things get worse.
//
// The replicate is the repeat of a cell, not the order: orders of one cell share
// its luck. Styles are compared repeat by repeat, in pairs, and the spread of
// those ratios is a range until there are six of them, and from then on a confidence
// interval of their median, beside a U test of whether the difference is noise.
package measure
