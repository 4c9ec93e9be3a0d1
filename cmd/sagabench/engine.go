package main

import (
	"context"
	"io"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/twins"
)

// An engine is a style as this program runs it: its orders are placed from here
// and worked on in a child, over a server. Or all of it is in this process.
type engine struct {
	style     string
	twin      twins.Twin
	server    *product // nil: in this process, without a twin
	inProcess bench.InProcess

	// given is what the style has of each setting in the parity table. server is what its
	// server reported of itself in this run, and nil where that is not known.
	given func(p plan.Plan, server map[string]string) map[string]string
}

// A product is a server that styles run on. One is started here, unless the user
// names an external one.
type product struct {
	name     string // of its flag, of its folder, and for devserver
	title    string
	port     int    // by which it is usually known
	what     string // its flag leads to
	example  string
	variable string // by which its official client knows an address

	prepare func(ctx context.Context, errs io.Writer) (string, error) // finds or builds it; nil: it is here
	start   func(context.Context, devserver.Config) (*devserver.Server, error)
	address func(*devserver.Server) string         // of one that was started here
	hosts   func(address string) ([]string, error) // that an address leads to
	shown   func(address string) string            // an address as may be printed
	version func(context.Context, twins.Endpoint) (string, error)

	// remove deletes what a run's cells left there, by the beginning of its name;
	// nil where that gets in no one's way and ends by itself.
	remove func(ctx context.Context, address, prefix string) (int, error)
}
