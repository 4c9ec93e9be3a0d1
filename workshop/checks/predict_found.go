package checks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/story"
)

// found is what the run shows for each question, in the words of its right answer.
func (r *predictRun) found() map[string]string {
	var tally food.Tally
	rows, mails := map[food.Action]flow.Answer{}, []food.Action{}
	found := map[string]string{"rows": strconv.Itoa(len(r.rows)), "refund": "none"}
	for _, row := range r.rows {
		tally.Add(row)
		if row.Action == r.failing {
			found["attempt"] = strconv.Itoa(row.Attempt)
		}
		if row.Action == food.Refund {
			found["refund"] = row.Amount.String()
		}
		if predictMail(row.Action) && row.TookEffect() {
			mails = append(mails, row.Action)
		}
		if row.Service != food.OrderService && row.Service != food.Notification {
			rows[row.Action] = flow.AnswerOf(row)
		}
	}
	ending, _ := tally.Ending()
	found["which"], found["mails"], found["ending"] = predictRows(rows), predictMails(mails), string(ending)
	found["lost"], found["beside"], found["after"] = r.lostFound(), predictSet(r.besideFound()), r.afterFound()
	if r.twin.Style == record.Choreography {
		found["messages"], found["deliveries"] = fmt.Sprint(r.counters["messages"]), fmt.Sprint(r.counters["deliveries"])
		found["cause-events"] = predictEach(r.atGate.What)
	} else {
		found["activities"], found["cause-workflow"] = strconv.Itoa(len(r.scheduled())), r.causeFound()
	}
	return found
}

// lostFound is what happened after the reply that was lost.
func (r *predictRun) lostFound() string {
	all := lists.Filter(r.rows, func(row food.Row) bool { return row.Action == r.lost })
	tries := r.of(r.lost)
	if len(all) == 1 && len(tries) == 2 && tries[1].found && tries[1].row.Seq == all[0].Seq {
		return predictAbsorbed
	}
	return fmt.Sprintf("%d attempts, %d rows", len(tries), len(all))
}

// besideFound lists the calls that began when the pivot's answer was there and before
// any of them had one.
func (r *predictRun) besideFound() (calls []food.Action) {
	for _, a := range r.attempts {
		if a.after && a.gate == gateClosed {
			calls = append(calls, a.Action)
		}
	}
	return calls
}

// afterFound is which calls began later, and what they had waited for.
func (r *predictRun) afterFound() string {
	var calls []string
	for _, a := range r.attempts {
		if a.gate == gateClosed || a.Attempt > 1 {
			continue
		}
		when := "all of them are"
		if a.gate == gateRefund {
			when = "refund is"
		}
		calls = append(calls, fmt.Sprintf("%s, when %s done", a.Action, when))
	}
	if calls == nil {
		return predictNothing
	}
	return strings.Join(calls, "; ")
}

// scheduled are the activities, by the history.
func (r *predictRun) scheduled() []story.Moment {
	return lists.Filter(r.kept.Moments, func(m story.Moment) bool { return m.What == "ActivityTaskScheduled" })
}

// causeFound is whose code scheduled the closing calls, and the last answer that was
// in the history then.
func (r *predictRun) causeFound() string {
	last := food.Action("")
	for _, m := range r.kept.Moments {
		switch {
		case m.What == "ActivityTaskCompleted":
			last = m.Call
		case m.What == "ActivityTaskScheduled" && slices.Contains(r.closing(), m.Call):
			if m.By != "workflow" || !strings.HasPrefix(m.ID, "place.") {
				return fmt.Sprintf("%s, by %s", m.ID, m.By)
			}
			return predictWorkflow(last)
		}
	}
	return "no one"
}
