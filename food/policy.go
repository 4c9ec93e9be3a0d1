package food

import (
	"fmt"
	"time"
)

// A Policy says how hard and how long the flow tries. It is stated once,
// translated by each coordinator, and printed in every report: two sides with
// different retries would be a comparison of settings.
type Policy struct {
	// Attempts is how often a deciding call is tried before it is given up.
	// All other calls are tried for ever.
	Attempts int `json:"attempts"`

	// The wait after attempt n is FirstBackoff × 2ⁿ⁻¹, at most MaxBackoff.
	FirstBackoff time.Duration `json:"first_backoff"`
	MaxBackoff   time.Duration `json:"max_backoff"`

	// CallTimeout is how long a call may take before it counts as "no answer".
	CallTimeout time.Duration `json:"call_timeout"`

	// Redelivery is the timeout by which a dead worker is noticed, and its work
	// given to another one: AckWait on JetStream, StartToCloseTimeout on
	// Temporal. CallTimeout stays at least 20 % below it, so that a slow call is
	// never redelivered while it runs.
	Redelivery time.Duration `json:"redelivery"`

	// Concurrency is how many calls each service executes at a time. Work that
	// waits for a retry is not executing.
	Concurrency int `json:"concurrency"`
}

// DefaultPolicy is the one that plans use unless they say otherwise.
var DefaultPolicy = Policy{
	Attempts:     8,
	FirstBackoff: 100 * time.Millisecond,
	MaxBackoff:   2 * time.Second,
	CallTimeout:  4 * time.Second,
	Redelivery:   5 * time.Second,
	Concurrency:  64,
}

// Backoff is the wait after the given attempt, counted from 1.
func (p Policy) Backoff(attempt int) time.Duration {
	d := p.FirstBackoff
	for n := 1; n < attempt && d < p.MaxBackoff; n++ {
		d *= 2
	}
	return min(d, p.MaxBackoff)
}

// Patience is how long a deciding call is retried when every attempt fails at
// once: the sum of its waits. A shorter outage makes no order fail.
func (p Policy) Patience() time.Duration {
	var sum time.Duration
	for n := 1; n < p.Attempts; n++ {
		sum += p.Backoff(n)
	}
	return sum
}

// Validate returns the first thing wrong with the policy, or nil.
func (p Policy) Validate() error {
	switch {
	case p.Attempts < 1:
		return fmt.Errorf("policy: %d attempts, want at least 1", p.Attempts)
	case p.FirstBackoff <= 0 || p.MaxBackoff < p.FirstBackoff:
		return fmt.Errorf("policy: back-off from %v to %v, want 0 < first ≤ max", p.FirstBackoff, p.MaxBackoff)
	case p.CallTimeout <= 0 || p.CallTimeout > p.Redelivery*8/10:
		return fmt.Errorf("policy: call timeout %v, want above 0 and at least 20 %% below the redelivery timeout of %v", p.CallTimeout, p.Redelivery)
	case p.Redelivery < time.Second || p.Redelivery%time.Second != 0:
		return fmt.Errorf("policy: redelivery timeout %v, want whole seconds: Temporal's timeouts are that coarse", p.Redelivery)
	case p.Concurrency < 1:
		return fmt.Errorf("policy: concurrency %d, want at least 1", p.Concurrency)
	}
	return nil
}
