package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
)

// Options are what a run needs beside its plan.
type Options struct {
	ID       string            // of the run: a valid order id, different from every other run's
	Dir      string            // the run folder; must not exist, or be empty
	Data     string            // folder for server data and ledgers; as Dir; made by Run, left to the caller
	Styles   map[string]Style  // by name
	External map[string]string // by style: where its external server is, if it has one, as may be printed
	Worker   []string          // the program that workers are, with its arguments; nil is this one
	Command  string            // that reproduces the run
	Versions map[string]string
	Parity   func() []record.Parity // asked at the end, when every server has been started; may be nil
	Judge    *record.Judge          // what the judge is known to catch, for the report; may be nil
	Progress func(Progress)         // called between cells, from one goroutine; may be nil
}

// Progress is how far a run has come.
type Progress struct {
	Cell     string        // that begins now; "" at the end
	Done, Of int           // cells and ceilings
	Elapsed  time.Duration // of the predicted time: the windows that are over
	Total    time.Duration // predicted
}

// A DiedError ends a run of which a process died, or could not go on, and no plan
// foresaw it.
type DiedError struct {
	Cell  string
	Cause string // which process, of which style, and why
}

func (d *DiedError) Error() string { return fmt.Sprintf("cell %s: %s", d.Cell, d.Cause) }

// Run executes the plan and leaves a run folder with its raw files. When ctx
// ends, the load stops, what is in flight drains, and the folder is closed as
// interrupted. After a [DiedError] the folder is whole up to the cell that died, with
// what was seen of that. After another error the cells before it are there all the
// same, as an interrupted run; when there are none, no folder is left behind.
func Run(ctx context.Context, p plan.Plan, o Options) (record.Run, error) {
	run := record.Run{
		Schema: record.Schema, ID: o.ID, Plan: p.Name, Started: time.Now().UTC(), Seed: p.Seed, Command: o.Command,
		Durability: string(p.Durability), Policy: printedPolicy(p), Retry: RetryOf(p.Policy),
		Machine: machine(ctx), Versions: o.Versions, Thresholds: p.Thresholds, Compare: p.Compare, Judge: o.Judge,
	}
	if err := p.Validate(); err != nil {
		return run, err
	}
	if found, err := os.ReadDir(o.Data); err == nil && len(found) > 0 {
		return run, fmt.Errorf("folder %s %w", o.Data, record.ErrTaken)
	}
	w, err := record.Create(o.Dir)
	if err != nil {
		return run, err
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return run, errors.Join(err, w.Discard())
	}
	r := &runner{plan: p, opts: o, run: run, writer: w, stories: keeping{}}
	for _, b := range p.Blocks() {
		for _, s := range b.Scenarios {
			r.total += s.Cells()
		}
	}
	for _, b := range p.Blocks() {
		if err != nil || ctx.Err() != nil {
			break
		}
		err = r.block(ctx, b)
	}
	r.progress("", 0)
	if r.done == len(r.ceilings) { // no cell is done
		return run, errors.Join(err, ctx.Err(), w.Discard())
	}
	_, died := errors.AsType[*DiedError](err)
	run.Interrupted = err != nil && !died || ctx.Err() != nil
	run.Knees, run.Ceilings = r.knees, r.ceilings
	if o.Parity != nil {
		run.Parity = o.Parity()
	}
	run.Finished = time.Now().UTC()
	return run, errors.Join(err, w.Close(run))
}

type runner struct {
	plan        plan.Plan
	opts        Options
	run         record.Run // without what is known at its end
	writer      *record.Writer
	stories     keeping
	done, total int
	elapsed     time.Duration
	knees       []record.Knee
	ceilings    []record.Ceiling
}

// block starts one style's server, runs its cells and stops it. The other
// style's server does not run meanwhile.
func (r *runner) block(ctx context.Context, b plan.Block) (err error) {
	style := r.opts.Styles[b.Style]
	if style == nil {
		return fmt.Errorf("unknown style %q", b.Style)
	}
	dir := filepath.Join(r.opts.Data, b.Name())
	shared := filepath.Join(dir, "server")
	if err := os.MkdirAll(shared, 0o700); err != nil {
		return err
	}
	starting, cancel := context.WithTimeout(ctx, setupLimit)
	server, err := style.Start(starting, Block{Dir: shared, Setup: b.Setup})
	cancel()
	if err != nil {
		if ctx.Err() != nil {
			return nil // interrupted while starting: nothing was offered
		}
		return fmt.Errorf("start %s: %w", b.Style, err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	r.elapsed += plan.PerBlock

	for _, s := range b.Scenarios {
		if ctx.Err() != nil {
			return nil
		}
		switch s.Kind {
		case record.KindLadder:
			err = r.ladder(ctx, server, b, s, dir)
		case record.KindCeiling:
			err = r.ceiling(ctx, server, b, s)
		default:
			_, err = r.cell(ctx, server, b, r.rated(b.Style, s), dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cell runs one cell and writes it down. When ctx ended before anything was
// offered, it returns nothing.
func (r *runner) cell(ctx context.Context, server Server, b plan.Block, s plan.Scenario, dir string) (record.Data, error) {
	c := newCell(r.plan, b, s, filepath.Join(dir, s.CellName()), filepath.Join(dir, "server"))
	c.rec.External = r.opts.External[b.Style]
	r.progress(c.rec.ID, s.Step())
	data, err := c.run(ctx, server, r.opts)
	if err != nil {
		if ctx.Err() != nil && c.start.IsZero() {
			return record.Data{}, nil
		}
		return record.Data{}, fmt.Errorf("cell %s: %w", c.rec.ID, err)
	}
	wanted := r.readStories(ctx, server, &data)
	if err := r.writer.Add(data); err != nil {
		return record.Data{}, err
	}
	r.stories.kept(data.Cell, wanted[:r.writer.Kept()])
	r.done++
	if data.Cell.Died != "" {
		return data, &DiedError{Cell: c.rec.ID, Cause: data.Cell.Died}
	}
	return data, nil
}

func (r *runner) progress(cell string, next time.Duration) {
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{Cell: cell, Done: r.done, Of: r.total, Elapsed: r.elapsed, Total: r.plan.Predicted()})
	}
	r.elapsed += next
}
