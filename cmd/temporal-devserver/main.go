// Command temporal-devserver is a Temporal server on SQLite in one process,
// for development and measurement. It listens on 127.0.0.1 only, without
// authentication, and has the namespace "default".
//
// It is a separate binary because it takes minutes to compile: whoever edits
// the rest of the repository should not wait for it.
//
// Its first line on standard output is "ready 127.0.0.1:port" and then, as a JSON
// object, settings as the server reads them back. It runs until it is interrupted, or until its standard input ends: that is how it notices that
// the program which started it has died.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"time"

	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
	"modernc.org/sqlite"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	readyWithin = time.Minute
	stopWithin  = 8 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "temporal-devserver:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := command.Parse("temporal-devserver", args)
	if err != nil {
		return err
	}
	debug.SetGCPercent(s.GCPercent)

	ctx, cancel := child.WithParent(ctx)
	defer cancel()
	// An orphan that hangs while it starts or stops must end all the same.
	context.AfterFunc(ctx, func() {
		time.AfterFunc(stopWithin, func() { os.Exit(1) })
	})

	if s.Durability != durability.Memory {
		claim, err := command.Lock(s.Dir)
		if err != nil {
			return err
		}
		defer claim.Close()
	}
	var connection pragmas
	sqlite.RegisterConnectionHook(connection.read)
	store, err := openStore(s)
	if err != nil {
		return err
	}
	ports, err := freePorts(s.Port)
	if err != nil {
		return err
	}
	level := zap.NewAtomicLevelAt(zap.ErrorLevel)
	server, err := temporal.NewServer(options(ports, store, s.Untuned, level)...)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	shards, err := answers(ctx, ports.frontend())
	if err == nil {
		settings := connection.settings()
		settings["history_shards"] = strconv.Itoa(int(shards))
		maps.Copy(settings, tuning(s.Untuned))
		err = command.Ready(ports.frontend(), settings)
	}
	if err != nil {
		return errors.Join(err, server.Stop())
	}
	<-ctx.Done()
	level.SetLevel(zap.FatalLevel) // services that stop complain of each other
	return server.Stop()
}
