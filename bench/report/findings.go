package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
)

// A finding is a sentence made from the numbers, and what it rests on.
type finding struct {
	Topic string
	Text  string
	Basis string
}

// latencyFinding says how long a usual order takes.
func (d *data) latencyFinding() finding {
	f := finding{Topic: "Latency"}
	views := d.latencyViews()
	if len(views) == 0 {
		f.Text = "Nothing can be said of latency: no scenario has the 20 orders of one outcome that a median needs."
		return f
	}
	v := d.firmest(views)
	gauge := string(v.ending) + ".settled.p50_ms"
	m := d.medians(v.scenario, gauge, func(p measure.Pool) measure.Quantiles { return p.ByOutcome[v.ending].Settled })
	f.Text = m.say("Half of the "+endingWords[v.ending]+" had settled after ", " ("+v.scenario.words()+").")
	if c, ok := d.comparison(gauge, v.scenario.name); ok && len(m.unknown) == 0 {
		f.Text += " " + ratioWords(c)
	}
	f.Basis = m.basis()
	return f
}

// allTold marks a count that holds the orders of several styles.
func (d *data) allTold() string {
	if len(d.styles()) < 2 {
		return ""
	}
	return ", all styles together"
}

// medians are the values behind a sentence, and the styles that have none.
type medians struct{ values, unknown, grounds []string }

func (d *data) medians(s scenario, gauge string, read func(measure.Pool) measure.Quantiles) (m medians) {
	for _, style := range d.styles() {
		p, _ := d.pool(style, s.name)
		q := read(p)
		if v := q.At("p50"); v.OK() {
			m.values = append(m.values, with(style, millis(v)))
		} else {
			m.unknown = append(m.unknown, fmt.Sprintf("%s (%s)", style, cmp.Or(q.Reasons["p50"], "no such order")))
		}
		m.grounds = append(m.grounds, fmt.Sprintf("%s: n = %s%s, claim: %s", style, grouped(q.N), spreadWords(p.Spreads[gauge]), claimOf(q, p)))
	}
	return m
}

// claimOf says what the median of a sample is good for.
func claimOf(q measure.Quantiles, p measure.Pool) string {
	if q.At("p50").OK() {
		return measure.ClaimOK
	}
	return "unsupported (" + cmp.Or(q.Reasons["p50"], p.Claim, "no such order") + ")"
}

// say puts the values into a sentence, and adds for whom there is none.
func (m medians) say(before, after string) string {
	var parts []string
	if len(m.values) > 0 {
		parts = append(parts, before+listing(m.values)+after)
	}
	if len(m.unknown) > 0 {
		parts = append(parts, "No median can be given for "+listing(m.unknown)+".")
	}
	return strings.Join(parts, " ")
}

func (m medians) basis() string { return strings.Join(m.grounds, "; ") }

// firmest prefers a view in which each repeat is large enough for a median of its
// own, so that the finding has a range.
func (d *data) firmest(views []view) view {
	for _, v := range views {
		firm := true
		for _, style := range d.styles() {
			p, _ := d.pool(style, v.scenario.name)
			firm = firm && p.Spreads[string(v.ending)+".settled.p50_ms"].Lo.OK() && len(p.Spreads) > 0
		}
		if firm {
			return v
		}
	}
	return views[0]
}

// with attaches a value to a style: "2.1 ms with choreography".
func with(style, value string) string { return value + " with " + style }

// spreadWords tells the range of the repeats, where they are large enough.
func spreadWords(s measure.Spread) string {
	switch {
	case !s.Lo.OK() || len(s.Values) == 0:
		return ""
	case len(s.Values) == 1:
		return ", one repeat"
	}
	if i := s.Interval; i != nil && i.Kind == "ci95" {
		return fmt.Sprintf(", 95 %% interval of %d repeats %s to %s", i.N, millis(i.Lo), millis(i.Hi))
	}
	return fmt.Sprintf(", medians of %d repeats %s to %s", len(s.Values), millis(s.Lo), millis(s.Hi))
}

// comparison finds what was compared.
func (d *data) comparison(metric, scenario string) (measure.Comparison, bool) {
	for _, c := range d.results.Comparisons {
		if c.Metric == metric && c.Scenario == scenario {
			return c, true
		}
	}
	return measure.Comparison{}, false
}

// ratioWords says how the styles compare, as carefully as the repeats allow.
func ratioWords(c measure.Comparison) string {
	r := float64(c.Ratio)
	if !c.Ratio.Finite() || r <= 0 {
		return "No ratio can be given: " + c.Reasons["ratio"] + "."
	}
	who, turn := orchestration, func(v measure.Num) string { return three(float64(v)) }
	if r < 1 {
		who, turn = choreography, func(v measure.Num) string { return three(1 / float64(v)) }
	}
	factor := fmt.Sprintf("repeat by repeat, %s took %s times as long in the median", who, turn(c.Ratio))
	if i := c.Interval; i == nil || i.N == 1 {
		factor = fmt.Sprintf("%s took %s times as long", who, turn(c.Ratio))
	}
	i := c.Interval
	switch {
	case i == nil:
		return sentence(factor + ", taking all repeats together; a single repeat is too small for a ratio of its own, so there is no range")
	case i.N == 1:
		return sentence(factor + " in the only repeat, so there is no range")
	case c.Noise() && i.Kind == "ci95":
		return fmt.Sprintf("The difference can't be told from noise: ratio %s to %s, the 95 %% interval of %d repeats.", three(float64(i.Lo)), three(float64(i.Hi)), i.N)
	case c.Noise():
		return fmt.Sprintf("The repeats do not agree which is faster: ratio %s to %s in %d repeats.", three(float64(i.Lo)), three(float64(i.Hi)), i.N)
	}
	lo, hi := turn(i.Lo), turn(i.Hi)
	if r < 1 {
		lo, hi = hi, lo
	}
	kind := "the range"
	if i.Kind == "ci95" {
		kind = "the 95 % interval"
	}
	return sentence(fmt.Sprintf("%s: %s of %d repeats is %s to %s", factor, kind, i.N, lo, hi))
}

// capacityFinding says how many orders fit.
func (d *data) capacityFinding() finding {
	f := finding{Topic: "Throughput"}
	if !d.soughtCapacity() {
		f.Text = d.withoutCapacity()
		return f
	}
	var reached, open, basis []string
	for _, style := range d.styles() {
		c := d.results.Capacity[style]
		switch {
		case c.PerS.OK():
			reached = append(reached, with(style, three(float64(c.PerS))+" orders per second"))
			basis = append(basis, fmt.Sprintf("%s: n = %s, saturated in %s, %s to %s, %s, claim: ok", style, d.saturating(style), count(len(c.Repeats), "repeat"), rate(c.Spread.Lo), rate(c.Spread.Hi), d.shareBasis(style)))
			continue
		case c.AtLeast.OK():
			open = append(open, fmt.Sprintf("The limit of %s was not reached: it settled at least %s orders per second.", style, three(float64(c.AtLeast))))
		}
		basis = append(basis, fmt.Sprintf("%s: claim: unsupported (%s)", style, c.Reason))
	}
	var text []string
	if len(reached) > 0 {
		text = append(text, fmt.Sprintf("Offered more than fits, the whole system settled %s: server, worker and load generator on this machine.", listing(reached)))
	}
	if shares := d.shares(); len(shares) > 0 {
		text = append(text, "Of what the engine allows with nothing behind the same traffic, that is "+listing(shares)+".")
	}
	f.Text = cmp.Or(strings.Join(append(text, open...), " "), "No style's limit can be given.")
	f.Basis = strings.Join(basis, "; ")
	return f
}

// withoutCapacity says what a run shows of rates that did not look for a limit.
func (d *data) withoutCapacity() string {
	most := 0.0
	var behind []string
	for _, c := range d.results.Cells {
		most = max(most, float64(c.Offered))
		if c.Saturated && !slices.Contains(behind, c.Style) {
			behind = append(behind, c.Style)
		}
	}
	text := fmt.Sprintf("This run did not look for a limit: at most %s orders per second were offered.", strings.TrimSuffix(perSecond(most), "/s"))
	if len(behind) > 0 {
		text += " " + sentenceStart(listing(behind)) + " fell behind all the same."
	}
	return text
}
