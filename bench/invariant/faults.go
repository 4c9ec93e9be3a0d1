package invariant

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
)

// enough is how many hits a rule must be due before its silence means
// something: at 20, chance explains it once in hundreds of millions.
const enough = 20

// A rule is a planned fault, as far as it must be known to notice that it did
// not fire: whom it is for, and how often it was due.
type rule struct {
	written         string
	service, action string  // "*" for every service, "" for every action
	share           float64 // of the calls, from 0 to 1
	from, to        float64 // window of an outage in ms from the cell's start
	due             float64
	fired           bool
	bad             bool // not understood
}

// parseRule reads a rule such as restaurant.confirm:refuse@20% or
// restaurant:outage@10s+5s in a cell whose measured window begins at begin.
func parseRule(written string, begin float64) *rule {
	r := &rule{written: written, to: math.Inf(1), share: 1}
	target, rest, _ := strings.Cut(strings.TrimSpace(written), ":")
	_, when, found := strings.Cut(rest, "@")
	r.service, r.action, _ = strings.Cut(target, ".")
	var err error
	if percent, ok := strings.CutSuffix(when, "%"); ok {
		r.share, err = strconv.ParseFloat(percent, 64)
		r.share /= 100
	} else {
		start, length, _ := strings.Cut(when, "+")
		var after, last time.Duration
		if after, err = time.ParseDuration(start); err == nil {
			last, err = time.ParseDuration(length)
		}
		r.from = begin + float64(after)/1e6
		r.to = r.from + float64(last)/1e6
	}
	r.bad = !found || err != nil || r.service == ""
	return r
}

// targets reports whether the rule is for the call of a row. notification.mail is
// for all mails and order.status for every status.
func (r *rule) targets(e record.Effect) bool {
	switch {
	case r.service == "*":
		return true
	case r.service != e.Service:
		return false
	case r.action == "" || r.action == e.Action:
		return true
	}
	return (r.action == "mail" || r.action == "status") && strings.HasPrefix(e.Action, r.action+"-")
}

// see counts the calls that the rule was due to hit. An outage hits every call
// made while it lasts; an order that was due in it stands for that.
func (r *rule) see(h *History) {
	for _, f := range h.Faults {
		r.fired = r.fired || f.Rule == r.written
	}
	outage := !math.IsInf(r.to, 1)
	if outage && !(r.from <= h.Order.Due && h.Order.Due < r.to) {
		return
	}
	for _, e := range h.Rows {
		if r.targets(e) {
			r.due += r.share
		}
	}
}

// silent explains why the rule is a reason for doubt, or "".
func (r *rule) silent() string {
	switch {
	case r.bad:
		return fmt.Sprintf("the planned fault %q can't be understood", r.written)
	case !r.fired && r.due >= enough:
		return fmt.Sprintf("the planned fault %s never fired, and was due %.0f times", r.written, r.due)
	}
	return ""
}
