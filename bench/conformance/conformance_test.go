package conformance_test

import (
	"context"
	"sync"
	"testing"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/food"
)

func TestMain(m *testing.M) {
	conformance.Main(toyWork)
	m.Run()
}

// The baseline conforms in everything but what follows a crash.
func TestBaseline(t *testing.T) { conformance.Run(t, plain(baseline.New)) }

// The toy survives a crash of its worker and of what it has for a server.
func TestToy(t *testing.T) { conformance.Run(t, newToy(t, none).harness()) }

// plain makes a harness of a coordinator that has both sides in one object.
func plain[C food.Coordinator](make func(*food.Services, food.Policy) C) conformance.Harness {
	var cells sync.Map
	return conformance.Harness{
		Volatile: true,
		Work: func(_ context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
			cells.Store(c.Name, make(s, c.Policy))
			return nothing{}, nil
		},
		Open: func(_ context.Context, c conformance.Cell) (food.Coordinator, error) {
			made, _ := cells.Load(c.Name)
			return made.(C), nil
		},
	}
}

// nothing is the other side of a coordinator that is both.
type nothing struct{}

func (nothing) Close(context.Context) error { return nil }
