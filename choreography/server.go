package choreography

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Server returns the version of the NATS server at url, or says what keeps
// orders from being placed there.
func Server(ctx context.Context, url string) (version string, err error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return "", fmt.Errorf("no NATS server takes connections at %s: %w", Address(url), err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return "", err
	}
	_, err = js.AccountInfo(ctx)
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return "", fmt.Errorf("the NATS server at %s has no JetStream: start it with -js", Address(url))
	case err != nil:
		return "", fmt.Errorf("the NATS server at %s does not tell of JetStream: %w", Address(url), err)
	}
	return conn.ConnectedServerVersion(), nil
}

// Remove deletes the streams whose names begin with prefix, with all that they
// hold, and returns how many there were. The prefix is what the names of one
// run's cells have in common, up to and with the "-" behind it: without that,
// the streams of another run could begin in the same way.
func Remove(ctx context.Context, url, prefix string) (removed int, err error) {
	if len(prefix) < 2 || !strings.HasSuffix(prefix, "-") {
		return 0, fmt.Errorf("choreography: remove streams %q…: want a prefix that ends in '-'", prefix)
	}
	conn, err := nats.Connect(url)
	if err != nil {
		return 0, fmt.Errorf("choreography: connect to NATS at %s: %w", Address(url), err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return 0, err
	}
	// The list is read to its end first: it comes in pages, and a page counts
	// from the beginning.
	var names []string
	list := js.StreamNames(ctx)
	for name := range list.Name() {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	if err := list.Err(); err != nil {
		return 0, fmt.Errorf("choreography: list streams: %w", err)
	}
	for _, name := range names {
		if err := js.DeleteStream(ctx, name); err != nil {
			return removed, fmt.Errorf("choreography: delete stream %s: %w", name, err)
		}
		removed++
	}
	return removed, nil
}

// Address is the URL, or each of several with commas between them, without the
// credentials that it may hold: the form that may be printed.
func Address(url string) string {
	var shown []string
	for one := range strings.SplitSeq(url, ",") {
		scheme, rest, found := strings.Cut(one, "://")
		if !found {
			scheme, rest = "nats", one
		}
		shown = append(shown, strings.TrimSpace(scheme)+"://"+strings.TrimSpace(rest[strings.LastIndex(rest, "@")+1:]))
	}
	return strings.Join(shown, ",")
}
