package stage

import (
	"context"
	"fmt"

	"github.com/sagabench/sagabench/food"
)

// call is a call that the twin makes, as a point.
func (st *Stage) call(ctx context.Context, c food.Call, next func(context.Context) error) error {
	point := st.journal.count(Point{Where: Call, Order: c.Order, Name: string(c.Action)})
	hit := st.at(point)
	st.flow(called, point)
	switch hit {
	case Fail:
		st.flow(failed, point)
		return food.ErrFailure
	case Refuse:
		return next(food.Refusing(ctx, "not_any_more"))
	case Hold:
		st.flow(held, point)
		return food.Detach(ctx, func() error {
			st.await(point.Name)
			defer st.landed.Add(1)
			return next(context.WithoutCancel(ctx))
		})
	case KillBefore:
		st.kill("before the effect of "+point.Name, point.Order)
	}
	err := next(ctx)
	switch hit {
	case Lose:
		st.flow(lost, point)
		return fmt.Errorf("reply lost: %w", food.ErrNoAnswer)
	case KillAfter:
		st.kill("after the effect of "+point.Name, point.Order)
	}
	return err
}

// flow notes something of a call that the program asked for, being the flow.
func (st *Stage) flow(w what, p Point) {
	if st.Without == Workflow {
		st.journal.note(fact{what: w, order: p.Order, name: p.Name, n: p.N})
	}
}
