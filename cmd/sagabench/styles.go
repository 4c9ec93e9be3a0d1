package main

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/orchestration"
)

// This is the only file that names both styles. It fulfils bench.Style.

// stopTimeout bounds each graceful stop. It is longer than a call that has
// just begun and is slow by plan.
const stopTimeout = 30 * time.Second

// meetTimeout is how long a server of the user's own may take to say who it is.
const meetTimeout = 10 * time.Second

// endpoints are servers of the user's own; empty means: start one.
type endpoints struct {
	NATS      string // nats://host:port
	Temporal  string // host:port
	Namespace string // there
}

// shown is where the user's own servers are, by style, as may be printed.
func (e endpoints) shown() map[string]string {
	at := map[string]string{}
	if e.NATS != "" {
		at[record.Choreography] = choreography.Address(e.NATS)
	}
	if e.Temporal != "" {
		at[record.Orchestration] = e.Temporal
	}
	return at
}

// meet asks the user's own servers for their versions, by the names that
// versions() has for them. All that can't be used are reported at once.
func (e endpoints) meet(ctx context.Context) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, meetTimeout)
	defer cancel()
	met := map[string]string{}
	var bad []error
	if e.NATS != "" {
		version, err := choreography.Server(ctx, e.NATS)
		met["nats-server"], bad = version, append(bad, err)
	}
	if e.Temporal != "" {
		version, err := orchestration.Server(ctx, e.Temporal, e.Namespace)
		met["temporal-server"], bad = version, append(bad, err)
	}
	return met, errors.Join(bad...)
}

// leave deletes the streams that a run's cells made on the user's own server,
// and returns how many there were. Closed workflows get in nobody's way, and the
// namespace's retention ends them.
func (e endpoints) leave(ctx context.Context, run string) (int, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return choreography.Remove(ctx, e.NATS, engineName(run)+"-")
}

// styles returns the styles by name.
func styles(external endpoints, log io.Writer) map[string]bench.Style {
	return map[string]bench.Style{
		record.Choreography:  twin{record.Choreography, external.NATS, "", log},
		record.Orchestration: twin{record.Orchestration, external.Temporal, external.Namespace, log},
		record.Baseline:      plain{},
	}
}

// place opens the side of a style that takes orders.
func place(ctx context.Context, style, endpoint string, e workerEnv) (counting, error) {
	if style == record.Choreography {
		return choreography.Open(ctx, choreographyConfig(endpoint, e))
	}
	return orchestration.Open(ctx, orchestrationConfig(endpoint, e))
}

// work runs the side of a style that calls the services.
func work(ctx context.Context, s workerSettings, services *food.Services) (stop func(context.Context) error, err error) {
	if s.Style == record.Choreography {
		w, err := choreography.Work(ctx, choreographyConfig(s.Endpoint, s.Env), services)
		if err != nil {
			return nil, err
		}
		return w.Close, nil
	}
	w, err := orchestration.Work(ctx, orchestrationConfig(s.Endpoint, s.Env), services)
	if err != nil {
		return nil, err
	}
	return w.Close, nil
}

// workNothing runs the side of a style that hears and calls, with nothing behind
// it. It tells of an order's end where the engine knows it, and where nobody
// does of each call that would have been made.
func workNothing(ctx context.Context, s workerSettings, called, ended func(order string)) (stop func(context.Context) error, err error) {
	if s.Style == record.Choreography {
		w, err := choreography.Ceiling(ctx, choreographyConfig(s.Endpoint, s.Env), called)
		if err != nil {
			return nil, err
		}
		return w.Close, nil
	}
	w, err := orchestration.Ceiling(ctx, orchestrationConfig(s.Endpoint, s.Env), ended)
	if err != nil {
		return nil, err
	}
	return w.Close, nil
}

func choreographyConfig(url string, e workerEnv) choreography.Config {
	return choreography.Config{URL: url, Name: engineName(e.Cell), Policy: e.Policy, Memory: e.Durability == durability.Memory}
}

func orchestrationConfig(hostPort string, e workerEnv) orchestration.Config {
	return orchestration.Config{HostPort: hostPort, Namespace: e.Namespace, Name: engineName(e.Cell), Policy: e.Policy, Local: e.LocalActivities}
}

// engineName is what a cell's streams, queues and workflows are called, or begin
// with.
func engineName(cell string) string { return "food-" + cell }

// counting is a coordinator that knows what its engine did.
type counting interface {
	food.Coordinator
	Counters(context.Context) (map[string]float64, error)
}

// A twin is a style with a server of its own and its services in a worker.
type twin struct {
	name      string
	external  string // address of the user's own server; "" starts one
	namespace string // "" is the server's default
	log       io.Writer
}

func (t twin) Name() string { return t.name }

func (t twin) Start(ctx context.Context, b bench.Block) (bench.Server, error) {
	if t.external != "" {
		return &twinServer{twin: t, endpoint: t.external}, nil
	}
	s, err := startServer(ctx, t.name, devserver.Config{Dir: b.Dir, Durability: b.Durability, Log: t.log})
	if err != nil {
		return nil, err
	}
	return &twinServer{twin: t, own: s, endpoint: endpointOf(t.name, s)}, nil
}

// startServer starts the server that a style needs.
func startServer(ctx context.Context, style string, c devserver.Config) (*devserver.Server, error) {
	if style == record.Choreography {
		exe, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return devserver.StartNATS(ctx, []string{exe, "nats-server"}, c)
	}
	exe, err := devserver.FindTemporal(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	return devserver.StartTemporal(ctx, []string{exe}, c)
}

// endpointOf is what a style's clients are given to reach a server.
func endpointOf(style string, s *devserver.Server) string {
	if style == record.Choreography {
		return s.URL()
	}
	return s.Addr()
}

type twinServer struct {
	twin
	own      *devserver.Server // nil: the user's
	endpoint string
}

func (s *twinServer) Processes() []bench.Process {
	if s.own == nil {
		return nil
	}
	return []bench.Process{serverProcess{s.own}}
}

func (s *twinServer) Close() error {
	if s.own == nil {
		return nil
	}
	return s.own.Close()
}

type serverProcess struct{ *devserver.Server }

func (serverProcess) Role() string { return "server" }

func (s *twinServer) Open(ctx context.Context, e bench.Env) (bench.System, error) {
	env := workerEnv{e.Cell, e.Dir, e.Durability, e.Policy, e.Seed, e.Faults, e.Fired, e.ServiceTime, e.LocalActivities, s.namespace}
	// Streams and queues exist before the worker does, and the worker listens
	// before the first order is placed.
	orders, err := place(ctx, s.name, s.endpoint, env)
	if err != nil {
		return nil, err
	}
	w := &workerProcess{settings: workerSettings{Style: s.name, Endpoint: s.endpoint, Env: env}, hear: e.Rows}
	if err := w.start(ctx); err != nil {
		return nil, errors.Join(err, orders.Close(ctx))
	}
	return &twinSystem{counting: orders, worker: w}, nil
}

// A twinSystem places orders from here and has them worked on in a child.
type twinSystem struct {
	counting
	worker *workerProcess
}

func (s *twinSystem) Processes() []bench.Process { return []bench.Process{s.worker} }

func (s *twinSystem) Begin(t time.Time) error { return s.worker.order(workerOrder{Begin: t}) }

func (s *twinSystem) Counters(ctx context.Context) (map[string]float64, error) {
	counters, err := s.counting.Counters(ctx)
	if err != nil {
		return nil, err
	}
	own, err := s.worker.counters(ctx)
	for name, n := range own {
		counters[name] = n
	}
	return counters, err
}

// Close stops the worker first: the last of its rows arrive on the way.
func (s *twinSystem) Close(ctx context.Context) error {
	return errors.Join(s.worker.close(ctx), s.counting.Close(ctx))
}

// A workerProcess is the parent's end of a worker.
type workerProcess struct {
	settings workerSettings
	hear     func(bench.Commit)

	mu      sync.Mutex
	process *child.Process
	pid     int
	heard   chan struct{} // closed when the process's last news has been heard
	answers chan map[string]float64
	last    int64 // seq of the last row heard; owned by the listener
	broken  error // why the feed ended early; owned by the listener
}

func (w *workerProcess) start(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	line, err := json.Marshal(w.settings)
	if err != nil {
		return err
	}
	// A worker is silent unless it can't go on.
	p, _, err := child.Start(ctx, os.Stderr, append(line, '\n'), exe, "worker")
	if err != nil {
		return fmt.Errorf("%s worker: %w", w.settings.Style, err)
	}
	heard, answers := make(chan struct{}), make(chan map[string]float64, 1)
	w.mu.Lock()
	w.process, w.pid, w.heard, w.answers = p, p.PID(), heard, answers
	w.mu.Unlock()
	go func() {
		defer close(heard)
		w.listen(p.Output(), answers)
	}()
	return nil
}

// listen passes on the commits of one process until it ends.
func (w *workerProcess) listen(out io.Reader, answers chan<- map[string]float64) {
	dec := gob.NewDecoder(out)
	for {
		var n workerNews
		if err := dec.Decode(&n); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				w.broken = err
			}
			return
		}
		if n.Counters != nil {
			answers <- n.Counters
			continue
		}
		w.last = n.Commit.Rows[len(n.Commit.Rows)-1].Seq
		w.hear(n.Commit)
	}
}

func (w *workerProcess) Role() string { return "worker" }

func (w *workerProcess) PID() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pid
}

func (w *workerProcess) Done() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.process.Done()
}

func (w *workerProcess) Kill() error {
	err := w.process.Kill()
	<-w.heard
	return err
}

// Restart starts the worker again on its ledger. The feed goes on where it
// stopped.
func (w *workerProcess) Restart(ctx context.Context) error {
	if w.settings.Env.Durability == durability.Memory {
		return errors.New("a worker at durability memory has no ledger to come back to")
	}
	w.settings.From = w.last + 1
	return w.start(ctx)
}

func (w *workerProcess) order(o workerOrder) error {
	line, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = w.process.Write(append(line, '\n'))
	return err
}

func (w *workerProcess) counters(ctx context.Context) (map[string]float64, error) {
	if err := w.order(workerOrder{Counters: true}); err != nil {
		return nil, err
	}
	select {
	case c := <-w.answers:
		return c, nil
	case <-w.heard:
		return nil, errors.New("worker ended before it gave its counters")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (w *workerProcess) close(ctx context.Context) error {
	err := w.process.Stop(ctx)
	<-w.heard
	return errors.Join(err, w.broken)
}

// plain is the baseline: no server, no worker, no durability.
type plain struct{}

func (plain) Name() string { return record.Baseline }

func (plain) Start(context.Context, bench.Block) (bench.Server, error) { return plain{}, nil }

func (plain) Processes() []bench.Process { return nil }

func (plain) Close() error { return nil }

func (plain) Open(_ context.Context, e bench.Env) (bench.System, error) {
	rules, err := fault.ParseAll(e.Faults)
	if err != nil {
		return nil, err
	}
	working, err := fault.ParseServiceTime(e.ServiceTime)
	if err != nil {
		return nil, err
	}
	s := &plainSystem{}
	if s.journal, err = fault.OpenJournal(e.Fired, e.Cell); err != nil {
		return nil, err
	}
	s.store = ledger.NewMemory(ledger.Options{Committed: func(rows []food.Row, at time.Time) { e.Rows(bench.Commit{Rows: rows, At: at}) }})
	s.services = food.NewServices(s.store, e.Policy, fault.NewPlan(e.Seed, rules).Interceptor(s.began, s.journal), working.Interceptor(e.Seed))
	s.Coordinator = baseline.New(s.services, e.Policy)
	return s, nil
}

type plainSystem struct {
	*baseline.Coordinator
	services *food.Services
	store    ledger.Store
	journal  *fault.Journal
	mu       sync.Mutex
	begin    time.Time
}

func (s *plainSystem) Processes() []bench.Process { return nil }

func (s *plainSystem) Begin(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begin = t
	return nil
}

func (s *plainSystem) began() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begin
}

func (s *plainSystem) Counters(context.Context) (map[string]float64, error) {
	return map[string]float64{"absorbed": float64(s.services.Absorbed())}, nil
}

func (s *plainSystem) Close(ctx context.Context) error {
	err := s.Coordinator.Close(ctx)
	s.services.Close()
	return errors.Join(err, s.store.Close(), s.journal.Close())
}
