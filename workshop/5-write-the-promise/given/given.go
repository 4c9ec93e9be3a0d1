// Package given is the checker that lets your bad order through. Each of its promises is
// kept by every good order. What they have in common is what they don't look at.
package given

import "github.com/sagabench/sagabench/workshop/kit"

// Promises are what this checker holds an order to, by name.
var Promises = map[string]kit.Promise{
	"once":          {Sentence: "No call has two rows.", Broken: once},
	"one-end":       {Sentence: "The app shows an order as completed or as cancelled, and not as both.", Broken: oneEnd},
	"complete":      {Sentence: "An order that is shown as completed was charged, confirmed and given a partner.", Broken: complete},
	"not-delivered": {Sentence: "An order that is shown as cancelled is on its way to no one.", Broken: notDelivered},
}

func once(_ kit.Order, rows kit.Rows) string {
	for i, r := range rows {
		if rows.Place(r.Action) < i {
			return r.Action + " has two rows"
		}
	}
	return ""
}

func oneEnd(_ kit.Order, rows kit.Rows) string {
	completed, cancelled := rows.Of("status-completed").TookEffect(), rows.Of("status-cancelled").TookEffect()
	switch {
	case completed && cancelled:
		return "it is shown as completed, and as cancelled"
	case !completed && !cancelled:
		return "it is shown neither as completed nor as cancelled"
	}
	return ""
}

func complete(_ kit.Order, rows kit.Rows) string {
	if !rows.Of("status-completed").TookEffect() {
		return ""
	}
	for _, action := range []string{"charge", "confirm", "assign"} {
		if !rows.Of(action).TookEffect() {
			return "it is shown as completed, and " + action + " was not done"
		}
	}
	return ""
}

func notDelivered(_ kit.Order, rows kit.Rows) string {
	if rows.Of("status-cancelled").TookEffect() && rows.Of("assign").TookEffect() {
		return "it is shown as cancelled, and a partner brings it"
	}
	return ""
}
