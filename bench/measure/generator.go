package measure

import (
	"fmt"

	"github.com/sagabench/sagabench/bench/record"
)

// tolerableLateness is how late the generator may be, in ms at its p99, before
// anyone asks what that does to latency.
const tolerableLateness = 1

// ownShare is how much of a percentile may be the generator's own lateness.
const ownShare = 0.1

// lateGenerator explains why a cell's latencies are the generator's rather than the
// system's, or "".
//
// Latency counts from the due time, so it holds whatever the generator was late.
// Each percentile that the cell could give is compared with the same percentile
// counted from sending: when more than a tenth of one is gone, it shows too little
// of the system. One late order among many moves none, however late.
//
// Nothing that the system does makes the generator late, except that it takes
// the machine. That is the usual case in a saturated cell, which gives no
// latency anyway.
func lateGenerator(c record.Cell, orders []record.Order) string {
	if c.Generator.LateP99 <= tolerableLateness {
		return ""
	}
	var due, sent []float64
	for _, o := range orders {
		if !o.Warmup && record.Came(o.Settled) && record.Came(o.Sent) {
			due, sent = append(due, o.Settled), append(sent, o.Settled-o.Sent)
		}
	}
	fromDue, fromSent := NewSample(due), NewSample(sent)
	for _, p := range Percentiles {
		whole, ok := fromDue.Percentile(p)
		systems, _ := fromSent.Percentile(p)
		if ok && whole-systems > ownShare*whole {
			return fmt.Sprintf("generator late by %.3g ms at its p99, which is %.0f %% of the %s", c.Generator.LateP99, 100*(whole-systems)/whole, p)
		}
	}
	return ""
}
