// Package record is the run folder: what a run leaves behind, and all that a
// report is made from.
//
//	run.json         what was run: plan, cells, settings, machine, versions
//	orders.csv.gz    a row per offered order, with its times
//	calls.csv.gz     a row per attempt at a call that was made, in order of cell, order id, time
//	effects.csv.gz   a row per ledger row, in order of cell, order id, seq
//	faults.jsonl     the faults that really fired
//	samples.csv.gz   CPU time, memory and backlog every 250 ms
//	stories.jsonl.gz what the engines kept of some of the orders, a line an order
//
// These seven are raw and never rewritten. Everything else in the folder is
// derived from them and can be redrawn.
package record

import (
	"math"
	"time"

	"github.com/sagabench/sagabench/internal/story"
)

// File names in a run folder.
const (
	RunFile     = "run.json"
	OrdersFile  = "orders.csv.gz"
	CallsFile   = "calls.csv.gz"
	EffectsFile = "effects.csv.gz"
	FaultsFile  = "faults.jsonl"
	SamplesFile = "samples.csv.gz"
	StoriesFile = "stories.jsonl.gz"
)

// Schema is the version of the folder's format.
//
//	2  parity holds what each style was given by its name, and not of two
//	3  orders hold what was ordered and not its total, rows what they were for; calls are there
const Schema = 3

// Run is run.json. It is written when the run ends, also when it is interrupted.
type Run struct {
	Schema      int               `json:"schema"`
	ID          string            `json:"run_id"`
	Plan        string            `json:"plan"`
	Started     time.Time         `json:"started"`
	Finished    time.Time         `json:"finished"`
	Interrupted bool              `json:"interrupted"`
	Seed        uint64            `json:"seed"`
	Command     string            `json:"command"` // reproduces the run
	Durability  string            `json:"durability"`
	Policy      map[string]string `json:"policy"`               // as printed: name -> value with unit
	Retry       Retry             `json:"retry"`                // the part of the policy that attempts are judged by
	Parity      []Parity          `json:"parity"`               // what each side pays for
	Machine     map[string]string `json:"machine"`              // cores, cpu, memory, os, kernel …
	Versions    map[string]string `json:"versions"`             // sagabench, go, nats-server, nats.go, temporal-server, temporal-sdk, sqlite
	Thresholds  []string          `json:"thresholds,omitempty"` // of the plan, as written
	Compare     [][2]string       `json:"compare,omitempty"`    // pairs of scenarios to be set against each other
	Judge       *Judge            `json:"judge,omitempty"`      // what the judge is known to catch
	Knees       []Knee            `json:"knees,omitempty"`      // that ladders found
	Ceilings    []Ceiling         `json:"ceilings,omitempty"`   // what the engines allowed
	Cells       []Cell            `json:"cells"`
}

// Retry is how calls are tried again, as it was planned. Times are in ms.
type Retry struct {
	Attempts     int     `json:"attempts"`                // of a deciding call, before it is given up
	UndoAttempts int     `json:"undo_attempts,omitempty"` // of an undo, before it is given up and escalated; older runs have no limit
	FirstBackoff float64 `json:"first_backoff"`           // after the first attempt; it doubles with each
	MaxBackoff   float64 `json:"max_backoff"`
	CallTimeout  float64 `json:"call_timeout"`
	Redelivery   float64 `json:"redelivery"` // after which what a worker has not finished is given out again
}

// Judge is the judge's own record: how many known mistakes, built into the styles one
// at a time, its verdict has caught.
type Judge struct {
	Caught   int    `json:"caught"`
	Of       int    `json:"of"`
	Revision string `json:"revision"` // that they were built from
}

// A Knee is the highest rate that a style kept up with, found by a ladder in one
// repeat. It lies between the highest rung that it kept up with and the lowest
// that it did not.
type Knee struct {
	Style    string  `json:"style"`
	Scenario string  `json:"scenario"`
	Repeat   int     `json:"repeat"`
	Lo       float64 `json:"lo_per_s"` // 0: it kept up with no rung
	Hi       float64 `json:"hi_per_s"` // 0: it kept up with every rung
	Bound    float64 `json:"bound_ms"` // on the p99 of settling
	Rungs    int     `json:"rungs"`    // tried

	Durability string `json:"durability,omitempty"` // where it is not the run's
}

// A Ceiling is what a style's engine allowed in one repeat: the same traffic
// with a fixed number of orders under way and nothing behind them. There is
// nothing to judge in it, so it has no rows in the other files.
type Ceiling struct {
	Style      string             `json:"style"`
	Scenario   string             `json:"scenario"`
	Repeat     int                `json:"repeat"`
	Durability string             `json:"durability"`
	InFlight   int                `json:"in_flight"`
	Window     float64            `json:"window_s"`
	PerSecond  float64            `json:"orders_per_s"`
	CPU        map[string]float64 `json:"cpu_ms_per_order"` // by role
}

// Parity is one line of the table of what each side was given.
type Parity struct {
	Group   string `json:"group,omitempty"` // lines of a group stand together
	Setting string `json:"setting"`
	Given
}

// Given is what the styles were given of one thing.
type Given struct {
	Values map[string]string `json:"values"`         // by style
	From   string            `json:"from,omitempty"` // how it is known: one of the From constants
	Equal  bool              `json:"equal"`          // the values are known and the same
	Note   string            `json:"note,omitempty"` // why it differs, and which way that leans
}

// How a value of [Given] is known.
const (
	FromRun    = "measured"  // in this run
	FromServer = "read back" // as the server reported in this run
	FromCode   = "set"       // as this program has set it for this run
	FromDesign = "design"    // how the style or its engine works
	FromUser   = "declared"  // by whoever runs an external server
)

// Unknown is a value that is not known.
const Unknown = "unknown"

// NewParity compares the values, and keeps the note where they differ. What is unknown or
// declared alone is not equal to anything.
func NewParity(group, setting, from string, values map[string]string, note string) Parity {
	p := Parity{Group: group, Setting: setting, Given: Given{Values: values, From: from, Note: note, Equal: from != FromUser}}
	distinct := map[string]bool{}
	for _, v := range values {
		distinct[v] = true
	}
	if len(distinct) != 1 || distinct[Unknown] {
		p.Equal = false
	}
	if p.Equal {
		p.Note = ""
	}
	return p
}

// Cell is one style under one setting, one repeat of it.
type Cell struct {
	ID       string   `json:"id"` // unique in the run: <scenario>-<style>-<repeat>
	Style    string   `json:"style"`
	Scenario string   `json:"scenario"`
	Repeat   int      `json:"repeat"`              // from 1
	External string   `json:"external,omitempty"`  // address of an external server, of which nothing is measured
	Kind     string   `json:"kind"`                // what the scenario is for, see the Kind constants
	InFlight int      `json:"in_flight,omitempty"` // orders kept under way, where that is what was asked for and not a rate
	Faults   []string `json:"faults"`

	Settings // what differs from the run's

	Offered   float64            `json:"offered_per_s"`
	Window    float64            `json:"window_s"` // length of the measured window
	Started   time.Time          `json:"started"`  // the cell's start: due_ms counts from here
	Begin     float64            `json:"begin_ms"` // start of the measured window, from the cell's start
	LoadEnd   float64            `json:"load_end_ms"`
	DrainEnd  float64            `json:"drain_end_ms"`
	Drained   bool               `json:"drained"`          // every accepted order settled before the drain's deadline
	Cut       bool               `json:"cut"`              // interrupted by the user before its load was over
	Outages   []Outage           `json:"outages"`          // planned, in ms from the cell's start
	Deaths    []Death            `json:"deaths,omitempty"` // planned, that really happened, in their order
	Died      string             `json:"died,omitempty"`   // what ended the cell that no plan foresaw: role, style and cause
	LeftOver  map[string]float64 `json:"left_over"`        // what the engine still had to do at the end, see bench.System; null: it was not asked
	Generator Generator          `json:"generator"`
	Timer     *Timer             `json:"timer_late,omitempty"` // nil: it did not ring
	Counters  map[string]float64 `json:"counters"`             // what the engine counted, see bench.System
	CPU       map[string]float64 `json:"cpu_ms"`               // by role (server, worker, harness), from the window's start to the drain's end; to the window's with a fixed number under way
	Busy      *float64           `json:"machine_busy"`         // share of all processors' time that anybody used, or a hypervisor took, during the load; null if the system does not report it
	IdleCPU   map[string]float64 `json:"idle_cpu_ms_per_s"`    // by role, measured before the load
	RSS       map[string]float64 `json:"rss_mb"`               // by role, the highest sample
	Disk      float64            `json:"disk_bytes"`           // growth of server data and ledger over the cell
	Gaps      int                `json:"gaps"`                 // rows missing from the commit feed; any makes the cell unknown
	Warnings  []string           `json:"warnings"`

	Stories int `json:"stories,omitempty"`          // orders of which the engine's own record was kept
	LeftOut int `json:"stories_left_out,omitempty"` // for which there was no room, see [Writer.Add]
}

// Outage is a planned window in which a service fails every call.
type Outage struct {
	Service string  `json:"service"`
	From    float64 `json:"from_ms"`
	To      float64 `json:"to_ms"`
}

// Death is a planned death or pause of a process.
type Death struct {
	Rule string  `json:"rule"` // as written
	Role string  `json:"role"` // server or worker
	From float64 `json:"from_ms"`
	To   float64 `json:"to_ms"` // when it worked again
}

// Generator is how well the load was offered. A generator that is late for
// reasons of its own spoils latency.
type Generator struct {
	LateP99 float64 `json:"late_p99_ms"` // order sent after it was due
	LateMax float64 `json:"late_max_ms"`
	Dropped int     `json:"dropped"` // not sent at all: too many in flight
}

// Timer is how late a timer of the harness's rang during the load, which no style had
// set: how late anything comes on this machine. Times are in ms.
type Timer struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50_ms"`
	Max float64 `json:"max_ms"`
}

// Order is a row of orders.csv.gz: one offered order. Times are in milliseconds
// from the moment the order was due, except Due, which counts from the cell's
// start. A time that never came is NaN, and an empty field in the file.
type Order struct {
	Cell, Style, Scenario string
	Repeat                int
	ID                    string
	Customer, Restaurant  string
	Items                 string // quantity*cents dish;quantity*cents dish …
	Warmup                bool
	Outcome               string  // completed, payment_declined, restaurant_failed, no_partner, or "" while open
	Due                   float64 // when it should have been sent
	Sent                  float64 // when it was, from Due; NaN if it was dropped
	Accept                float64 // NaN: no answer, so it is unknown whether it was accepted
	Decision              float64 // final status
	Settled               float64
	Compensation          float64 // length: from the rejection to the last undo of a done call; NaN if nothing had to be undone
	Inconsistent          float64 // length: charged although the order was rejected
}

// Came reports whether a time of an order came at all.
func Came(ms float64) bool { return !math.IsNaN(ms) }

// Effect is a row of effects.csv.gz: one row of a cell's ledger.
type Effect struct {
	Cell      string
	Order     string
	Seq       int64
	Service   string
	Action    string
	Outcome   string // done, refused, blocked
	Reason    string
	For       string // whom and what it was for, as the service says; "" where nothing happened
	Amount    int64
	Attempt   int
	At        float64 // applied, ms from the cell's start
	Committed float64 // commit returned, ms from the cell's start
}

// Call is a row of calls.csv.gz: an attempt at a call, noted when it began, by
// neither the services nor the ledger.
type Call struct {
	Cell    string
	Order   string
	Service string
	Action  string
	Attempt int     // as the style counts
	At      float64 // ms from the cell's start
}

// Fault is a line of faults.jsonl: one fault that fired, or a service that was
// found in an outage.
type Fault struct {
	Cell    string    `json:"cell"`
	Rule    string    `json:"rule"` // as written
	Kind    string    `json:"kind"` // refuse, fail, panic, slow, outage, lose-reply
	Order   string    `json:"order"`
	Service string    `json:"service"`
	Action  string    `json:"action"`
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
}

// Sample is a row of samples.csv.gz.
type Sample struct {
	Cell    string
	At      float64 // ms from the cell's start
	Role    string  // server, worker, harness
	CPU     float64 // CPU time used so far, ms
	RSS     float64 // MB
	Backlog int     // orders due and not settled, the same on every role's line
}

// Story is a line of stories.jsonl.gz: all that an engine kept of one order.
type Story struct {
	Cell string   `json:"cell"`
	Why  []string `json:"why"` // it was kept, see the Kept constants
	story.Story
}

// Why a story was kept.
const (
	KeptViolating = "violating" // an invariant did not hold for the order
	KeptEnding    = "ending"    // it is one of a few of its ending
	KeptFaulted   = "faulted"   // it met a fault, or the death of a process
)
