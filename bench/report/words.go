package report

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
)

// How numbers and names are written, in every table, plot and sentence.

// untilSettled labels the axis that most plots share.
const untilSettled = "from due until settled, log scale"

// endings are the outcomes by name, and what their orders are called. Their
// colours go from light to dark, so that a grey print keeps them apart.
var endings = map[food.Ending]struct {
	name, orders string
	fill         color.NRGBA
}{
	food.Completed:         {"completed", "completed orders", plot.RGB(0xD6E8DC)},
	food.PaymentDeclined:   {"payment declined", "declined payments", plot.RGB(0xEFC56A)},
	food.RestaurantFailed:  {"refused by the restaurant, refunded", "refused and refunded orders", plot.RGB(0x6FA8C9)},
	food.NoPartner:         {"no delivery partner, refunded", "refunded orders without a partner", plot.RGB(0x8A68B3)},
	food.CustomerCancelled: {"cancelled by the customer", "orders that their customers cancelled", plot.RGB(0x37686D)},
	food.Escalated:         {"escalated to a person", "escalated orders", plot.RGB(0x7A3B14)},
}

// words names a scenario, for a panel or a row: its load, how long its
// services take, and how else it differs from the run.
func (s scenario) words() string {
	others := s.Settings
	others.ServiceTime = ""
	return strings.Join(append([]string{s.load(), serviceTime(s.Settings)}, others.Words()...), ", ")
}

// serviceTime is how long services take. That they take no time is written as well:
// then coordination is all that an order costs.
func serviceTime(s record.Settings) string {
	switch s.ServiceTime {
	case "":
		return noServiceTime
	case realistic:
		return realistic + " service times"
	}
	return "service time " + s.ServiceTime
}

const (
	noServiceTime = "zero service time"
	realistic     = record.RealisticServiceTimes
)

func (s scenario) load() string {
	at := ", " + s.rate
	switch s.Kind {
	case record.KindUnloaded:
		return "unloaded" + at
	case record.KindRefused:
		if len(s.Faults) == 0 {
			return "none refused" + at
		}
		if share, ok := measure.RefusedShare(s.Faults); ok {
			return plot.Number(share) + " % refused" + at
		}
	case record.KindFailures:
		return "failures and lost replies" + at
	case record.KindOutage:
		return "an outage" + at
	case record.KindSaturation:
		return "overload"
	case record.KindRung:
		return "a step up" + at
	case record.KindLoaded:
		return "the same load"
	case record.KindCustom:
		switch len(s.Faults) {
		case 0:
			return "no faults" + at
		case 1:
			return s.Faults[0] + at
		}
		if calls := measure.RefusedCalls(s.Faults); len(calls) > 0 {
			return strings.Join(calls, ", ") + " refused" + at
		}
		return fmt.Sprintf("%d planned faults", len(s.Faults)) + at
	}
	return s.Scenario
}

// millis writes a latency with three significant digits.
func millis(ms measure.Num) string {
	switch v := float64(ms); {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return "never"
	case v >= 999.5:
		return three(v/1000) + " s"
	default:
		return three(v) + " ms"
	}
}

// three writes three significant digits, without an exponent.
func three[N ~float64](n N) string {
	v := float64(n)
	if v == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))+1e-9))
	if digits <= 0 {
		power := math.Pow(10, float64(digits))
		return plot.Thousands(math.Round(v*power) / power)
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func perSecond[N ~float64](n N) string {
	if n >= 1000 {
		return plot.Thousands(float64(n)) + "/s"
	}
	return plot.Number(float64(n)) + "/s"
}

// rate writes a measured rate.
func rate(v measure.Num) string {
	if !v.OK() {
		return "–"
	}
	return three(v) + "/s"
}

// factor writes a ratio; one far below 1 is easier to read as a fraction, 1/130.
func factor(v measure.Num) string {
	if v > 0 && v < 0.1 {
		return "1/" + three(1/v)
	}
	return three(v)
}

// quantity writes a metric's value with its unit, which the name ends in.
func quantity(metric string, v measure.Num) string {
	switch {
	case !v.OK():
		return "–"
	case strings.HasSuffix(metric, "_per_s"):
		return rate(v)
	case strings.HasSuffix(metric, "_ms"):
		return millis(v)
	}
	return three(v)
}

// count writes a number of things: "1 order", "2,340 orders". The plural is
// given where an s does not make it.
func count(n int, one string, many ...string) string {
	if n != 1 {
		one = append(many, one+"s")[0]
	}
	return grouped(n) + " " + one
}

// grouped writes a whole number in groups of three digits.
func grouped(n int) string { return plot.Thousands(float64(n)) }

// proportion writes k in n with what the true share may be, at 95 %: "0 of 540
// (≤ 0.55 % at 95 %)", or "3 of 540 (0.11–1.6 % at 95 %)".
func proportion(k, n int) string {
	switch {
	case n == 0:
		return "not tested"
	case k == 0:
		return fmt.Sprintf("0 of %s (≤ %s %% at 95 %%)", grouped(n), percentUp(measure.AtMost(0, n)))
	}
	lo, hi := measure.Between(k, n)
	return fmt.Sprintf("%s of %s (%s–%s %% at 95 %%)", grouped(k), grouped(n), percent(lo), percentUp(hi))
}

// percent writes a share with two significant digits and no exponent.
func percent(share float64) string {
	return rounded(share, math.Round)
}

// percentUp is an upper bound: it is rounded up, for below it would be none.
func percentUp(share float64) string { return rounded(share, math.Ceil) }

func rounded(share float64, to func(float64) float64) string {
	p := share * 100
	if p <= 0 {
		return "0"
	}
	decimals := max(0, 1-int(math.Floor(math.Log10(p))))
	power := math.Pow(10, float64(decimals))
	return fmt.Sprintf("%.*f", decimals, to(p*power)/power)
}

// with attaches a value to a style: "2.1 ms with choreography".
func with(style, value string) string { return value + " with " + style }

// listing joins as a sentence does: a, b and c.
func listing(items []string) string {
	last := len(items) - 1
	if last < 1 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:last], ", ") + " and " + items[last]
}

// sentence starts with a capital letter and ends with a full stop.
func sentence(s string) string { return strings.TrimSuffix(sentenceStart(s), ".") + "." }

func sentenceStart(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// plain is a text without line breaks, for places where they would end something.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }
