package bench

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Of some orders the run keeps what the engine kept: of those that violate an invariant,
// of some of each ending, and of some that met a fault. They are read when the cell has
// been closed and measured, from a server that is still there.

const (
	// How many stories are wanted: of the violating orders of a cell, and in the whole
	// run of each ending and of the faulted orders of a style and a scenario.
	mostViolating = 200
	mostOfEnding  = 5
	mostFaulted   = 50

	// storiesLimit bounds the reading of a cell's stories.
	storiesLimit = 20 * time.Second
)

// A want is an order whose story is wanted.
type want struct {
	order, ending string
	why           []string
}

// keeping counts the stories that the run has kept, by style, scenario and why.
type keeping map[string]int

// about is the key of an order that is kept for this.
func about(c record.Cell, why, ending string) string {
	if why != record.KeptEnding {
		ending = ""
	}
	return strings.Join([]string{c.Style, c.Scenario, why, ending}, "/")
}

// kept counts stories that were kept.
func (k keeping) kept(c record.Cell, all []want) {
	for _, w := range all {
		for _, why := range w.why {
			k[about(c, why, w.ending)]++
		}
	}
}

// choose lists the orders of a cell whose stories are wanted, the most wanted first:
// those that violate, one of each ending, another of each, and then the faulted. Which
// they are follows from seed and id, so a style has the same as the other where both
// can choose.
func (k keeping) choose(run record.Run, d record.Data) (wanted []want) {
	place := map[string]int{} // in wanted
	add := func(order, why, ending string) {
		at, has := place[order]
		if !has {
			at, place[order] = len(wanted), len(wanted)
			wanted = append(wanted, want{order: order})
		}
		wanted[at].why = append(wanted[at].why, why)
		wanted[at].ending = cmp.Or(wanted[at].ending, ending)
	}
	for _, id := range violators(run, d) {
		add(id, record.KeptViolating, "")
	}
	orders := drawn(run.Seed, d)
	for round := range mostOfEnding {
		seen := map[string]int{}
		for _, o := range orders {
			if n := seen[o.Outcome]; n == round && k[about(d.Cell, record.KeptEnding, o.Outcome)]+n < mostOfEnding {
				add(o.ID, record.KeptEnding, o.Outcome)
			}
			seen[o.Outcome]++
		}
	}
	left := mostFaulted - k[about(d.Cell, record.KeptFaulted, "")]
	faulted := faultedOrders(d)
	for _, o := range orders {
		if faulted[o.ID] && left > 0 {
			add(o.ID, record.KeptFaulted, "")
			left--
		}
	}
	return wanted
}

// drawn are the orders of the window that were sent, as the seed has shuffled them. A cell
// that died may have no others than those of its warm-up.
func drawn(seed uint64, d record.Data) (orders []record.Order) {
	place := map[string][]byte{}
	for _, o := range d.Orders {
		if record.Came(o.Sent) && (!o.Warmup || d.Cell.Died != "") {
			sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", seed, o.ID))
			place[o.ID] = sum[:]
			orders = append(orders, o)
		}
	}
	slices.SortFunc(orders, func(a, b record.Order) int {
		return cmp.Or(bytes.Compare(place[a.ID], place[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	return orders
}

// violators are the orders that the judge lists as violating, the first of them.
func violators(run record.Run, d record.Data) []string {
	var ids []string
	for _, v := range invariant.JudgeCell(run, d).Violations {
		if v.Order != "" { // it is of the cell
			ids = append(ids, v.Order)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids[:min(len(ids), mostViolating)]
}

// faultedOrders are the orders that met a fault, or the death of a process.
func faultedOrders(d record.Data) map[string]bool {
	ids := map[string]bool{}
	for _, f := range d.Faults {
		ids[f.Order] = true
	}
	for _, o := range d.Orders {
		for _, death := range d.Cell.Deaths {
			if end := o.Due + o.Settled; o.Due <= death.To && (math.IsNaN(end) || end >= death.From) {
				ids[o.ID] = true
			}
		}
	}
	return ids
}

// readStories adds to a cell the stories that are wanted of it, as far as the server has
// them, and returns what was wanted of them.
func (r *runner) readStories(ctx context.Context, server Server, d *record.Data) []want {
	keeper, keeps := server.(KeepingServer)
	if !keeps {
		return nil
	}
	d.Arrange()
	wanted := r.stories.choose(r.run, *d)
	if len(wanted) == 0 {
		return nil
	}
	ids := make([]string, len(wanted))
	for i, w := range wanted {
		ids[i] = w.order
	}
	limit := storiesLimit
	if d.Cell.Died != "" {
		limit = brokenLimit // it is perhaps the server that died
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	all, err := keeper.Stories(ctx, envName(r.opts, d.Cell.ID), ids)
	for i, s := range all {
		d.Stories = append(d.Stories, record.Story{Why: wanted[i].why, Story: s})
	}
	if err != nil {
		d.Cell.Warnings = append(d.Cell.Warnings, fmt.Sprintf("of %d orders the server's own record is not kept: %v", len(wanted)-len(all), err))
	}
	return wanted[:len(all)]
}
