package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// How numbers and names are written, in every table, plot and sentence.

var endingWords = map[food.Ending]string{
	food.Completed:        "completed orders",
	food.PaymentDeclined:  "declined payments",
	food.RestaurantFailed: "refused and refunded orders",
	food.NoPartner:        "refunded orders without a partner",
}

var endingNames = map[food.Ending]string{
	food.Completed:        "completed",
	food.PaymentDeclined:  "payment declined",
	food.RestaurantFailed: "refused by the restaurant, refunded",
	food.NoPartner:        "no delivery partner, refunded",
}

// words says what a scenario is, for a panel or a row.
func (s scenario) words() string {
	return strings.Join(append([]string{s.load()}, s.settings.Words()...), ", ")
}

func (s scenario) load() string {
	rate := perSecond(s.offered)
	switch s.kind {
	case record.KindUnloaded:
		return "one at a time, " + rate
	case record.KindRefused:
		if len(s.faults) == 0 {
			return "none refused, " + rate
		}
		if share, ok := measure.RefusedShare(s.faults); ok {
			return fmt.Sprintf("%s %% refused, %s", trim(share), rate)
		}
	case record.KindFailures:
		return "failures and lost replies, " + rate
	case record.KindOutage:
		return "an outage, " + rate
	case record.KindSaturation:
		return "saturation"
	case record.KindRung:
		return "a step up, " + rate
	case record.KindLoaded:
		return "the same load"
	case record.KindCustom:
		if len(s.faults) == 0 {
			return "as given, " + rate
		}
		if len(s.faults) > 1 {
			return fmt.Sprintf("%d planned faults, %s", len(s.faults), rate)
		}
		return s.faults[0] + ", " + rate
	}
	return s.name
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
func three(v float64) string {
	if v == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(v))+1e-9))
	if digits <= 0 {
		return thousands(math.Round(v*math.Pow(10, float64(digits))) / math.Pow(10, float64(digits)))
	}
	return fmt.Sprintf("%.*f", digits, v)
}

func perSecond(v float64) string {
	if v >= 1000 {
		return thousands(v) + "/s"
	}
	return trim(v) + "/s"
}

// rate writes a measured rate.
func rate(v measure.Num) string {
	if !v.OK() {
		return "–"
	}
	return three(float64(v)) + "/s"
}

// ratio writes how many times one side is the other.
func ratio(v measure.Num) string {
	if !v.OK() {
		return "–"
	}
	if math.IsInf(float64(v), 0) {
		return "∞"
	}
	return factor(v) + " ×"
}

// factor writes a ratio; one far below 1 is easier to read as a fraction, 1/130.
func factor(v measure.Num) string {
	if f := float64(v); f > 0 && f < 0.1 {
		return "1/" + three(1/f)
	}
	return three(float64(v))
}

// count writes a number of things: "1 order", "2,340 orders". The plural is
// given where an s does not make it.
func count(n int, one string, many ...string) string {
	if n == 1 {
		return "1 " + one
	}
	plural := one + "s"
	if len(many) > 0 {
		plural = many[0]
	}
	return grouped(n) + " " + plural
}

// grouped writes a whole number in groups of three digits.
func grouped(n int) string { return thousands(float64(n)) }

// listing joins as a sentence does: a, b and c.
func listing(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// sentence starts with a capital letter and ends with a full stop.
func sentence(s string) string { return strings.TrimSuffix(sentenceStart(s), ".") + "." }

func sentenceStart(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
