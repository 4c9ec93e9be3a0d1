// Package kit is what the programs of the exercises are given: where the servers are, a
// provider to call, and a life that begins and ends when the checker says so. It is short
// on purpose. What the exercises are about stands in their own files.
package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// A Cell is where a program has its orders from. No two cells meet.
type Cell struct {
	Server string // address of NATS or Temporal
	Name   string // of the stream; first part of each task queue's name
	World  string // URL of the providers that are called

	Redelivery time.Duration // after which what has no ack, or no answer, comes again
}

// An Order is what a customer wants.
type Order struct {
	ID         string `json:"id"`
	Customer   string `json:"customer"`
	Restaurant string `json:"restaurant"`
	Items      []Item `json:"items"`
}

// An Item is a dish and how many of it.
type Item struct {
	Dish     string `json:"dish"`
	Quantity int    `json:"quantity"`
	Price    int64  `json:"price"` // of one, in cents
}

// An Event is what happened to an order.
type Event struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	Kind    string `json:"event"`
	Cause   string `json:"cause,omitempty"` // id of the event that was reacted to
	Order   Order  `json:"order"`
	Reason  string `json:"reason,omitempty"`
}

// Then is the event that follows from e.
func (e Event) Then(kind, reason string) Event {
	return Event{Version: 1, ID: e.Order.ID + "." + kind, Kind: kind, Cause: e.ID, Order: e.Order, Reason: reason}
}

// An Answer is a provider's. Outcome is "done", "refused" or "blocked".
type Answer struct {
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
}

// Done says whether the call took effect, and for an undo whether it undid something.
func (a Answer) Done() bool { return a.Outcome == "done" && a.Reason != "nothing_to_undo" }

// Refused says whether the provider said no.
func (a Answer) Refused() bool { return a.Outcome == "refused" }

// A Request is what a provider is asked.
type Request struct {
	Action string `json:"action"` // "charge", "refund", …
	Order  Order  `json:"order"`
	Key    string `json:"key"` // idempotency key: the provider answers a known one as before, and does nothing
}

// Call asks the provider to do something for an order. An error means that it is not
// known whether it was done.
func (c Cell) Call(ctx context.Context, action string, o Order, key string) (Answer, error) {
	ask, err := json.Marshal(Request{action, o, key})
	if err != nil {
		return Answer{}, err
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, c.World, bytes.NewReader(ask))
	if err != nil {
		return Answer{}, err
	}
	reply, err := http.DefaultClient.Do(post)
	if err != nil {
		return Answer{}, fmt.Errorf("%s %s: no answer: %w", action, o.ID, err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(reply.Body, 200))
		return Answer{}, fmt.Errorf("%s %s: %s: %s", action, o.ID, reply.Status, bytes.TrimSpace(text))
	}
	var a Answer
	return a, json.NewDecoder(reply.Body).Decode(&a)
}

// Main runs a program: begin starts its work and returns when it takes orders. The
// program ends when the checker closes its standard input. Standard output is yours.
func Main(begin func(context.Context, Cell) error) {
	fmt.Fprintln(os.Stderr, run(begin))
	os.Exit(1)
}

// run returns if there is nothing to run.
func run(begin func(context.Context, Cell) error) error {
	cell, err := fromEnvironment()
	if err != nil {
		return err
	}
	checker := os.NewFile(3, "checker") // standard output is no way to it: that is yours
	stacksOnQuit(checker)
	go endWithChecker()
	if err := begin(context.Background(), cell); err != nil {
		return err
	}
	if _, err := checker.WriteString("ready\n"); err != nil {
		return err
	}
	select {}
}

// endWithChecker ends the program when standard input does: because the checker closes
// it, or because the checker has ended itself. Nothing is ever sent.
func endWithChecker() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func fromEnvironment() (c Cell, err error) {
	text := os.Getenv("SAGABENCH_CELL")
	if text == "" {
		return c, errors.New("this program is one part of a cell: start it with \"sagabench learn check\"")
	}
	err = json.Unmarshal([]byte(text), &c)
	return c, err
}
