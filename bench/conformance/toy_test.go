package conformance_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/baseline"
	"github.com/sagabench/sagabench/bench/conformance"
	"github.com/sagabench/sagabench/food"
)

// A toy is the least that survives a crash: a list of accepted orders, read from
// the beginning by every worker that comes. That is at-least-once delivery: the
// worker runs them through the baseline again, and the ledger absorbs what it knows.
// It exists so that the scenarios with a crash are tested without a broker or an
// engine.
//
//	Submit ──► orders ──► a connection to each worker ──► baseline
type toy struct {
	flaw    flaw
	mu      sync.Mutex
	orders  []entry
	workers map[net.Conn]bool
	in      net.Listener
	up      bool
	serving sync.WaitGroup
}

// A flaw is one way of being a bad toy.
type flaw int

const (
	none       flaw = iota
	atMostOnce      // delivers each order to a worker once and forgets it
	careless        // accepts orders when no worker is connected
	dilatory        // lets a worker wait for what was accepted before it came
	credulous       // takes any order for the one that it knows under the id
	oblivious       // delivers a cancellation once and forgets it
)

// An entry is what a worker is to do: place an order, cancel or resolve it.
type entry struct {
	Cell  string
	Order food.Order
	Wish  string
}

// greeting is what a worker receives first.
const greeting = "hello\n"

func newToy(t *testing.T, f flaw) *toy {
	s := &toy{flaw: f, workers: map[net.Conn]bool{}}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Kill() })
	return s
}

func (s *toy) harness() conformance.Harness {
	return conformance.Harness{Endpoint: s.in.Addr().String(), Open: s.open, Work: toyWork, Server: s}
}

// Kill cuts every connection and accepts no other.
func (s *toy) Kill() error {
	s.mu.Lock()
	s.up = false
	s.in.Close()
	for w := range s.workers {
		w.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
	return nil
}

func (s *toy) Restart(context.Context) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := "127.0.0.1:0"
	if s.in != nil {
		at = s.in.Addr().String()
	}
	if s.in, err = net.Listen("tcp", at); err != nil {
		return err
	}
	s.up = true
	in := s.in
	s.serving.Go(func() {
		for {
			w, err := in.Accept()
			if err != nil {
				return
			}
			s.welcome(w)
		}
	})
	return nil
}

// welcome sends a worker what it has missed, and notices when it leaves.
func (s *toy) welcome(w net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.up {
		w.Close()
		return
	}
	s.workers[w] = true
	s.serving.Go(func() {
		io.Copy(io.Discard, w)
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Close()
		delete(s.workers, w)
	})
	io.WriteString(w, greeting)
	switch s.flaw {
	case dilatory:
		time.AfterFunc(8*time.Second, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.send(w, s.orders...)
		})
	case atMostOnce:
		s.send(w, s.orders...)
		s.orders = nil
	default:
		s.send(w, s.orders...)
	}
}

// send cuts off a worker that does not listen.
func (s *toy) send(w net.Conn, all ...entry) {
	for _, e := range all {
		if err := json.NewEncoder(w).Encode(e); err != nil {
			w.Close()
			return
		}
	}
}

func (s *toy) open(_ context.Context, c conformance.Cell) (food.Coordinator, error) {
	return &orderSide{toy: s, cell: c.Name}, nil
}

// orderSide is the toy's food.Coordinator.
type orderSide struct {
	*toy
	cell   string
	closed bool
}

func (s *orderSide) Submit(_ context.Context, o food.Order) error {
	if err := o.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flaw == careless && len(s.workers) == 0 {
		return nil
	}
	if !s.up || s.closed {
		return errors.New("away")
	}
	e := entry{s.cell, o, ""}
	known := slices.IndexFunc(s.orders, func(k entry) bool { return k.Cell == e.Cell && k.Order.ID == o.ID && k.Wish == "" })
	switch {
	case known < 0:
	case s.flaw == credulous, s.orders[known].Order.Equal(o):
		return nil
	default:
		return food.ErrOtherOrder
	}
	s.accept(e)
	return nil
}

func (s *orderSide) Cancel(_ context.Context, o food.Order) error { return s.wish(o, "cancel") }

func (s *orderSide) Resolve(_ context.Context, o food.Order) error { return s.wish(o, "resolve") }

// wish keeps what is wanted of an order that was accepted. It does not know which ones
// are escalated, and has a look at the name.
func (s *orderSide) wish(o food.Order, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.up || s.closed:
		return errors.New("away")
	case s.flaw == careless && len(s.workers) == 0:
		return nil
	case s.flaw != atMostOnce && s.flaw != careless && !slices.ContainsFunc(s.orders, func(e entry) bool { return e.Cell == s.cell && e.Order.ID == o.ID }):
		return food.ErrUnknownOrder
	case what == "resolve" && !strings.HasPrefix(o.ID, string(food.Escalated)):
		return food.ErrNotEscalated
	}
	s.accept(entry{s.cell, o, what})
	return nil
}

// accept keeps an entry, and sends it to the workers.
func (s *orderSide) accept(e entry) {
	once := s.flaw == atMostOnce || s.flaw == oblivious && e.Wish != ""
	if !once || len(s.workers) == 0 {
		s.orders = append(s.orders, e)
	}
	for w := range s.workers {
		s.send(w, e)
	}
}

func (s *orderSide) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

// worker is the toy's service side.
type worker struct {
	flows     *baseline.Coordinator
	leaving   context.Context
	cancel    context.CancelFunc
	receiving sync.WaitGroup
}

func toyWork(_ context.Context, c conformance.Cell, s *food.Services) (conformance.Worker, error) {
	conn, err := greet(c)
	if err != nil {
		return nil, err
	}
	w := &worker{flows: baseline.New(s, c.Policy)}
	w.leaving, w.cancel = context.WithCancel(context.Background())
	w.receiving.Go(func() {
		for {
			if err == nil {
				w.receive(c, conn)
			}
			select { // the server is away
			case <-time.After(c.Policy.FirstBackoff):
			case <-w.leaving.Done():
				return
			}
			conn, err = greet(c)
		}
	})
	return w, nil
}

// greet connects, and returns when the server knows of it.
func greet(c conformance.Cell) (net.Conn, error) {
	conn, err := net.Dial("tcp", c.Endpoint)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(conn, make([]byte, len(greeting))); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (w *worker) receive(c conformance.Cell, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(w.leaving, func() { conn.Close() })()
	for orders := json.NewDecoder(conn); ; {
		var e entry
		if err := orders.Decode(&e); err != nil {
			return
		}
		if e.Cell == c.Name {
			w.do(c, e)
		}
	}
}

// do does what is wanted. An order may have to be escalated first, because this worker
// has only begun with it.
func (w *worker) do(c conformance.Cell, e entry) {
	switch e.Wish {
	case "":
		w.flows.Submit(w.leaving, e.Order)
	case "cancel":
		w.flows.Cancel(w.leaving, e.Order)
	case "resolve":
		w.receiving.Go(func() {
			for errors.Is(w.flows.Resolve(w.leaving, e.Order), food.ErrNotEscalated) && w.leaving.Err() == nil {
				time.Sleep(c.Policy.FirstBackoff)
			}
		})
	}
}

func (w *worker) Close(ctx context.Context) error {
	w.cancel()
	w.receiving.Wait()
	return w.flows.Close(ctx)
}
