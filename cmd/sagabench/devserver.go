package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/nearest"
)

func devserverCommand() *cobra.Command {
	var (
		natsPort, temporalPort int
		data                   string
		level                  = durabilityFlag{Level: durability.Process}
	)
	c := &cobra.Command{
		Use:   "devserver nats|temporal|all",
		Short: "Run the servers in the foreground, to look inside with their own clients",
		Long: `devserver runs the same servers, with the same settings, that bench starts, until
Ctrl-C. The official clients can look inside:

  sagabench devserver all --data /tmp/food
  sagabench order --style choreography --nats nats://127.0.0.1:4222
  nats --server nats://127.0.0.1:4222 stream ls
  temporal workflow list --address 127.0.0.1:7233

Temporal's Web UI is not part of them. docker-compose.yml, at the root of the
project, has servers with it.`,
		Args: func(c *cobra.Command, args []string) error {
			which := []string{"nats", "temporal", "all"}
			if len(args) != 1 || !slices.Contains(which, args[0]) {
				got := ""
				if len(args) > 0 {
					got = fmt.Sprintf(", got %q%s", args[0], nearest.Hint(args[0], which))
				}
				return usage(fmt.Errorf("devserver takes one of nats, temporal or all%s", got))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			bad := []error{validPort("--nats-port", natsPort), validPort("--temporal-port", temporalPort), level.wrong}
			for flag, unused := range map[string]string{"nats-port": "temporal", "temporal-port": "nats"} {
				if args[0] == unused && c.Flags().Changed(flag) {
					bad = append(bad, fmt.Errorf("--%s says nothing to devserver %s; leave it out, or say devserver all", flag, unused))
				}
			}
			if err := errors.Join(bad...); err != nil {
				return usage(err)
			}
			if args[0] == "all" && natsPort == temporalPort && natsPort != 0 {
				return usage(fmt.Errorf("--nats-port and --temporal-port are both %d: name two ports", natsPort))
			}
			ports := map[string]int{}
			if args[0] != "temporal" {
				ports[record.Choreography] = natsPort
			}
			if args[0] != "nats" {
				ports[record.Orchestration] = temporalPort
			}
			return serve(c.Context(), ports, data, level.Level, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().IntVar(&natsPort, "nats-port", 4222, "port of NATS; 0 lets the system choose")
	c.Flags().IntVar(&temporalPort, "temporal-port", 7233, "port of Temporal; 0 lets the system choose")
	c.Flags().StringVar(&data, "data", "", "folder for the servers' data, made if missing (default: a temporary one that is removed)")
	c.Flags().Var(&level, "durability", "memory, process or power")
	return c
}

func validPort(flag string, port int) error {
	if port < 0 || port > 65535 {
		return fmt.Errorf("%s %d: want a port from 1 to 65535, or 0", flag, port)
	}
	return nil
}

// serve runs the servers on the given ports, by style, until ctx ends or one
// of them does.
func serve(ctx context.Context, ports map[string]int, data string, level durability.Level, out, errs io.Writer) (err error) {
	if data == "" {
		if data, err = os.MkdirTemp("", "sagabench-devserver-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	}
	ended := make(chan string, len(ports))
	for _, style := range []string{record.Choreography, record.Orchestration} {
		port, wanted := ports[style]
		if !wanted {
			continue
		}
		name := map[string]string{record.Choreography: "nats", record.Orchestration: "temporal"}[style]
		dir := filepath.Join(data, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		fmt.Fprintf(errs, "starting %s …\n", name)
		s, err := startServer(ctx, style, devserver.Config{Dir: dir, Durability: level, Port: port, Log: errs})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		go func() {
			<-s.Done()
			ended <- name
		}()
		fmt.Fprintf(out, "%s is ready on %s, data in %s\n", name, endpointOf(style, s), dir)
	}
	fmt.Fprintln(errs, "Ctrl-C ends it.")
	select {
	case <-ctx.Done():
		return nil
	case name := <-ended:
		return fmt.Errorf("the %s server has ended; what it said is above", name)
	}
}

// natsServerCommand is the child process behind each NATS server.
func natsServerCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "nats-server",
		Short:              "Run a NATS server; started by bench",
		Hidden:             true,
		DisableFlagParsing: true,
		RunE:               func(c *cobra.Command, args []string) error { return devserver.ServeNATS(c.Context(), args) },
	}
}
