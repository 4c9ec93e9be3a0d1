package flow

import "slices"

// A Context is what an edge may depend on besides its point.
type Context struct {
	Cause Point // from which the call itself followed
	When  When
}

// A group is what has a context in common, as far as it was needed.
type group[T any] struct {
	after []Point // nil: whatever the call followed from
	when  When
	items []T
}

// split divides what was found at one point into groups that fit, by as little as it
// takes: nothing, the customer's cancellation, the cause, or both. If none of them will do,
// there is one group, which does not fit.
func split[T any](all []T, of func(T) Context, fits func([]T) bool) []group[T] {
	for _, by := range []struct{ when, cause bool }{{}, {when: true}, {cause: true}, {true, true}} {
		groups := grouped(all, func(one T) (g group[T]) {
			if by.when {
				g.when = of(one).When
			}
			if by.cause {
				g.after = []Point{of(one).Cause}
			}
			return g
		})
		if !slices.ContainsFunc(groups, func(g group[T]) bool { return !fits(g.items) }) {
			return groups
		}
	}
	return []group[T]{{items: all}}
}

// grouped puts items together that are of one group.
func grouped[T any](all []T, of func(T) group[T]) (groups []group[T]) {
	for _, one := range all {
		g := of(one)
		i := slices.IndexFunc(groups, func(o group[T]) bool { return o.when == g.when && slices.Equal(o.after, g.after) })
		if i < 0 {
			i, groups = len(groups), append(groups, g)
		}
		groups[i].items = append(groups[i].items, one)
	}
	return groups
}

// at is the place where the group was found.
func (g group[T]) at(p Point) Place {
	return Place{Call: p.Call, Answers: []Answer{p.Answer}, After: g.after, When: g.when}
}

// joined puts two places together that differ in nothing but what their calls followed
// from, or else in nothing but their answers.
func joined(a, b Place) (both Place, ok bool) {
	switch {
	case a.Call != b.Call || a.When != b.When:
		return Place{}, false
	case slices.Equal(a.After, b.After):
		a.Answers = slices.Concat(a.Answers, b.Answers)
		return a, true
	case slices.Equal(a.Answers, b.Answers) && a.After != nil && b.After != nil:
		a.After = slices.Concat(a.After, b.After)
		return a, true
	}
	return Place{}, false
}

// merged puts items together whose places can be, where all else is the same: first what
// the calls followed from, and then their answers.
func merged[T any](items []T, at func(*T) *Place, same func(a, b T) bool) []T {
	for _, answers := range []bool{false, true} {
		var out []T
		for _, one := range items {
			i := slices.IndexFunc(out, func(o T) bool {
				_, ok := joined(*at(&o), *at(&one))
				return ok && same(o, one) && slices.Equal(at(&o).Answers, at(&one).Answers) != answers
			})
			if i < 0 {
				out = append(out, one)
				continue
			}
			*at(&out[i]), _ = joined(*at(&out[i]), *at(&one))
		}
		items = out
	}
	return items
}
