package variants

import (
	"context"
	"errors"

	"github.com/sagabench/sagabench/bench"
)

// A warm style has one server for many runs. It is started by the first that needs
// it, and a run that closes it leaves it running. Cells have streams and queues of
// their own, so no run sees another's.
type warm struct {
	bench.Style
	running bench.Server
	dir     string
}

// Start starts the server, unless it runs.
func (w *warm) Start(ctx context.Context, b bench.Block) (bench.Server, error) {
	if w.running == nil {
		b.Dir = w.dir // the run's folder goes before the server does
		s, err := w.Style.Start(ctx, b)
		if err != nil {
			return nil, err
		}
		w.running = s
	}
	return lent{w.running}, nil
}

// stop ends it, if it was ever started. It is killed: of what hundreds of cells have
// left in it nothing is kept, and to put that in order takes time.
func (w *warm) stop() (err error) {
	if w.running == nil {
		return nil
	}
	for _, p := range w.running.Processes() {
		err = errors.Join(err, p.Kill())
	}
	return errors.Join(err, w.running.Close())
}

// A lent server is not closed by whom it was lent to.
type lent struct{ bench.Server }

func (lent) Close() error { return nil }
