// Package story is what an engine kept of one order, in one form for every style:
// messages of the choreography, history events of the orchestration.
package story

import (
	"time"

	"github.com/sagabench/sagabench/food"
)

// A Story is all that an engine kept of an order.
type Story struct {
	Order   string   `json:"order"`
	Moments []Moment `json:"moments"`         // in the engine's order
	Notes   []string `json:"notes,omitempty"` // what is not known, and why
}

// A Moment is a message that was published, or an event of a history.
type Moment struct {
	At    time.Time `json:"at"`              // by the server's clock
	ID    string    `json:"id"`              // unique in the story
	Cause string    `json:"cause,omitempty"` // ID of what it follows from, as the engine recorded it; "" is unknown or nothing
	What  string    `json:"what"`            // in the style's words: payment_success, ActivityTaskScheduled
	By    string    `json:"by,omitempty"`    // who did it: a service, "customer", "person", "workflow", "server"; "" is not known

	Call    food.Action  `json:"call,omitempty"`    // that it asks for, answers or follows from
	Attempt int          `json:"attempt,omitempty"` // of the call, where the engine counts it; 0 is unknown
	Outcome food.Outcome `json:"outcome,omitempty"` // of the call, if the moment has its answer
	Detail  string       `json:"detail,omitempty"`  // a reason or a failure, in the engine's words
}
