// Command temporal-devserver is a Temporal server on SQLite in one process,
// for development and measurement. It listens on 127.0.0.1 only, without
// authentication, and has the namespace "default".
//
// It is a binary of its own because it takes minutes to compile: whoever edits
// the rest of the repository should not wait for it.
//
// Its first line on standard output is "ready 127.0.0.1:port". It runs until it
// is interrupted, or until its standard input ends: that is how it notices that
// the program which started it has died.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"go.temporal.io/server/temporal"
	"go.uber.org/zap"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver/lock"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	readyWithin = time.Minute
	stopWithin  = 8 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "temporal-devserver:", err)
		}
		os.Exit(1)
	}
}

// settings are the command line.
type settings struct {
	dir        string
	durability durability.Level
	port       int
	untuned    bool
	gc         int
}

func parse(args []string, stderr io.Writer) (settings, error) {
	s := settings{durability: durability.Process}
	flags := flag.NewFlagSet("temporal-devserver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.dir, "dir", "", "folder for the data; not needed at durability memory")
	flags.Var(&s.durability, "tier", "what data survives: memory (nothing), process (kill -9) or power (power loss)")
	flags.IntVar(&s.port, "port", 0, "port on 127.0.0.1; 0 lets the system choose")
	flags.BoolVar(&s.untuned, "untuned", false, "use the settings of the official development server")
	flags.IntVar(&s.gc, "gc-percent", 100, "garbage collector's target, as GOGC")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.durability != durability.Memory && s.dir == "":
		return s, errors.New("--dir is required unless --tier is memory")
	}
	return s, nil
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	debug.SetGCPercent(s.gc)

	ctx, cancel := child.WithParent(ctx)
	defer cancel()
	// An orphan that hangs while it starts or stops must end all the same.
	context.AfterFunc(ctx, func() {
		time.AfterFunc(stopWithin, func() { os.Exit(1) })
	})

	if s.durability != durability.Memory {
		claim, err := lock.Folder(s.dir)
		if err != nil {
			return err
		}
		defer claim.Close()
	}
	store, err := openStore(s)
	if err != nil {
		return err
	}
	ports, err := freePorts(s.port)
	if err != nil {
		return err
	}
	level := zap.NewAtomicLevelAt(zap.ErrorLevel)
	server, err := temporal.NewServer(options(ports, store, s.untuned, level)...)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	if err := answers(ctx, ports.frontend); err != nil {
		return errors.Join(err, server.Stop())
	}
	child.Ready("%s", ports.frontend)
	<-ctx.Done()
	level.SetLevel(zap.FatalLevel) // services that stop complain of each other
	return server.Stop()
}
