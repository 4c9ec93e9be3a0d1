package twins

import (
	"context"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/tracing"
)

// Traced is a coordinator with which the traces of its orders begin.
func Traced(c Coordinator, t *tracing.Traces) Coordinator { return traced{c, t} }

type traced struct {
	Coordinator
	traces *tracing.Traces
}

func (c traced) Submit(ctx context.Context, o food.Order) error {
	return c.traces.Ask(ctx, "submit", o.ID, func(ctx context.Context) error { return c.Coordinator.Submit(ctx, o) })
}

func (c traced) Cancel(ctx context.Context, o food.Order) error {
	return c.traces.Ask(ctx, "cancel", o.ID, func(ctx context.Context) error { return c.Coordinator.Cancel(ctx, o) })
}

func (c traced) Resolve(ctx context.Context, o food.Order) error {
	return c.traces.Ask(ctx, "resolve", o.ID, func(ctx context.Context) error { return c.Coordinator.Resolve(ctx, o) })
}

func (c traced) Close(ctx context.Context) error {
	defer c.traces.Close()
	return c.Coordinator.Close(ctx)
}
