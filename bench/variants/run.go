package variants

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
)

// Options are what variants are run with.
type Options struct {
	Variants []Variant
	Seeds    []uint64
	Root     string                 // of the source tree, see Source
	Path     string                 // folder of the servers' programs, for variants that start their own
	Dir      string                 // an empty folder for programs and runs; left to the caller
	Styles   map[string]bench.Style // by name: the two that have variants
	NewID    func() string          // an id for a run that no other has
	Progress func(format string, args ...any)
}

// Intact is the name under which the intact twins are reported.
const Intact = "intact"

// A Result is what became of one variant, in one style, at one seed.
type Result struct {
	Name    string            `json:"name"`
	Style   string            `json:"style"`
	Seed    uint64            `json:"seed"`
	Want    string            `json:"want"`    // the invariant that must catch it, or a verdict
	Fired   []string          `json:"fired"`   // invariants that were violated, in the order in which the judge lists them
	Details []string          `json:"details"` // the first violation of each
	Verdict invariant.Verdict `json:"verdict"`
	Reasons []string          `json:"reasons,omitempty"` // why the verdict is unknown
	Right   bool              `json:"right"`             // it was caught by what must catch it; the intact twins held
	Seconds float64           `json:"seconds"`
}

// first is how many kinds of violations a reader looks at: the one that must catch a
// variant has to be among them.
const first = 3

// Run builds all variants and then runs them: what is judged by time must not share
// the machine with a compiler, nor with another run, so those come one after another.
// The others come in lanes. Report is called by one goroutine at a
// time. An error is one of building or running. A variant that was not caught is none:
// see [Result].
func Run(ctx context.Context, o Options, report func(Result)) (err error) {
	b := &builder{o.Root, filepath.Join(o.Dir, "programs")}
	r := &runner{Options: o, programs: map[string]string{}, warm: map[string]bench.Style{}}
	if err := r.build(ctx, b); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	for name, style := range o.Styles {
		dir := filepath.Join(o.Dir, "servers", name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		r.warm[name] = &warm{Style: style, dir: dir}
	}
	all := r.trials()
	alone := slices.DeleteFunc(slices.Clone(all), func(t trial) bool { return !t.alone() })
	if err := r.inTurn(ctx, alone, report); err != nil {
		return err
	}
	var mu sync.Mutex
	lanes, ctx := errgroup.WithContext(ctx)
	for _, lane := range r.lanes(slices.DeleteFunc(all, trial.alone)) {
		lanes.Go(func() error {
			return r.inTurn(ctx, lane, func(found Result) {
				mu.Lock()
				defer mu.Unlock()
				report(found)
			})
		})
	}
	return lanes.Wait()
}

// lanes are trials that may run beside each other: two of the choreography, which
// leaves the machine idle, and one of the orchestration, which does not.
func (r *runner) lanes(all []trial) [][]trial {
	lanes := make([][]trial, 3)
	for i, t := range all {
		if lane := i % 2; t.style == both[0] {
			lanes[lane] = append(lanes[lane], t)
		} else {
			lanes[2] = append(lanes[2], t)
		}
	}
	return lanes
}

// inTurn runs trials one after another.
func (r *runner) inTurn(ctx context.Context, trials []trial, report func(Result)) error {
	for _, t := range trials {
		found, err := r.try(ctx, t)
		if err != nil {
			return err
		}
		report(found)
	}
	return nil
}

type runner struct {
	Options
	programs map[string]string // by variant
	warm     map[string]bench.Style
}

func (r *runner) stop() (err error) {
	for _, w := range r.warm {
		err = errors.Join(err, w.(*warm).stop())
	}
	return err
}

// build builds every program, two at a time, since the linker leaves a core idle. The
// intact ones are built in the same way, so a variant that equals its own was not
// edited at all.
func (r *runner) build(ctx context.Context, b *builder) error {
	intact := map[Seat]string{}
	for _, seat := range []Seat{Worker, Whole} {
		if seat == Worker || slices.ContainsFunc(r.Variants, func(v Variant) bool { return v.Seat == Whole }) {
			exe, err := b.build(ctx, Variant{Name: Intact + "-" + string(seat), Seat: seat})
			if err != nil {
				return err
			}
			intact[seat] = exe
		}
	}
	r.programs[Intact] = intact[Worker]
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(2)
	for _, v := range r.Variants {
		all.Go(func() error {
			exe, err := b.build(ctx, v)
			if err == nil {
				err = differs(exe, intact[v.Seat])
			}
			mu.Lock()
			defer mu.Unlock()
			r.programs[v.Name] = exe
			r.Progress("built %d of %d", len(r.programs)-1, len(r.Variants))
			return err
		})
	}
	return all.Wait()
}

// A trial is one run of cells with one program.
type trial struct {
	Variant
	style string
	seed  uint64
	cells []cell
	again int // how often it has been run before
}

// alone reports whether nothing else may run beside a trial: it is judged by time, its
// processes die, or it brings servers of its own.
func (t trial) alone() bool {
	timed := t.Name == Intact || t.Catch == "on-time" || t.Seat == Whole
	return timed || slices.ContainsFunc(t.cells, func(c cell) bool {
		return slices.ContainsFunc(c.faults, func(f string) bool { return strings.Contains(f, ":kill@") })
	})
}

// trials lists them all, the intact twins first: if those don't hold, no catch is one.
func (r *runner) trials() (all []trial) {
	for _, seed := range r.Seeds {
		for _, style := range both {
			all = append(all, trial{Variant: Variant{Name: Intact}, style: style, seed: seed, cells: r.cellsFor(style)})
		}
	}
	for _, v := range r.Variants {
		for _, style := range v.Styles {
			for _, seed := range r.Seeds {
				of, _ := named(v.Cells) // a test holds that they are there
				all = append(all, trial{Variant: v, style: style, seed: seed, cells: of})
			}
		}
	}
	return slices.DeleteFunc(all, func(t trial) bool { return len(t.cells) == 0 })
}

// cellsFor lists the cells that any of the variants runs in a style.
func (r *runner) cellsFor(style string) (of []cell) {
	for _, c := range cells {
		if slices.ContainsFunc(r.Variants, func(v Variant) bool {
			return slices.Contains(v.Styles, style) && slices.Contains(v.Cells, c.name)
		}) {
			of = append(of, c)
		}
	}
	return of
}

// try runs a trial and judges it.
func (r *runner) try(ctx context.Context, t trial) (Result, error) {
	began := time.Now()
	dir := filepath.Join(r.Dir, "runs", fmt.Sprintf("%s-%s-%d-%d", t.Name, t.style, t.seed, t.again))
	run := r.here
	if t.Seat == Whole {
		run = r.outside
	}
	if err := run(ctx, t, dir); err != nil {
		return Result{}, fmt.Errorf("%s, %s, seed %d: %w", t.Name, t.style, t.seed, err)
	}
	judged, err := results.Open(dir)
	if err != nil {
		return Result{}, fmt.Errorf("%s, %s, seed %d: %w", t.Name, t.style, t.seed, err)
	}
	found := t.judge(judged)
	found.Seconds = time.Since(began).Seconds()
	if !found.Right && t.again < untimed && t.Catch == onTime && busy(judged) {
		r.Progress("%s: the machine was busy, so nothing could be judged by time; once more", t.Name)
		t.again++
		return r.try(ctx, t)
	}
	return found, nil
}

const (
	onTime  = "on-time" // the one invariant that is not judged on a busy machine
	untimed = 3         // how often a variant that it must catch is run again for that
)

// busy reports whether the machine was too busy in a cell to judge by time.
func busy(j *results.Judged) bool {
	return slices.ContainsFunc(j.Run.Cells, func(c record.Cell) bool { return c.Busy == nil || *c.Busy >= 0.5 })
}

// here runs the cells from this process, with the variant as the worker.
func (r *runner) here(ctx context.Context, t trial, dir string) error {
	p, err := planOf(t.style, t.seed, t.cells)
	if err != nil {
		return err
	}
	_, err = bench.Run(ctx, p, bench.Options{
		ID: r.NewID(), Dir: dir, Data: dir + ".data", Styles: r.warm, Worker: []string{r.programs[t.Name]},
		Command: "sagabench variants --only " + t.Name,
	})
	return errors.Join(err, os.RemoveAll(dir+".data"))
}

// outside has the variant run the cells by itself: it places the orders too. Its exit
// code is its own judgement, and is not believed.
func (r *runner) outside(ctx context.Context, t trial, dir string) error {
	file := dir + ".yaml"
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(planText(t.style, t.seed, t.cells)), 0o600); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, r.programs[t.Name], "bench", "--plan", file, "--out", dir)
	c.Env = append(os.Environ(), "PATH="+r.Path+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := c.CombinedOutput()
	if _, missing := os.Stat(dir); missing != nil {
		return errors.Join(err, fmt.Errorf("it left no run folder:\n%s", strings.TrimSpace(string(output))))
	}
	return os.RemoveAll(dir + ".data")
}

// judge compares what the judge found with what it was to find.
func (t trial) judge(j *results.Judged) Result {
	r := Result{Name: t.Name, Style: t.style, Seed: t.seed, Want: t.Catch, Fired: []string{}, Details: []string{}, Verdict: j.Results.Verdict, Reasons: j.Results.Reasons}
	for _, c := range j.Results.Cells {
		r.Reasons = append(r.Reasons, c.Reasons...)
	}
	for _, v := range j.Results.Violations { // spread out: the first of each kind comes first
		if !slices.Contains(r.Fired, v.Invariant) {
			r.Fired = append(r.Fired, v.Invariant)
			r.Details = append(r.Details, fmt.Sprintf("%s: %s, order %s: %s", v.Invariant, v.Cell, v.Order, v.Detail))
		}
	}
	switch {
	case t.Name == Intact:
		r.Want, r.Right = invariant.Holds.String(), r.Verdict == invariant.Holds
	case t.Harmless != "":
		r.Want, r.Right = invariant.Holds.String(), r.Verdict == invariant.Holds
	case t.Blind:
		r.Want, r.Right = invariant.Unknown.String(), r.Verdict == invariant.Unknown
	default:
		r.Right = r.Verdict == invariant.Broken && slices.Contains(r.Fired[:min(first, len(r.Fired))], t.Catch)
	}
	return r
}
