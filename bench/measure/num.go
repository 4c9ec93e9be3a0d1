package measure

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Num is a number in results.json. JSON has no infinity and no gap, and both
// occur here: an unsettled order took "+Inf", and what can't be claimed
// is null. In Go they are +Inf and NaN.
type Num float64

// None is the Num that can't be claimed.
var None = Num(math.NaN())

// OK reports whether there is a number, be it infinite.
func (n Num) OK() bool { return !math.IsNaN(float64(n)) }

// Finite reports whether there is a finite number.
func (n Num) Finite() bool { return n.OK() && !math.IsInf(float64(n), 0) }

// Median is the middle of the values, or the mean of the middle two. It is none
// where there is no value, and where one of them is none.
func Median(values []Num) Num {
	sorted := slices.Sorted(slices.Values(values)) // none comes first
	if len(sorted) == 0 || !sorted[0].OK() {
		return None
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// significant digits are kept in the file: more than any clock here resolves,
// and few enough to hide how a CPU rounds.
const significant = 9

func (n Num) MarshalJSON() ([]byte, error) {
	switch {
	case !n.OK():
		return []byte("null"), nil
	case !n.Finite():
		return fmt.Appendf(nil, `"%+g"`, float64(n)), nil
	}
	// Its own text is always a number.
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', significant, 64), 64)
	return json.Marshal(rounded)
}

func (n *Num) UnmarshalJSON(b []byte) error {
	text := string(b)
	switch text {
	case "null":
		text = "NaN"
	case `"+Inf"`, `"-Inf"`:
		text = strings.Trim(text, `"`)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%s is neither a number nor \"+Inf\" nor null", b)
	}
	*n = Num(f)
	return nil
}
