package choreography_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/choreography"
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

func TestSubmitTwice(t *testing.T) {
	server := devservertest.NATS(t)
	c := config(server.URL())
	w := newWorld(t)
	co := open(t, c)
	place(t, co, "o-1", "o-1", "o-1")
	work(t, c, w)
	w.settled(t, "o-1")
	place(t, co, "o-1")
	if got := counters(t, co)["messages"]; got != 4 {
		t.Errorf("%v messages, want those 4 of one order", got)
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
