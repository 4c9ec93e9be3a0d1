package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/internal/twins"
)

// stopTimeout bounds each graceful stop. It is longer than a call that has
// just begun and is slow by plan.
const stopTimeout = 30 * time.Second

// askTimeout is how long an external server may take to return its version.
const askTimeout = 10 * time.Second

// endpoints are external servers, by product.
type endpoints map[string]twins.Endpoint

// shown is where each style's external server is, as may be printed.
func (e endpoints) shown() map[string]string {
	at := map[string]string{}
	for _, one := range engines {
		if s := one.server; s != nil && e[s.name].Address != "" {
			at[one.style] = s.shown(e[s.name].Address)
		}
	}
	return at
}

// versions are those of what takes part, with the external servers in place of the
// ones that were built here. It asks them, and so finds out whether they can be
// used at all. All that can't are reported at once.
func (e endpoints) versions(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	v := versions()
	var bad []error
	for _, p := range products {
		if at := e[p.name]; at.Address != "" {
			version, err := p.version(ctx, at)
			v[p.name+"-server"] = version + " (external server)"
			bad = append(bad, err)
		}
	}
	return v, errors.Join(bad...)
}

// prepare builds what a run of the styles has to start and what is not there yet,
// which may take minutes that are no part of the run.
func (e endpoints) prepare(ctx context.Context, styles []string, errs io.Writer) error {
	for _, one := range engines {
		s := one.server
		if s == nil || s.prepare == nil || e[s.name].Address != "" || !slices.Contains(styles, one.style) {
			continue
		}
		if _, err := s.prepare(ctx, errs); err != nil {
			return err
		}
	}
	return nil
}

// cleanup removes what a run has left on external servers, and prints what stays. A
// run that is over is not spoilt by a server that is gone.
func (e endpoints) cleanup(ctx context.Context, run string, keep bool, errs io.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	prefix := twins.TrafficName(run) + "-"
	for _, p := range products {
		at := e[p.name]
		if at.Address == "" {
			continue
		}
		shown := p.shown(at.Address)
		if p.remove == nil {
			fmt.Fprintf(errs, "the workflows %s… stay on %s for as long as namespace %s keeps closed workflows\n", prefix, shown, at.Namespace)
		} else if keep {
			fmt.Fprintf(errs, "the streams %s… are kept on %s\n", prefix, shown)
		} else if n, err := p.remove(ctx, at.Address, prefix); err != nil {
			fmt.Fprintf(errs, "the streams %s… may still be on %s: %v\n", prefix, shown, err)
		} else {
			fmt.Fprintf(errs, "%d streams of this run were deleted from %s\n", n, shown)
		}
	}
}

// serverFlags name external servers. They can also come from the variables that
// the official clients read.
type serverFlags struct {
	address     map[string]*string // by product
	namespace   string
	collector   string // of traces
	allowRemote bool

	set *pflag.FlagSet // distinguishes a flag that was typed from one that was not
}

func (s *serverFlags) register(flags *pflag.FlagSet) {
	s.set, s.address = flags, map[string]*string{}
	native := map[string]string{"namespace": "TEMPORAL_NAMESPACE"}
	for _, p := range products {
		s.address[p.name] = flags.String(p.name, "", fmt.Sprintf("%s, such as %s (or $%s; default: start one)", p.what, p.example, p.variable))
		native[p.name] = p.variable
	}
	flags.StringVar(&s.namespace, "namespace", "default", "namespace on the external Temporal server, which must exist (or $TEMPORAL_NAMESPACE)")
	flags.BoolVar(&s.allowRemote, "allow-remote", false, "let --nats, --temporal and --otlp-endpoint lead to another machine")
	for flag, variable := range native {
		if err := flags.SetAnnotation(flag, nativeVariable, []string{variable}); err != nil {
			panic(err) // the flag was registered above
		}
	}
}

// collectorFlag is not bound to OTEL_EXPORTER_OTLP_ENDPOINT: a variable that is there for
// other programs must not make a measurement dearer.
const collectorFlag = "otlp-endpoint"

func (s *serverFlags) registerCollector(flags *pflag.FlagSet) {
	flags.StringVar(&s.collector, collectorFlag, "", "send a trace of each order to the OpenTelemetry collector at this URL, such as http://127.0.0.1:4318 (default: no traces)")
}

// validate returns all that is wrong with the servers for a run of the styles.
// A server that was typed and that no style would use is a mistake; one that is
// in the environment is there for other programs too.
func (s *serverFlags) validate(styles []string) error {
	var bad []error
	for _, p := range products {
		address, using := s.address[p.name], stylesOn(p)
		if !slices.ContainsFunc(styles, func(style string) bool { return slices.Contains(using, style) }) {
			if s.set.Changed(p.name) && *address != "" {
				bad = append(bad, fmt.Errorf("--%s is for --style %s", p.name, strings.Join(using, " or ")))
			}
			*address = ""
		}
		if *address == "" {
			continue
		}
		hosts, err := p.hosts(*address)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", s.origin(p.name), err))
		}
		for _, h := range s.remote(hosts) {
			bad = append(bad, fmt.Errorf("%s: %s is not this machine by its name; if orders and their load may go there, add --allow-remote; to start a server instead, use --%s=", s.origin(p.name), h, p.name))
		}
	}
	bad = append(bad, s.wrongCollector(styles))
	blank := func(r rune) bool { return r <= ' ' }
	switch {
	case s.namespace == "" || len(s.namespace) > 255 || strings.ContainsFunc(s.namespace, blank):
		bad = append(bad, fmt.Errorf("%s %q: want 1 to 255 characters without spaces", s.origin("namespace"), s.namespace))
	case *s.address[temporalServer.name] == "" && s.set.Changed("namespace"):
		bad = append(bad, errors.New("--namespace goes with --temporal: a server that is started here has the namespace default alone"))
	}
	return errors.Join(bad...)
}

// remote are the hosts that are another machine, unless that is allowed.
func (s *serverFlags) remote(hosts []string) []string {
	return slices.DeleteFunc(hosts, func(h string) bool { return s.allowRemote || loopback(h) })
}

// wrongCollector returns what is wrong with the collector for a run of the styles.
func (s *serverFlags) wrongCollector(styles []string) error {
	if s.collector == "" {
		return nil
	}
	var using []string
	for _, p := range products {
		using = append(using, stylesOn(p)...)
	}
	if !slices.ContainsFunc(styles, func(style string) bool { return slices.Contains(using, style) }) {
		return fmt.Errorf("--%s is for --style %s: what has no engine is not traced", collectorFlag, strings.Join(using, " or "))
	}
	hosts, err := collectorHosts(s.collector)
	if err != nil {
		return fmt.Errorf("--%s: %w", collectorFlag, err)
	}
	for _, h := range s.remote(hosts) {
		err = errors.Join(err, fmt.Errorf("--%s: %s is not this machine by its name; if traces may go there, add --allow-remote", collectorFlag, h))
	}
	return err
}

// checkCollector asks the collector, if there is to be one, whether it can be used.
func (s *serverFlags) checkCollector(ctx context.Context) error {
	if s.collector == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return tracing.Check(ctx, s.collector)
}

// killable returns the process faults of a plan that would hit an external server:
// that is no process of ours.
func (s *serverFlags) killable(p plan.Plan) error {
	var bad []error
	for _, e := range engines {
		if e.server == nil || *s.address[e.server.name] == "" {
			continue
		}
		for _, scenario := range p.ScenariosOf(e.style) {
			rules, _ := fault.ParseAll(scenario.Faults) // of a plan that is wrong, which is refused as such
			for _, d := range fault.Deaths(rules) {
				if d.Process == fault.Server {
					bad = append(bad, fmt.Errorf("%s: %s: %v: an external server is not killed or paused; leave out --%s, or the fault",
						s.origin(e.server.name), scenario.Name, d, e.server.name))
				}
			}
		}
	}
	return errors.Join(bad...)
}

// stylesOn lists the styles that run on a product.
func stylesOn(p *product) (names []string) {
	for _, e := range engines {
		if e.server == p {
			names = append(names, e.style)
		}
	}
	return names
}

// origin is where a flag's value came from, for messages.
func (s *serverFlags) origin(flag string) string {
	f := s.set.Lookup(flag)
	if variable := f.Annotations[nativeVariable]; !f.Changed && len(variable) > 0 {
		return variable[0]
	}
	return "--" + flag
}

func (s *serverFlags) endpoints() endpoints {
	all := endpoints{}
	for name, address := range s.address {
		if *address != "" {
			all[name] = twins.Endpoint{Address: *address}
		}
	}
	if at, ok := all[temporalServer.name]; ok {
		at.Namespace = s.namespace
		all[temporalServer.name] = at
	}
	return all
}

// words are the flags again, for the line that repeats a run. Credentials are
// left out.
func (s *serverFlags) words() (words []string) {
	for _, p := range products {
		at, ok := s.endpoints()[p.name]
		if ok {
			words = append(words, "--"+p.name+" "+p.shown(at.Address))
		}
		if at.Namespace != "" {
			words = append(words, "--namespace "+at.Namespace)
		}
	}
	if s.collector != "" {
		words = append(words, "--"+collectorFlag+" "+shellWord(s.collector))
	}
	if s.allowRemote && len(words) > 0 {
		words = append(words, "--allow-remote")
	}
	return words
}
