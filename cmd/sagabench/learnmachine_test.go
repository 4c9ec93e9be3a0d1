package main

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

// A machine without servers is an error, with where to look.
func TestLearnWithoutServers(t *testing.T) {
	t.Setenv("PATH", "")
	m, err := newMachine(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Temporal(t.Context()); err == nil || !strings.Contains(err.Error(), "temporal-devserver is neither") || !strings.Contains(err.Error(), "sagabench doctor") {
		t.Errorf("got %v", err)
	}
}

// Servers start once however many ask, start again when they have died, and end with the
// machine, which leaves nothing behind.
func TestMachine(t *testing.T) {
	m, err := newMachine(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 4 {
		for _, server := range []func(context.Context) (string, error){m.NATS, m.Temporal} {
			all.Go(func() {
				at, err := server(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[at] = true
			})
		}
	}
	all.Wait()
	if len(seen) != 2 {
		t.Fatalf("servers at %v, want two", seen)
	}
	first := m.nats.server
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.NATS(t.Context()); err != nil || m.nats.server == first {
		t.Errorf("a server that has died was not started again: %v", err)
	}
	temp, err := m.Temp()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	<-m.nats.server.Done()
	<-m.temporal.server.Done()
	if _, err := os.Stat(temp); err == nil {
		t.Error("a temporary folder is left behind")
	}
}
