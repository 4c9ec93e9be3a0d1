package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/internal/stuck"
	"github.com/sagabench/sagabench/internal/twins"
)

// stuckFlags say where orders are looked for.
type stuckFlags struct {
	run     string // a run folder, or else servers
	name    string
	servers serverFlags
	format  outputFormat

	set *pflag.FlagSet
}

func (f *stuckFlags) register(flags *pflag.FlagSet, look bool) {
	f.set = flags
	f.servers.register(flags)
	for _, p := range products {
		flag := flags.Lookup(p.name)
		flag.Usage = strings.Replace(flag.Usage, "; default: start one", "", 1)
	}
	flags.StringVar(&f.name, "name", "", "name of the streams or workflows on the server, such as food-order-20261122T090904Z (default: the only one)")
	if look {
		flags.StringVar(&f.run, "run", "", "a run folder, in place of servers; there --name is a cell")
		flags.Lookup("name").Usage += "; list takes all"
		flags.VarP(&f.format, "output", "o", "what is printed: text or json")
	}
}

// validate returns all that is wrong with the flags and the orders that were typed.
func (f *stuckFlags) validate(orders []string) error {
	bad := append([]error{f.format.wrong}, f.validateNames(orders)...)
	if f.run != "" {
		for _, p := range products {
			if f.set.Changed(p.name) {
				bad = append(bad, fmt.Errorf("--%s and --run: orders are looked for on servers or in a run folder", p.name))
			}
		}
		return usage(errors.Join(bad...))
	}
	bad = append(bad, f.servers.validate(styleNames()))
	if len(f.servers.endpoints()) == 0 {
		bad = append(bad, f.nowhere())
	}
	return usage(errors.Join(bad...))
}

// validateNames returns what is wrong with ids that were typed.
func (f *stuckFlags) validateNames(orders []string) (bad []error) {
	for _, id := range orders {
		if !food.ValidID(id) {
			bad = append(bad, fmt.Errorf("order %q: want 1 to 64 letters, digits, '_' or '-'", id))
		}
	}
	if f.name != "" && !food.ValidID(f.name) {
		bad = append(bad, fmt.Errorf("--name %q: want 1 to 64 letters, digits, '_' or '-'", f.name))
	}
	return bad
}

// nowhere says what must be given.
func (f *stuckFlags) nowhere() error {
	folder := ""
	if f.set.Lookup("run") != nil {
		folder = ", or --run reports/latest for a run folder"
	}
	return fmt.Errorf("no server is named: want --nats %s, --temporal %s or both%s", natsServer.example, temporalServer.example, folder)
}

// An operator is that of one style, for one name on one server.
type operator struct {
	twins.Operator
	style, name string
}

// until looks at an order again and again until it is as asked, or the time is over.
func (d operator) until(ctx context.Context, order string, timeout time.Duration, is func(stuck.Order) bool) (stuck.Order, error) {
	for deadline := time.Now().Add(timeout); ; {
		o, err := d.Show(ctx, order)
		if err != nil || is(o) || time.Now().After(deadline) {
			return o, err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return o, context.Cause(ctx)
		}
	}
}

// place is where an operator can look.
type place struct {
	engine
	at   twins.Endpoint
	name string
}

// places are all names on the servers, or the one that was asked for.
func (f *stuckFlags) places(ctx context.Context) (found []place, err error) {
	at := f.servers.endpoints()
	if _, err := at.versions(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var others []string
	for _, e := range engines {
		if e.server == nil || at[e.server.name].Address == "" {
			continue
		}
		names, err := e.twin.Names(ctx, at[e.server.name], f.name)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if f.name == "" || f.name == name {
				found = append(found, place{e, at[e.server.name], name})
			} else {
				others = append(others, name)
			}
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case f.name != "":
		return nil, usage(fmt.Errorf("no orders were placed there under the name %q%s", f.name, nearest.Hint(f.name, others)))
	}
	return nil, errors.New("no orders were placed there yet")
}

// each opens one place after another.
func (f *stuckFlags) each(ctx context.Context, do func(operator) error) error {
	all, err := f.places(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := p.open(ctx, do); err != nil {
			return err
		}
	}
	return nil
}

// one opens one place a style, and refuses to guess which.
func (f *stuckFlags) one(ctx context.Context, do func(operator) error) error {
	all, err := f.places(ctx)
	if err != nil {
		return err
	}
	names := map[string][]string{}
	for _, p := range all {
		names[p.style] = append(names[p.style], p.name)
	}
	for style, of := range names {
		if len(of) > 1 {
			return usage(fmt.Errorf("orders of the %s are there under %d names: say which with --name: %s", style, len(of), strings.Join(of, ", ")))
		}
	}
	for _, p := range all {
		if err := p.open(ctx, do); err != nil {
			return err
		}
	}
	return nil
}

func (p place) open(ctx context.Context, do func(operator) error) error {
	o, err := p.twin.Operate(ctx, p.at, p.name)
	if err != nil {
		return err
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return errors.Join(do(operator{o, p.style, p.name}), o.Close(closing))
}
