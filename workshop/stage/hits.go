package stage

import "context"

// Landed waits until everything that was held has taken effect, or found that it can't.
func (st *Stage) Landed(ctx context.Context) error {
	return st.Until(ctx, func() bool { return st.landed.Load() == int64(st.Fired(Hold)) })
}

// Release lets what is held go on, and holds none of it from now on: the requests and calls
// of these actions, or of all.
func (st *Stage) Release(actions ...string) {
	if len(actions) == 0 {
		actions = []string{everything}
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, a := range actions {
		gate := st.gate(a)
		select {
		case <-gate:
		default:
			close(gate)
		}
	}
}

// everything is no action: its gate is that of all.
const everything = ""

// gate is closed when an action is released. It is asked for with the stage locked.
func (st *Stage) gate(action string) chan struct{} {
	if st.gates[action] == nil {
		st.gates[action] = make(chan struct{})
	}
	return st.gates[action]
}

// await keeps a request on its way.
func (st *Stage) await(action string) {
	st.mu.Lock()
	own, all := st.gate(action), st.gate(everything)
	st.mu.Unlock()
	select {
	case <-own:
	case <-all:
	case <-st.life.Done():
	}
}

// Hits decides from now on what becomes of the program's requests and messages. It is
// called from several goroutines. Without it all pass.
func (st *Stage) Hits(decide func(Point) Hit) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.decide = decide
}

// at asks what becomes of a point.
func (st *Stage) at(p Point) Hit {
	st.mu.Lock()
	decide := st.decide
	st.mu.Unlock()
	if decide == nil {
		return Pass
	}
	hit := decide(p)
	if hit != Pass {
		st.journal.hit(hit)
	}
	return hit
}

// Fired is how often there was such a hit.
func (st *Stage) Fired(h Hit) int { return st.journal.fired(h) }

// Count is how often something passed such a point, or was hit there.
func (st *Stage) Count(where Where, order, name string) int {
	st.journal.mu.Lock()
	defer st.journal.mu.Unlock()
	return st.journal.counts[Point{Where: where, Order: order, Name: name}]
}
