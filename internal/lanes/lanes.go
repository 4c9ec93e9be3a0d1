// Package lanes follows one order: it puts together what the ledger, the calls, the
// faults and the engine's own record have of it, in every style, and draws that as
// text, Mermaid, SVG or JSON. Nothing here looks anywhere, and nothing is guessed: a
// step follows from another one only where the engine recorded that.
package lanes

import (
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/story"
	"github.com/sagabench/sagabench/internal/stuck"
)

// Evidence is all that is known of an order in one style.
type Evidence struct {
	Style string
	Place string // its cell, or its name on a server

	// Of a run folder. A server has none of these.
	Start  time.Time // of the cell, from which its times count
	Placed *record.Order
	Calls  []record.Call
	Rows   []record.Effect
	Faults []record.Fault
	Breaks []string // invariants that the order violates, such as "money: charged 30.50 and not refunded"

	Story      *story.Story // nil: it was not kept
	Engineless bool         // there is none that could have been
	Stuck      stuck.Order  // rows, waits and what remains
	Notes      []string
}

// A Trace is one order in every style that has it.
type Trace struct {
	Order    string `json:"order"`
	Placed   string `json:"placed,omitempty"` // what was ordered, in words
	Sides    []Side `json:"styles"`
	Sentence string `json:"sentence"` // what happened
}

// A Side is the order in one style. Its times are in ms: since the order was due, or
// on a server since the first moment that is known.
type Side struct {
	Style   string      `json:"style"`
	Place   string      `json:"place"`
	Ending  food.Ending `json:"ending"` // "": undecided
	Zero    time.Time   `json:"zero"`   // of its times
	Since   string      `json:"since"`  // what that was
	Decided *float64    `json:"decided_ms,omitempty"`
	Settled *float64    `json:"settled_ms,omitempty"`
	Span    float64     `json:"span_ms"` // where its scale ends
	Lanes   []string    `json:"lanes"`   // customer, engine and services, in the order of every table
	Steps   []*Step     `json:"steps"`   // in the order of time
	Missing []string    `json:"missing"` // what should have come and did not
	Wrong   []string    `json:"wrong,omitempty"`
	Waits   []string    `json:"waits,omitempty"`
	Breaks  []string    `json:"breaks,omitempty"`
	Notes   []string    `json:"notes,omitempty"` // what is not known, and why

	facts facts
}

// A Step is one attempt at a call, a message, or a task of the engine's.
type Step struct {
	N       int         `json:"n"` // from 1
	Kind    Kind        `json:"kind"`
	Lane    string      `json:"lane"`
	What    string      `json:"what"` // payment.charge, payment_success, WorkflowTask
	Call    food.Action `json:"call,omitempty"`
	Attempt int         `json:"attempt,omitempty"` // 0: not counted

	Asked    *float64 `json:"asked_ms,omitempty"` // for, as the engine recorded it
	At       float64  `json:"at_ms"`              // when it began, or was published
	End      *float64 `json:"end_ms,omitempty"`   // of a call: when its row was committed; nil: not known, or a point
	Reported *float64 `json:"reported_ms,omitempty"`

	Outcome food.Outcome `json:"outcome,omitempty"` // of its row
	Result  string       `json:"result,omitempty"`  // in words
	Failed  bool         `json:"failed,omitempty"`  // a rejection, or an attempt that was hit by a fault and wrote no row
	Faults  []string     `json:"faults,omitempty"`  // that hit it
	After   int          `json:"after,omitempty"`   // the step that it followed from; 0: not recorded
	Hop     *float64     `json:"hop_ms,omitempty"`  // from the end of that step
	Undoes  int          `json:"undoes,omitempty"`
	IDs     []string     `json:"ids,omitempty"` // of the engine's moments in it

	after, undoes *Step
	bare          bool // a row that no attempt wrote
}

// A Kind of step.
type Kind string

const (
	ACall    Kind = "call"
	AMessage Kind = "message" // or a single event of a history
	ATask    Kind = "task"    // of the engine's: several events of a history
)

// New puts the evidence together, in the order in which it is given.
func New(order string, all []Evidence) Trace {
	t := Trace{Order: order, Sides: []Side{}}
	for _, e := range all {
		if e.Placed != nil && t.Placed == "" {
			t.Placed = placed(e.Placed)
		}
		t.Sides = append(t.Sides, build(e))
	}
	t.Sentence = sentence(t.Sides)
	return t
}

// done is when the step was over, or else when it began: what came later is its report.
func (s *Step) done() float64 {
	if s.End != nil {
		return *s.End
	}
	return s.At
}

// end is when the last thing that is known of the step happened.
func (s *Step) end() float64 {
	last := s.At
	for _, t := range []*float64{s.End, s.Reported} {
		if t != nil {
			last = max(last, *t)
		}
	}
	return last
}

// begin is when the first was.
func (s *Step) begin() float64 {
	if s.Asked != nil {
		return min(s.At, *s.Asked)
	}
	return s.At
}
