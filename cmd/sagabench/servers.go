package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/bench/record"
)

// serverFlags name servers of the user's own. They can also come from the
// variables that the official clients read.
type serverFlags struct {
	nats, temporal, namespace string
	allowRemote               bool

	set *pflag.FlagSet // tells a flag that was typed from one that was not
}

// nativeVariable is the annotation of a flag that holds the variable by which
// the official clients know it.
const nativeVariable = "native variable"

func (s *serverFlags) register(flags *pflag.FlagSet) {
	s.set = flags
	flags.StringVar(&s.nats, "nats", "", "URL of a NATS server of your own, such as nats://127.0.0.1:4222 (or $NATS_URL; default: start one)")
	flags.StringVar(&s.temporal, "temporal", "", "address of a Temporal server of your own, such as 127.0.0.1:7233 (or $TEMPORAL_ADDRESS; default: start one)")
	flags.StringVar(&s.namespace, "namespace", "default", "namespace on the Temporal server of your own, which must exist (or $TEMPORAL_NAMESPACE)")
	flags.BoolVar(&s.allowRemote, "allow-remote", false, "let --nats and --temporal lead to another machine")
	for flag, variable := range map[string]string{"nats": "NATS_URL", "temporal": "TEMPORAL_ADDRESS", "namespace": "TEMPORAL_NAMESPACE"} {
		if err := flags.SetAnnotation(flag, nativeVariable, []string{variable}); err != nil {
			panic(err) // the flag was registered above
		}
	}
}

// validate returns all that is wrong with the servers for a run of the styles.
// A server that was typed and that no style would use is a mistake; one that is
// in the environment is there for other programs too.
func (s *serverFlags) validate(styles []string) error {
	var bad []error
	for _, server := range []struct {
		flag, style string
		value       *string
		check       func(string) (hosts []string, err error)
	}{
		{"nats", record.Choreography, &s.nats, natsHosts},
		{"temporal", record.Orchestration, &s.temporal, temporalHosts},
	} {
		if !slices.Contains(styles, server.style) {
			if s.set.Changed(server.flag) && *server.value != "" {
				bad = append(bad, fmt.Errorf("--%s is for --style %s", server.flag, server.style))
			}
			*server.value = ""
		}
		if *server.value == "" {
			continue
		}
		hosts, err := server.check(*server.value)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", s.origin(server.flag), err))
		}
		for _, h := range hosts {
			if !s.allowRemote && !loopback(h) {
				bad = append(bad, fmt.Errorf("%s: %s is not this machine by its name; if orders and their load may go there, add --allow-remote; to start a server instead, say --%s=", s.origin(server.flag), h, server.flag))
			}
		}
	}
	blank := func(r rune) bool { return r <= ' ' }
	switch {
	case s.namespace == "" || len(s.namespace) > 255 || strings.ContainsFunc(s.namespace, blank):
		bad = append(bad, fmt.Errorf("%s %q: want 1 to 255 characters without spaces", s.origin("namespace"), s.namespace))
	case s.temporal == "" && s.set.Changed("namespace"):
		bad = append(bad, errors.New("--namespace goes with --temporal: a server that is started here has the namespace default alone"))
	}
	return errors.Join(bad...)
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
	e := endpoints{NATS: s.nats, Temporal: s.temporal}
	if e.Temporal != "" {
		e.Namespace = s.namespace
	}
	return e
}

// versions are those of what takes part, with the user's own servers in place of
// the ones that were built here. It asks them, and so finds out whether they can
// be used at all.
func (e endpoints) versions(ctx context.Context) (map[string]string, error) {
	v := versions()
	met, err := e.meet(ctx)
	for name, version := range met {
		v[name] = version + " (a server of your own)"
	}
	return v, err
}

// depart cleans up behind a run on servers of the user's own, and says what
// stays. A run that is over is not spoilt by a server that is gone.
func (e endpoints) depart(ctx context.Context, run string, keep bool, errs io.Writer) {
	at := e.shown()
	if nats := at[record.Choreography]; nats != "" {
		if keep {
			fmt.Fprintf(errs, "the streams %s-… are kept on %s\n", engineName(run), nats)
		} else if n, err := e.leave(ctx, run); err != nil {
			fmt.Fprintf(errs, "the streams %s-… may still be on %s: %v\n", engineName(run), nats, err)
		} else {
			fmt.Fprintf(errs, "%d streams of this run were deleted from %s\n", n, nats)
		}
	}
	if temporal := at[record.Orchestration]; temporal != "" {
		fmt.Fprintf(errs, "the workflows %s-… stay on %s for as long as namespace %s keeps closed workflows\n", engineName(run), temporal, e.Namespace)
	}
}

// words are the flags again, for the line that repeats a run. Credentials are
// left out.
func (s *serverFlags) words() (words []string) {
	external := s.endpoints().shown()
	if at := external[record.Choreography]; at != "" {
		words = append(words, "--nats "+at)
	}
	if at := external[record.Orchestration]; at != "" {
		words = append(words, "--temporal "+at, "--namespace "+s.namespace)
	}
	if s.allowRemote && len(words) > 0 {
		words = append(words, "--allow-remote")
	}
	return words
}

// natsHosts are the hosts of the URL, or of each of several with commas between
// them. Nothing of a URL is repeated in an error: it may hold a password.
func natsHosts(list string) (hosts []string, err error) {
	const want = "want a URL such as nats://127.0.0.1:4222"
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		switch {
		case err != nil:
			return nil, errors.New("is not a URL; " + want)
		case u.Scheme != "nats" && u.Scheme != "tls":
			return nil, fmt.Errorf("its scheme is %q; %s", u.Scheme, want)
		case u.Hostname() == "":
			return nil, errors.New("names no host; " + want)
		case u.Port() != "" && !isPort(u.Port()):
			return nil, fmt.Errorf("port %s is out of range; %s", u.Port(), want)
		case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
			return nil, errors.New("goes on behind the port; " + want)
		}
		hosts = append(hosts, u.Hostname())
	}
	return hosts, nil
}

// temporalHosts is the host of the address.
func temporalHosts(address string) (hosts []string, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || !isPort(port) || strings.ContainsAny(host, "/@ ") {
		return nil, errors.New("want HOST:PORT such as 127.0.0.1:7233, without a scheme")
	}
	return []string{host}, nil
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535
}

// loopback says whether a host is this machine. No name is looked up: what a
// name leads to may have changed by the time the load is sent.
func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
