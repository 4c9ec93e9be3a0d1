package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/workshop/kit"
)

// A provider is the outside world of the program's part, behind a socket. It takes the
// key that the caller gives, as providers do: a request under a key that it knows is
// answered as before and does nothing, and one without a key is a new one. Its book has
// no barrier: an undo of what never happened finds nothing to undo, and does not keep it
// from happening later.
type provider struct {
	stage    *Stage
	services *food.Services
	book     ledger.Store // nil: the twin's own
	server   *http.Server
	url      string

	mu   sync.Mutex
	keys map[string]*known
}

// A known key. Requests under one key come one after the other: a second one does not
// overtake the effect of the first.
type known struct {
	turn   sync.Mutex
	answer *kit.Answer
	of     string // the order and the action of the first
}

// openProvider opens the program's provider. A sound one is the twin's services.
func (st *Stage) openProvider(sound *food.Services) (*provider, error) {
	p := &provider{stage: st, services: sound, keys: map[string]*known{}}
	if sound == nil {
		p.book = ledger.NewMemory(ledger.Options{Keyless: true, NoBarrier: true})
		p.services = food.NewServices(p.book, Policy, st.refuse)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.url = "http://" + l.Addr().String()
	p.server = &http.Server{Handler: p}
	go p.server.Serve(l)
	return p, nil
}

// close ends the provider. Requests that are held go on, and fall into the void.
func (p *provider) close() error {
	err := p.server.Close()
	p.services.Close()
	if p.book != nil {
		err = errors.Join(err, p.book.Close())
	}
	return err
}

// forget drops all keys, as providers do after a while.
func (p *provider) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = map[string]*known{}
	p.stage.journal.note(fact{what: forgot})
}

// of returns what is known under a key. Nothing ever is under none.
func (p *provider) of(key string) *known {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key == "" {
		return new(known)
	}
	if p.keys[key] == nil {
		p.keys[key] = new(known)
	}
	return p.keys[key]
}

// ServeHTTP takes a request.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var ask kit.Request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&ask); err != nil {
		http.Error(w, "no request: "+err.Error(), http.StatusBadRequest)
		return
	}
	order := p.stage.order(ask.Order.ID)
	point := p.stage.journal.count(Point{Where: Request, Order: ask.Order.ID, Name: ask.Action, Key: ask.Key})
	step := p.services.Steps()[food.Action(ask.Action)]
	switch {
	case order != nil && step != nil && p.stage.may(food.Action(ask.Action)):
		p.request(w, point, func() (kit.Answer, error) { return p.answer(point, step, *order) })
	case order != nil && ask.Action == voidAction && p.voids(point.Key):
		p.request(w, point, func() (kit.Answer, error) { return p.void(point, *order), nil })
	default:
		p.note(failed, point, "no such request")
		http.Error(w, fmt.Sprintf("there is no %q of order %q here", ask.Action, ask.Order.ID), http.StatusNotFound)
	}
}

// request does what is asked for, unless something comes between.
func (p *provider) request(w http.ResponseWriter, point Point, do func() (kit.Answer, error)) {
	p.note(called, point, "")
	hit := p.stage.at(point)
	switch hit {
	case Fail:
		p.note(failed, point, "")
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	case KillBefore:
		p.stage.kill("before the effect of "+point.Name, point.Order)
		panic(http.ErrAbortHandler)
	case Hold:
		p.note(held, point, "")
		p.stage.await(point.Name)
		defer p.stage.landed.Add(1)
	}
	answer, err := do()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	switch hit {
	case Lose:
		p.note(lost, point, "")
		panic(http.ErrAbortHandler) // which closes the connection
	case KillAfter:
		p.stage.kill("after the effect of "+point.Name, point.Order)
		panic(http.ErrAbortHandler)
	}
	json.NewEncoder(w).Encode(answer)
}

func (p *provider) note(w what, point Point, text string) {
	p.stage.journal.note(fact{what: w, order: point.Order, name: point.Name, key: point.Key, n: point.N, text: text})
}

// answer makes the call, if its key is new. What was ordered is the stage's own word, and
// not the program's.
func (p *provider) answer(point Point, step food.Step, o food.Order) (kit.Answer, error) {
	k, of := p.of(point.Key), point.Order+"."+point.Name
	k.turn.Lock()
	defer k.turn.Unlock()
	f := fact{order: point.Order, name: point.Name, key: point.Key, n: point.N}
	if k.answer != nil {
		f.what, f.text = knew, k.of
		p.stage.journal.note(f)
		return *k.answer, nil
	}
	got, err := step(context.Background(), o, 1)
	if err != nil {
		return kit.Answer{}, err
	}
	if p.book != nil { // the twin's own reports its rows itself
		f.what, f.row = took, got
		p.stage.journal.note(f)
	}
	k.answer, k.of = &kit.Answer{Outcome: string(got.Outcome), Reason: got.Reason}, of
	return *k.answer, nil
}

// voidAction closes a key. A request that took effect under it stays as it is, and its
// answer is returned. If there was none, there will be none: each later one is blocked.
const voidAction = "void"

// voids reports whether there is something to void: a key, at a provider that undoes.
func (p *provider) voids(key string) bool {
	return key != "" && p.book != nil && p.undo() >= 0
}

// undo is which action of the service undoes another; -1 is none.
func (p *provider) undo() int {
	return slices.IndexFunc(food.Actions[p.stage.service()], func(a food.Action) bool { return a.Undoes() != "" })
}

// void does so. That is one step with the effect of a request, whichever comes first.
func (p *provider) void(point Point, o food.Order) kit.Answer {
	k := p.of(point.Key)
	k.turn.Lock()
	defer k.turn.Unlock()
	f := fact{what: knew, order: point.Order, name: point.Name, key: point.Key, n: point.N, text: k.of}
	if k.answer == nil {
		f.what, f.row = voided, food.Row{
			Order: o.ID, Service: p.stage.service(), Action: food.Actions[p.stage.service()][p.undo()],
			Outcome: food.Done, Reason: food.NothingToUndo, For: o.Customer, Attempt: 1, At: time.Now(),
		}
		k.answer, k.of = &kit.Answer{Outcome: string(food.Blocked), Reason: "voided"}, point.Order+"."+voidAction
	}
	p.stage.journal.note(f)
	return *k.answer
}

// may reports whether the program's part has that action.
func (st *Stage) may(a food.Action) bool {
	return st.Without == All || slices.Contains(food.Actions[st.service()], a)
}
