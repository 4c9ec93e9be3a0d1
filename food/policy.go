package food

import (
	"fmt"
	"time"
)

// A Policy says how hard and how long calls are tried. It is stated once, and each
// style translates it into the settings of its engine.
type Policy struct {
	// Attempts is how often a deciding call is tried before it is given up, and
	// UndoAttempts how often an undo is, before a person must take over. An undo
	// should outlast what its service can be away for. These are counts and no
	// deadlines, because an engine's count survives the death of a worker and of
	// its clock. All other calls are tried for ever.
	Attempts     int `json:"attempts"`
	UndoAttempts int `json:"undo_attempts"`

	// The wait after attempt n is FirstBackoff × 2ⁿ⁻¹, at most MaxBackoff.
	FirstBackoff time.Duration `json:"first_backoff"`
	MaxBackoff   time.Duration `json:"max_backoff"`

	// CallTimeout is how long an attempt may take before it counts as "no answer".
	// The call may run on after that, see [Detach].
	CallTimeout time.Duration `json:"call_timeout"`

	// Redelivery is the timeout after which what a worker has not finished is
	// given out again: AckWait on JetStream, StartToCloseTimeout on Temporal.
	// Neither engine notices the death of a worker, only that this has passed.
	// CallTimeout stays at least 20 % below it, so that a slow call as a rule
	// reports before its redelivery. That is no promise: it may run on after its
	// timeout, and on JetStream the publish after it counts too. What keeps two
	// attempts at a time harmless is the idempotency key.
	Redelivery time.Duration `json:"redelivery"`

	// Concurrency is how many calls each service executes at a time. Work that
	// waits for a retry is not executing.
	Concurrency int `json:"concurrency"`
}

// DefaultPolicy is the one that plans use unless they say otherwise.
var DefaultPolicy = Policy{
	Attempts:     8,
	UndoAttempts: 60, // nearly two minutes
	FirstBackoff: 100 * time.Millisecond,
	MaxBackoff:   2 * time.Second,
	CallTimeout:  4 * time.Second,
	Redelivery:   5 * time.Second,
	Concurrency:  64,
}

// Backoff is the back-off after the given attempt, counted from 1: how long the
// next one waits.
func (p Policy) Backoff(attempt int) time.Duration {
	d := p.FirstBackoff
	for n := 1; n < attempt && d < p.MaxBackoff; n++ {
		d *= 2
	}
	return min(d, p.MaxBackoff)
}

// Limit is how often a call is tried before it is given up; 0 is for ever.
func (p Policy) Limit(a Action) int {
	switch {
	case a.Deciding():
		return p.Attempts
	case a.Undoes() != "":
		return p.UndoAttempts
	}
	return 0
}

// Patience is how long a deciding call is retried when each attempt fails
// immediately: the sum of its waits. A shorter outage makes no order fail.
func (p Policy) Patience() time.Duration { return p.Lasts(p.Attempts) }

// Lasts is how long so many attempts take when each fails immediately.
func (p Policy) Lasts(attempts int) time.Duration {
	var sum time.Duration
	for n := 1; n < attempts; n++ {
		sum += p.Backoff(n)
	}
	return sum
}

// Validate returns the first thing wrong with the policy, or nil.
func (p Policy) Validate() error {
	switch {
	case p.Attempts < 1:
		return fmt.Errorf("policy: %d attempts, want at least 1", p.Attempts)
	case p.UndoAttempts < 1:
		return fmt.Errorf("policy: %d attempts at an undo, want at least 1", p.UndoAttempts)
	case p.FirstBackoff <= 0 || p.MaxBackoff < p.FirstBackoff:
		return fmt.Errorf("policy: back-off from %v to %v, want 0 < first ≤ max", p.FirstBackoff, p.MaxBackoff)
	case p.CallTimeout <= 0 || p.CallTimeout > p.Redelivery*8/10:
		return fmt.Errorf("policy: call timeout %v, want above 0 and at least 20 %% below the redelivery timeout of %v", p.CallTimeout, p.Redelivery)
	case p.Redelivery < time.Second || p.Redelivery%time.Second != 0:
		return fmt.Errorf("policy: redelivery timeout %v, want whole seconds: those of Temporal's workflows are that coarse", p.Redelivery)
	case p.Concurrency < 1:
		return fmt.Errorf("policy: concurrency %d, want at least 1", p.Concurrency)
	}
	return nil
}
