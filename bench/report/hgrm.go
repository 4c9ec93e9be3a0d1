package report

import (
	"bytes"
	"fmt"
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/food"
)

// What the histograms hold: microseconds, up to an hour, with three digits. An
// order that never settled stands at the end of the hour, because the format
// knows no infinity and leaving it out would flatter whoever lost it.
const (
	hgrmMost   = 3600e6
	hgrmDigits = 3
	hgrmTicks  = 5 // lines until half the distance to 100 %
)

// histograms writes the latency of completed orders of each style and scenario in
// the format of HdrHistogram, which other tools draw and lay over each other.
// Scenarios that give no latency have none.
func (d *data) histograms() (files []file, err error) {
	for _, s := range d.scenarios() {
		for _, style := range d.styles() {
			all, _ := d.sample(style, s.name, measure.Settled, food.Completed)
			if len(all) == 0 {
				continue
			}
			text, err := hgrm(all)
			if err != nil {
				return nil, err
			}
			files = append(files, file{fmt.Sprintf("%s/%s-%s.hgrm", HgrmDir, s.name, style), text})
		}
	}
	return files, nil
}

// hgrm is a sample as a table of percentiles, in ms.
func hgrm(s measure.Sample) ([]byte, error) {
	h := hdrhistogram.New(1, hgrmMost, hgrmDigits)
	never := 0
	for _, ms := range s {
		if math.IsInf(ms, 1) {
			never++
		}
		if err := h.RecordValue(int64(min(max(math.Round(ms*1000), 1), hgrmMost))); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if _, err := h.PercentilesPrint(&b, hgrmTicks, 1000); err != nil {
		return nil, err
	}
	if never > 0 {
		fmt.Fprintf(&b, "#[Never settled = %d, counted as an hour]\n", never)
	}
	return b.Bytes(), nil
}
