package checks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// A halfOrder is one of which all was done but a last call of one service, and what
// follows from it.
type halfOrder struct {
	id      string
	service food.Service
	rows    []string
}

// halfRows are rows of orders in which each service is the one whose call is missing: what
// is between two semicolons is done in any order.
var halfRows = map[food.Service][]string{
	food.Payment: {
		"charge done; confirm refused; status-cancelled done, mail-cancelled done",
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done; assign refused; cancel-ticket done, revoke done, status-cancelled done, mail-cancelled done",
	},
	food.Restaurant: {
		"charge done",
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done; assign refused; refund done, revoke done, status-cancelled done, mail-cancelled done; mail-refunded done",
	},
	food.Delivery: {
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done",
	},
	food.Loyalty: {
		"charge done; confirm done; status-confirmed done, mail-confirmed done; assign done; status-completed done, mail-partner-assigned done",
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done; assign refused; refund done, cancel-ticket done, status-cancelled done, mail-cancelled done; mail-refunded done",
	},
	food.OrderService: {
		"charge refused; mail-payment-failed done",
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done; assign done; mail-partner-assigned done",
		"charge done; confirm refused; refund done, mail-cancelled done; mail-refunded done",
	},
	food.Notification: {
		"charge refused; status-cancelled done",
		"charge done; confirm refused; refund done, status-cancelled done, mail-cancelled done",
		"charge done; confirm done; award done, status-confirmed done, mail-confirmed done; assign done; status-completed done",
	},
}

// halfOrders are a learner's own, one for each service, in an order of their own.
func halfOrders(learner uint64) (all []halfOrder) {
	draw := rand.New(rand.NewPCG(learner, 22))
	for _, i := range draw.Perm(len(food.AllServices)) {
		service := food.AllServices[i]
		h := halfOrder{id: fmt.Sprintf("o-%c%c%03d", 'a'+rune(draw.IntN(26)), 'a'+rune(draw.IntN(26)), draw.IntN(1000)), service: service}
		for group := range strings.SplitSeq(halfRows[service][draw.IntN(len(halfRows[service]))], "; ") {
			rows := strings.Split(group, ", ")
			draw.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			h.rows = append(h.rows, rows...)
		}
		all = append(all, h)
	}
	return all
}

// halfFinished is the page of these orders.
func halfFinished(learner uint64) []byte {
	var page strings.Builder
	page.WriteString(`# Six orders that are not finished

All that the ledger has of them, in the order in which it happened. The flow is the healthy one. In each order one service
must act now, and it has not yet: an event is on its way to it.
`)
	for _, h := range halfOrders(learner) {
		fmt.Fprintf(&page, "\n## %s\n\n", h.id)
		for i, row := range h.rows {
			fmt.Fprintf(&page, "%d. %s\n", i+1, row)
		}
	}
	return []byte(page.String())
}

// askedFor is how many of the half-finished orders are asked for.
const askedFor = 3

// edgeQuestions ask for the broken edge, for what it looks like, and whose turn it is.
func edgeQuestions(learner uint64) []workshop.Question {
	broken := edgeOf(learner)
	var kinds, services []string
	for _, endings := range edgeNews {
		kinds = append(kinds, endings...)
	}
	slices.Sort(kinds)
	for _, s := range food.AllServices {
		services = append(services, string(s))
	}
	all := []workshop.Question{
		{
			Key: "edge.event", Choices: slices.Compact(kinds), Want: broken.event,
			Ask: "From which event does something not follow as it should, because it is not received, or not published? Its right name.",
			Why: "Follow the events from file to file: each kind that is published must be received by everyone who has something to do then.",
		},
		{
			Key: "edge.service", Choices: services, Want: broken.participant,
			Ask: "In the file of which service is the mistake?",
			Why: "It is the service that does not receive the event, or the one that should publish it.",
		},
		{
			Key: "seen.choreography", Choices: []string{standsStill, wrongEnd, comesAgain}, Want: broken.choreography,
			Ask: "What will be seen in the choreography of an order that comes there? See the README for the words.",
			Why: "An event that no one receives is no error. Only a publish that the stream refuses is one, and then its message comes again.",
		},
		{
			Key: "seen.orchestration", Choices: []string{completes, fails, runs}, Want: broken.orchestration,
			Ask: "What will be the status of that order's workflow?",
			Why: "A call that the code does not make is not missed by the engine. A call that no one takes, or that fails, keeps the workflow open. An answer for which the code has no line fails it.",
		},
	}
	orders := halfOrders(learner)
	for i, at := range rand.New(rand.NewPCG(learner, 23)).Perm(len(orders))[:askedFor] {
		h := orders[at]
		all = append(all, workshop.Question{
			Key: fmt.Sprintf("turn.%d", i+1), Want: h.id,
			Ask: fmt.Sprintf("Which of the orders in half-finished.md waits for the %s service?", h.service),
			Why: "Look at the last rows, which events they have become, and who receives those.",
		})
	}
	return all
}
