package choreography

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// WorkOld is a worker of a build that does not know the events' version: to it each is
// a dead letter.
func WorkOld(ctx context.Context, c Config) (*Worker, error) {
	return work(ctx, c, nil, func(s *subscriber, m jetstream.Msg) {
		meta, err := m.Metadata()
		if err == nil {
			err = s.deadLetter(context.Background(), m, meta.Sequence.Stream, errors.New("version 1 is not known, only 0 is"))
		}
		if err == nil {
			err = m.Term()
		}
		if err != nil {
			s.Log.Warn("old build", "err", err)
		}
	})
}
