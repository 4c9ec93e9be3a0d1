package report

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/food"
)

// What the histograms hold: microseconds, up to an hour, with three digits. An
// unsettled order stands at the end of the hour, because the format
// knows no infinity and leaving it out would flatter whoever lost it.
const (
	hgrmMost   = 3600e6
	hgrmDigits = 3
	hgrmTicks  = 5 // lines until half the distance to 100 %
)

// histograms are the latencies of completed orders of each style and scenario, by
// name. Scenarios that give no latency have none.
func (d *data) histograms() map[string]measure.Sample {
	all := map[string]measure.Sample{}
	for _, s := range d.scenarios() {
		for _, style := range d.styles() {
			if sample, _ := d.sample(style, s.Scenario, measure.Settled, food.Completed); len(sample) > 0 {
				all[s.Scenario+"-"+style] = sample
			}
		}
	}
	return all
}

// hgrm is a sample as a table of percentiles, in ms, in the format of HdrHistogram,
// which other tools draw and lay over each other.
func hgrm(s measure.Sample) ([]byte, error) {
	h := hdrhistogram.New(1, hgrmMost, hgrmDigits)
	for _, ms := range s {
		if err := h.RecordValue(int64(min(max(math.Round(ms*1000), 1), hgrmMost))); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if _, err := h.PercentilesPrint(&b, hgrmTicks, 1000); err != nil {
		return nil, err
	}
	if settled, _ := slices.BinarySearch(s, math.Inf(1)); settled < len(s) {
		fmt.Fprintf(&b, "#[Unsettled = %d, counted as an hour]\n", len(s)-settled)
	}
	return b.Bytes(), nil
}
