package bench

import (
	"context"
	"errors"
	"time"

	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// InProcess is a style without a server and without a worker: its coordinator and
// the world behind it live in the harness's process and die with it. So its ledger
// is in memory, whatever durability the others have. The baseline is one.
type InProcess func(*food.Services, food.Policy) food.Coordinator

func (s InProcess) Start(context.Context, Block) (Server, error) { return s, nil }

func (InProcess) Processes() []Process { return nil }

func (InProcess) Close() error { return nil }

func (s InProcess) Open(_ context.Context, e Env) (System, error) {
	e.Durability = durability.Memory
	w, err := world.Open(e.Config, e.Rows, e.Around()...)
	if err != nil {
		return nil, err
	}
	return &inProcess{s(w.Services, e.Policy), w}, nil
}

type inProcess struct {
	food.Coordinator
	world *world.World
}

func (s *inProcess) Processes() []Process { return nil }

func (s *inProcess) Begin(t time.Time) error {
	s.world.Begin(t)
	return nil
}

func (s *inProcess) Counters(context.Context) (map[string]float64, error) {
	return map[string]float64{}, nil // there is no engine
}

func (s *inProcess) LeftOver(context.Context, int) (map[string]float64, error) {
	return map[string]float64{}, nil
}

func (s *inProcess) Close(ctx context.Context) error {
	return errors.Join(s.Coordinator.Close(ctx), s.world.Close())
}
