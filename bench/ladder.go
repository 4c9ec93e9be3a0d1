package bench

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
)

const (
	climb   = 1.5
	near    = 1.1 // a knee that is known this well is known
	minRate = 0.5
)

// A ladder is how far the search for a style's knee has come: the highest rate
// that it keeps up with, and the lowest that it does not. Zero is none yet.
//
//	kept up at 100, kept up at 150, not at 225: the knee is between
//	kept up at 184, not at 203: and there it is, from 184 to 203
//
// It climbs by half of each rate, or descends when the first is too much, and
// then halves what is between. What keeping up means is defined by [measure.KeptUp].
type ladder struct {
	first, lo, hi float64
	left          int // rungs
}

// next is the rate of the next rung, and false when the search is over.
func (l ladder) next() (rate float64, ok bool) {
	switch {
	case l.lo == 0 && l.hi == 0:
		rate = l.first
	case l.hi == 0:
		rate = handy(l.lo * climb)
	case l.lo == 0:
		rate = handy(l.hi / climb)
	case l.hi <= l.lo*near:
		return 0, false
	default:
		rate = handy(math.Sqrt(l.lo * l.hi))
	}
	ok = l.left > 0 && rate >= minRate && rate <= plan.MaxRate && rate != l.lo && rate != l.hi
	return rate, ok
}

// tried notes how a rung went.
func (l *ladder) tried(rate float64, keptUp bool) {
	l.left--
	if keptUp {
		l.lo = rate
	} else {
		l.hi = rate
	}
}

// handy is a rate in whole orders per second, or tenths of them where they are
// few: rates are parts of names.
func handy(rate float64) float64 {
	if rate >= 10 {
		return math.Round(rate)
	}
	return math.Round(rate*10) / 10
}

// ladder runs a ladder's rungs and keeps what it found.
func (r *runner) ladder(ctx context.Context, server Server, b plan.Block, s plan.Scenario, dir string) error {
	l := ladder{first: s.Rate, left: s.Rungs}
	for {
		rate, more := l.next()
		if !more || ctx.Err() != nil {
			break
		}
		data, err := r.cell(ctx, server, b, s.Rung(rate), dir)
		if err != nil || data.Cell.Cut || data.Cell.ID == "" {
			return err
		}
		keptUp, _ := measure.KeptUp(data.Cell, data.Orders, ms(s.Bound))
		l.tried(rate, keptUp)
	}
	if ctx.Err() != nil {
		return nil
	}
	r.elapsed += time.Duration(l.left) * s.Step()
	r.total -= l.left
	r.knees = append(r.knees, record.Knee{
		Style: b.Style, Scenario: s.Name, Repeat: b.Repeat, Lo: l.lo, Hi: l.hi, Bound: ms(s.Bound), Rungs: s.Rungs - l.left,
		Durability: differing(string(b.Durability), string(r.plan.Durability)),
	})
	return nil
}

// rated gives a scenario that asks for a share of a style's own capacity its
// rate. The capacity is what the style kept up with on its first ladder, so that
// all repeats have one rate; where that is nothing, it is what would have been
// tried next.
func (r *runner) rated(style string, s plan.Scenario) plan.Scenario {
	if s.Share == 0 {
		return s
	}
	for _, k := range r.knees {
		if k.Style == style {
			s.Rate = max(handy(s.Share*cmp.Or(k.Lo, k.Hi/climb)), minRate)
			break
		}
	}
	return s
}
