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

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/nearest"
)

func devserverCommand() *cobra.Command {
	var (
		data  string
		level = durabilityFlag{Level: durability.Process}
		ports = map[string]*int{}
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
			which := []string{"all"}
			for _, p := range products {
				which = append(which, p.name)
			}
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
			bad := []error{level.wrong}
			taken := map[int]string{}
			wanted := map[string]int{}
			for _, p := range products {
				flag, port := p.name+"-port", *ports[p.name]
				unused := args[0] != "all" && args[0] != p.name
				switch {
				case port < 0 || port > 65535:
					bad = append(bad, fmt.Errorf("--%s %d: want a port from 1 to 65535, or 0", flag, port))
				case unused && c.Flags().Changed(flag):
					bad = append(bad, fmt.Errorf("--%s has no effect on devserver %s; leave it out, or use devserver all", flag, args[0]))
				case !unused && port != 0 && taken[port] != "":
					bad = append(bad, fmt.Errorf("--%s and --%s are both %d: name two ports", taken[port], flag, port))
				}
				if !unused {
					taken[port], wanted[p.name] = flag, port
				}
			}
			if err := errors.Join(bad...); err != nil {
				return usage(err)
			}
			return serve(c.Context(), wanted, data, level.Level, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	for _, p := range products {
		ports[p.name] = c.Flags().Int(p.name+"-port", p.port, "port of "+p.title+"; 0 lets the system choose")
	}
	c.Flags().StringVar(&data, "data", "", "folder for the servers' data, made if missing (default: a temporary one that is removed)")
	c.Flags().Var(&level, "durability", "memory, process or power")
	return c
}

// serve runs the servers on the given ports, by product, until ctx ends or one of
// them does.
func serve(ctx context.Context, ports map[string]int, data string, level durability.Level, out, errs io.Writer) (err error) {
	if data == "" {
		if data, err = os.MkdirTemp("", "sagabench-devserver-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	}
	ended := make(chan string, len(ports))
	for _, p := range products {
		port, wanted := ports[p.name]
		if !wanted {
			continue
		}
		dir := filepath.Join(data, p.name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		fmt.Fprintf(errs, "starting %s …\n", p.name)
		s, err := p.start(ctx, devserver.Config{Dir: dir, Durability: level, Port: port, Log: errs})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		go func() {
			<-s.Done()
			ended <- p.name
		}()
		fmt.Fprintf(out, "%s is ready on %s, data in %s\n", p.name, p.address(s), dir)
	}
	fmt.Fprintln(errs, "Ctrl-C ends it.")
	select {
	case <-ctx.Done():
		return nil
	case name := <-ended:
		return fmt.Errorf("the %s server has ended; its output is above", name)
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
