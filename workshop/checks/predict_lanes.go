package checks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/workshop"
)

// A predictItem is something that happened in a style. In both it has the same key.
type predictItem struct {
	key  string
	at   time.Time
	text string
}

// predictLanes are the order in both styles, side by side: messages, deliveries,
// activities and rows with their numbers, so that they can be counted. The times are the
// choreography's. Where an answer was missed, the line is marked.
func predictLanes(runs []*predictRun, missed []workshop.Question) workshop.Lanes {
	c, left, right := runs[0].predictCase, runs[0].items(), runs[1].items()
	l := workshop.Lanes{Order: c.order.ID, Heads: []string{"choreography: message, delivery, row", "orchestration: activity"}}
	here := lists.Map(missed, func(q workshop.Question) string { return c.shows(q.Key, left) })
	for _, one := range left {
		other, _ := lists.Find(right, func(o predictItem) bool { return o.key == one.key })
		l.Lines = append(l.Lines, workshop.Line{
			MS: float64(one.at.Sub(left[0].at).Microseconds()) / 1000, Cells: []string{one.text, other.text},
			Here: slices.Contains(here, one.key),
		})
	}
	return l
}

// The keys of items.
const (
	predictStart      = "order_placed"
	predictCancelling = "cancellation_requested"
	predictEnd        = "end"
)

func predictTry(call food.Action, attempt int) string { return fmt.Sprintf("%s·%d", call, attempt) }

func predictLate(call food.Action) string { return string(call) + " ends" }

// shows is the item in which the right answer to a question shows; what shows in no
// single one shows at the end.
func (c predictCase) shows(question string, items []predictItem) string {
	switch question {
	case "messages":
		return c.events[len(c.events)-1]
	case "deliveries":
		return predictLast(items, func(string) bool { return true })
	case "activities":
		return predictLast(items, func(key string) bool { return strings.HasSuffix(key, "·1") })
	case "mails":
		return predictLast(items, func(key string) bool { return strings.HasPrefix(key, "mail-") && strings.HasSuffix(key, "·1") })
	case "attempt":
		return predictTry(c.failing, c.fails+1)
	case "lost":
		return predictTry(c.lost, 2)
	case "beside":
		return predictTry(food.StatusCancelled, 1)
	case "cause-events":
		return c.event()
	case "cause-workflow":
		if c.refused != "" {
			return predictLate(c.refused)
		}
		return predictLast(items, func(key string) bool { return strings.HasPrefix(key, "cancel·") })
	case "after":
		if c.makes(food.MailRefunded) {
			return predictTry(food.MailRefunded, 1)
		}
	case "refund":
		if c.makes(food.Refund) {
			return predictLast(items, func(key string) bool { return strings.HasPrefix(key, "refund·") })
		}
	}
	return predictEnd
}

// predictLast is the last attempt whose key is as asked.
func predictLast(items []predictItem, is func(string) bool) (key string) {
	for _, one := range items {
		if strings.Contains(one.key, "·") && is(one.key) {
			key = one.key
		}
	}
	return key
}

// items are what happened in the style, in its order.
func (r *predictRun) items() (items []predictItem) {
	if r.twin.Style == record.Choreography {
		for i, m := range r.kept.Moments {
			items = append(items, predictItem{m.What, m.At, fmt.Sprintf("m%d %s", i+1, m.What)})
		}
	} else {
		items = append(items,
			predictItem{predictStart, r.kept.Moments[0].At, "PlaceOrder starts"},
			predictItem{predictCancelling, r.kept.Moments[0].At, "request to cancel PlaceOrder"})
	}
	for i, a := range r.attempts {
		items = append(items, r.attemptItems(i, a)...)
	}
	slices.SortStableFunc(items, func(a, b predictItem) int { return a.at.Compare(b.at) })
	end := predictItem{key: predictEnd, at: items[len(items)-1].at, text: fmt.Sprintf("%s, %d rows", r.ending, len(r.rows))}
	return append(items, end)
}

// attemptItems are an attempt, a row that it wrote for another call, and the end of one
// that was held.
func (r *predictRun) attemptItems(i int, a *predictAttempt) (items []predictItem) {
	name := r.number(i, a) + " " + predictName(a)
	own := predictItem{predictTry(a.Action, a.Attempt), a.at, name + r.result(a)}
	if a.Action == r.held() {
		own.text = name + " is under way"
		items = append(items, predictItem{predictLate(a.Action), a.end, "   " + string(a.Action) + r.result(a)})
	}
	if before := a.row.Seq - 1; before > 0 && !a.found && !r.wrote(r.rows[before-1]) {
		closed := r.rows[before-1]
		items = append(items, predictItem{string(closed.Action) + " blocked", a.end, "   " + string(closed.Action) + r.row(closed)})
	}
	return append([]predictItem{own}, items...)
}

// predictName is the call, with the number of an attempt that is not the first.
func predictName(a *predictAttempt) string {
	if a.Attempt == 1 {
		return string(a.Action)
	}
	return predictTry(a.Action, a.Attempt)
}

// number is the delivery's, or the activity's.
func (r *predictRun) number(i int, a *predictAttempt) string {
	if r.twin.Style == record.Choreography {
		return fmt.Sprintf("d%d", i+1)
	}
	n := slices.IndexFunc(r.scheduled(), func(m story.Moment) bool { return m.Call == a.Action })
	return fmt.Sprintf("a%d", n+1)
}

// result is what an attempt came to.
func (r *predictRun) result(a *predictAttempt) string {
	switch {
	case a.row.Seq == 0:
		return " ✗"
	case a.err != nil:
		return r.row(a.row) + " ✗"
	case a.found && r.twin.Style == record.Choreography:
		return " finds" + strings.TrimPrefix(r.row(a.row), " →")
	}
	return r.row(a.row)
}

// row is a row with what is unusual about it. Numbers stand in one column alone, because
// rows that are written side by side have no order.
func (r *predictRun) row(row food.Row) (text string) {
	if r.twin.Style == record.Choreography {
		text = fmt.Sprintf(" → r%d", row.Seq)
	}
	switch {
	case row.Reason == food.NothingToUndo:
		return text + " nothing"
	case row.Outcome != food.Done:
		return text + " " + string(row.Outcome)
	}
	return text
}

// wrote says whether the row was written by an attempt at its own call.
func (r *predictRun) wrote(row food.Row) bool {
	return slices.ContainsFunc(r.attempts, func(a *predictAttempt) bool { return a.row.Seq == row.Seq && !a.found })
}
