// Package threshold holds a run against limits that its user set.
//
//	choreography.settled.p99<50ms                 in every scenario that is run for its latency
//	choreography.refused-20.settled.p50<=5ms      in one
//	orchestration.completed.settled.p90<200ms     orders of one outcome
//	choreography.saturation.achieved>=2000/s      a rate
//	choreography.saturation.share>=0.65           the same as a share of the engine's ceiling
//	violations==0  stuck==0  choreography.dropped==0
//
// A threshold is met, missed or inconclusive. What a run can't claim, because it
// has too few orders or was not asked, is inconclusive, and that is not a pass.
package threshold

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/nearest"
)

// A Threshold is one limit, read from its written form.
type Threshold struct {
	Text     string
	Style    string // "": all
	Scenario string // "": all
	Ending   food.Ending
	Metric   string // a clock, or one of the words below
	Quantile string // of a clock
	Op       string
	Limit    float64 // in ms for a clock, per second for a rate; shares and counts have no unit
}

// Metrics that are no clock.
const (
	Violations = "violations" // of the whole run
	Achieved   = "achieved"   // orders settled per second, of one scenario
	Share      = "share"      // of its engine's ceiling, that one scenario reached
	Stuck      = "stuck"      // orders left unsettled
	Dropped    = "dropped"    // orders not sent: too many were in flight
	Unanswered = "unanswered" // submissions without an answer
)

var (
	rates  = []string{Achieved, Share}
	counts = []string{Violations, Stuck, Dropped, Unanswered}

	// Metrics are all that are no clock.
	Metrics = slices.Concat(rates, counts)

	form       = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+)\s*(<=|>=|==|<|>)\s*(\S+)\s*$`)
	percentile = regexp.MustCompile(`^p[0-9]+$`)
)

// ParseAll reads thresholds. Everything that is wrong with them is in the error.
func ParseAll(texts, styles []string) (all []Threshold, err error) {
	var bad []error
	for _, text := range texts {
		t, err := parse(text, styles)
		if err != nil {
			bad = append(bad, fmt.Errorf("threshold %q: %w", text, err))
			continue
		}
		all = append(all, t)
	}
	return all, errors.Join(bad...)
}

func parse(text string, styles []string) (Threshold, error) {
	parts := form.FindStringSubmatch(text)
	if parts == nil {
		return Threshold{}, errors.New("want a metric, one of < <= > >= ==, and a value, such as choreography.settled.p99<50ms")
	}
	t := Threshold{Text: strings.TrimSpace(text), Op: parts[2]}
	where, err := t.metric(strings.Split(parts[1], "."))
	if err == nil {
		err = t.place(where, styles)
	}
	return t, errors.Join(err, t.limit(parts[3]))
}

// metric reads the end of the path, and returns what comes before it.
func (t *Threshold) metric(path []string) (where []string, err error) {
	last := path[len(path)-1]
	if slices.Contains(Metrics, last) {
		t.Metric = last
		return path[:len(path)-1], nil
	}
	if !slices.Contains(measure.Percentiles, last) {
		if percentile.MatchString(last) {
			return nil, fmt.Errorf("unknown percentile %q; want one of %s", last, strings.Join(measure.Percentiles, ", "))
		}
		return nil, unknown("metric", last, slices.Concat(Metrics, measure.Percentiles),
			"want a clock and a percentile such as settled.p99, or one of "+strings.Join(Metrics, ", "))
	}
	t.Quantile = last
	if len(path) < 2 {
		return nil, fmt.Errorf("%s of what? want one of the clocks %v before it", last, measure.Clocks)
	}
	t.Metric, where = path[len(path)-2], path[:len(path)-2]
	if !slices.Contains(measure.Clocks, measure.Clock(t.Metric)) {
		return nil, fmt.Errorf("unknown clock %q%s", t.Metric, nearest.HintOrAll(t.Metric, measure.Clocks))
	}
	if n := len(where); n > 0 && slices.Contains(food.Endings, food.Ending(where[n-1])) {
		t.Ending, where = food.Ending(where[n-1]), where[:n-1]
		if t.Metric != string(measure.Settled) && t.Metric != string(measure.Decision) {
			return nil, fmt.Errorf("%s is not kept apart by outcome; leave out %q", t.Metric, t.Ending)
		}
	}
	return where, nil
}

// place reads which style and scenario the metric is of.
func (t *Threshold) place(where, styles []string) error {
	switch {
	case t.Metric == Violations:
		if len(where) > 0 {
			return errors.New("violations are those of the whole run; write violations==0")
		}
		return nil
	case len(where) > 2:
		return fmt.Errorf("%q is too much; want STYLE.SCENARIO before the metric", strings.Join(where, "."))
	case len(where) < 2 && slices.Contains(rates, t.Metric):
		return errors.New("a style and a scenario are missing before the metric")
	case len(where) == 0 && t.Quantile != "":
		return errors.New("a style is missing before the metric")
	}
	if len(where) > 0 {
		t.Style = where[0]
		if !slices.Contains(styles, t.Style) {
			return unknown("style", t.Style, styles, "the styles are "+strings.Join(styles, ", "))
		}
	}
	if len(where) > 1 {
		t.Scenario = where[1]
	}
	if slices.Contains(where, "") {
		return errors.New("a name is empty between two dots")
	}
	return nil
}

// limit reads the value, in the unit of its metric.
func (t *Threshold) limit(text string) (err error) {
	switch {
	case t.Quantile != "":
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("value %q: want a time above 0 with its unit, such as 50ms", text)
		}
		t.Limit = float64(d) / 1e6
	case t.Metric == Achieved:
		number, ok := strings.CutSuffix(text, "/s")
		if t.Limit, err = strconv.ParseFloat(number, 64); !ok || err != nil || !aboveZero(t.Limit) {
			return fmt.Errorf("value %q: want a rate above 0, such as 2000/s", text)
		}
	case t.Metric == Share:
		if t.Limit, err = strconv.ParseFloat(text, 64); err != nil || !aboveZero(t.Limit) {
			return fmt.Errorf("value %q: want a share above 0 without a unit, such as 0.65", text)
		}
	case slices.Contains(counts, t.Metric):
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fmt.Errorf("value %q: want a whole number without a unit, such as 0", text)
		}
		t.Limit = float64(n)
	}
	return nil // of an unknown metric nothing is known about its value
}

func aboveZero(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

func unknown(what, got string, known []string, hint string) error {
	return fmt.Errorf("unknown %s %q%s", what, got, cmp.Or(nearest.Hint(got, known), "; "+hint))
}
