package choreography_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]choreography.Config{
		"no name":           {Policy: brisk},
		"name with a dot":   {Name: "a.b", Policy: brisk},
		"wildcard":          {Name: "*", Policy: brisk},
		"no policy":         {Name: "a"},
		"no server there":   {Name: "a", Policy: brisk, URL: "nats://127.0.0.1:1"},
		"not even a server": {Name: "a", Policy: brisk, URL: "::"},
	} {
		if co, err := choreography.Open(t.Context(), c); err == nil {
			co.Close(t.Context())
			t.Errorf("%s: Open accepted it", name)
		}
		if w, err := choreography.Work(t.Context(), c, nil); err == nil {
			w.Close(t.Context())
			t.Errorf("%s: Work accepted it", name)
		}
	}
}

// An order that is submitted again is the same order, whenever that is: the stream need
// not know its message ids any more. Another order under its id is refused.
func TestSubmitTwice(t *testing.T) {
	for name, memory := range map[string]bool{"in files": false, "in memory": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := devservertest.NATS(t)
			c := config(server.URL())
			c.Memory = memory
			w := newWorld(t)
			co := open(t, c)
			work(t, c, w)
			forgetful(t, server.URL(), c.Name)
			again := func(when string) {
				t.Helper()
				place(t, co, "o-1", "o-1", "o-1")
				if err := co.Submit(t.Context(), feast("o-1")); !errors.Is(err, food.ErrOtherOrder) {
					t.Errorf("%s: Submit of another order returned %v, want %v", when, err, food.ErrOtherOrder)
				}
				if got := counters(t, co)["messages"]; got != 4 {
					t.Errorf("%s: %v messages, want those 4 of one order", when, got)
				}
			}
			place(t, co, "o-1", "o-1", "o-1")
			w.settled(t, "o-1")
			again("when it is settled")
			time.Sleep(3 * shortest)
			again("when the message ids are forgotten")
			if memory {
				return // a server that is restarted has none of it
			}
			if err := errors.Join(server.Kill(), server.Restart(t.Context())); err != nil {
				t.Fatal(err)
			}
			again("when the server was restarted")
		})
	}
}

// shortest is the shortest time for which JetStream can be asked to know message ids.
const shortest = 100 * time.Millisecond

// forgetful makes a stream know its message ids for the shortest time.
func forgetful(t *testing.T, url, name string) {
	js := stream(t, url)
	events, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	short := events.CachedInfo().Config
	short.Duplicates = shortest
	if _, err := js.UpdateStream(t.Context(), short); err != nil {
		t.Fatal(err)
	}
}

// feast is another order than the meal of the same id.
func feast(id string) food.Order {
	o := meal(id)
	o.Items[0].Quantity++
	return o
}

// An id whose order_placed is no event stands for no order that could be submitted.
func TestSubmitOverNonsense(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(server.URL()))
	if _, err := stream(t, server.URL()).Publish(t.Context(), "test.order.order_placed.o-1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := co.Submit(t.Context(), meal("o-1")); !errors.Is(err, food.ErrOtherOrder) {
		t.Errorf("Submit returned %v, want %v", err, food.ErrOtherOrder)
	}
}

// An order that the stream refuses for good is not tried again, and is not said to
// have been accepted perhaps.
func TestSubmitRefused(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	co := open(t, c)
	js := stream(t, server.URL())
	events, err := js.Stream(t.Context(), c.Name)
	if err != nil {
		t.Fatal(err)
	}
	tight := events.CachedInfo().Config
	tight.MaxMsgSize = 64
	if _, err := js.UpdateStream(t.Context(), tight); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := co.Submit(ctx, meal("o-1")); err == nil || !strings.Contains(err.Error(), "was not accepted") {
		t.Errorf("Submit returned %v, want that the order was not accepted", err)
	}
	if got := counters(t, co)["messages"]; got != 0 {
		t.Errorf("%v messages, want none", got)
	}
}

// Without a server Submit tries until its context ends, and leaves open whether
// it succeeded.
func TestSubmitWithoutServer(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(server.URL()))
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- co.Submit(ctx, meal("o-1")) }()
	select {
	case err := <-returned:
		t.Fatalf("Submit returned %v before its context ended", err)
	case <-time.After(3 * brisk.FirstBackoff):
	}
	cancel()
	if err := <-returned; err == nil {
		t.Error("Submit returned nil without a server")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	place(t, co, "o-1")
}
