package stage

import (
	"context"
	"errors"

	"github.com/sagabench/sagabench/workshop/program"
)

// Start starts the program, or starts it again after [Stage.Stop]. One that does not get
// ready is no error of the machine: whoever waits for orders learns of it.
func (st *Stage) Start(ctx context.Context) error {
	p, err := program.Start(ctx, st.Exe, st.cell(), program.Limits{})
	if ended, ok := errors.AsType[*program.Ended](err); ok {
		st.halt(ended)
		return nil
	}
	if err != nil {
		return err
	}
	st.mu.Lock()
	st.program, st.last = p, p
	st.mu.Unlock()
	st.journal.note(fact{what: started})
	go func() {
		<-p.Done()
		if ended, ok := errors.AsType[*program.Ended](p.Err()); ok { // nil where the stage ended it
			st.halt(ended)
		}
	}()
	return nil
}

// halt notes why the program can't go on.
func (st *Stage) halt(why *program.Ended) {
	st.mu.Lock()
	if st.halted == nil {
		st.halted = why
	}
	st.mu.Unlock()
	st.journal.note(fact{what: ended, text: why.Sentence})
}

// Stop ends the program as a deploy would that has no patience.
func (st *Stage) Stop() {
	st.stop()
	st.journal.note(fact{what: killed, text: "for a deploy"})
}

// stop ends the program, and reports whether there was one.
func (st *Stage) stop() bool {
	st.mu.Lock()
	p := st.program
	st.program = nil
	st.mu.Unlock()
	if p == nil {
		return false
	}
	p.Kill()
	return true
}

// kill ends the program with SIGKILL at a point, and starts it again.
func (st *Stage) kill(where, order string) {
	if !st.stop() {
		return // it is dead already
	}
	st.journal.note(fact{what: killed, order: order, text: where})
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closing {
		return
	}
	st.starting.Go(func() {
		if err := st.Start(st.life); err != nil && st.life.Err() == nil {
			st.halt(&program.Ended{Sentence: "your program does not start again: " + err.Error()})
		}
	})
}

// Deaths is how often the program was ended so far.
func (st *Stage) Deaths() (n int) {
	st.journal.mu.Lock()
	defer st.journal.mu.Unlock()
	for _, f := range st.journal.facts {
		if f.what == killed {
			n++
		}
	}
	return n
}

// Printed is the end of what the program printed, in its last life.
func (st *Stage) Printed() string {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.last == nil {
		return ""
	}
	return st.last.Printed()
}
