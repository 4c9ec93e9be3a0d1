package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// Every mail of 150 orders a second fails four times. In each style a retry that comes
// late is the style's, and the judge finds it.
func TestRetriesAreOnTimeWhereManyCallsFail(t *testing.T) {
	c := benched(t, record.Choreography, 150, "notification.mail:fail(4)@100%").Cells[0]
	if c.Verdict != invariant.Holds {
		t.Errorf("%v, %+v, %v %+v", c.Verdict, c.Retries, c.Reasons, c.Violations)
	}
}

// A panic is the failure of one attempt. The worker lives on, in each style.
func TestACallThatPanicsIsTriedAgain(t *testing.T) {
	for style, rate := range map[string]float64{record.Choreography: 30, record.Orchestration: 10} {
		t.Run(style, func(t *testing.T) {
			r := benched(t, style, rate, "loyalty.award:panic@30%", "delivery.assign:panic(8)@20%")
			if r.Verdict != invariant.Holds {
				t.Errorf("%v because of %s", r.Verdict, because(r))
			}
		})
	}
}

// A worker whose consumer is deleted does not fall silent: it ends, and the run ends
// with its reason.
func TestAWorkerWithoutItsConsumerEndsTheRun(t *testing.T) {
	_, at, _ := startDevserver(t)
	js := jetStream(t, at["nats"])
	deleted := make(chan error, 1)
	go func() {
		for {
			for name := range js.StreamNames(t.Context()).Name() {
				if s, err := js.Stream(t.Context(), name); err == nil && s.CachedInfo().State.Msgs > 20 {
					deleted <- js.DeleteConsumer(t.Context(), name, string(food.Loyalty))
					return
				}
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-t.Context().Done():
				return
			}
		}
	}()
	var out, errs strings.Builder
	args := []string{"bench", "--style", record.Choreography, "--nats", at["nats"], "--rate", "50", "--duration", "20s", "--out", filepath.Join(t.TempDir(), "run")}
	code := execute(t.Context(), args, &out, &errs)
	if err := <-deleted; err != nil {
		t.Fatal(err)
	}
	const cause = "the worker of the choreography died: choreography: consumer loyalty of stream"
	if code != exitInconclusive || !strings.Contains(out.String()+errs.String(), cause) {
		t.Errorf("exit %d, want %d because %s:\n%s%s", code, exitInconclusive, cause, &out, &errs)
	}
}

// benched is a short run of one style.
func benched(t *testing.T, style string, rate float64, faults ...string) measure.Results {
	t.Helper()
	p := plan.Plan{
		Name: "faults", Styles: []string{style}, Repeats: 1, Durability: durability.Process, Seed: 1, Policy: food.DefaultPolicy,
		Scenarios: []plan.Scenario{{Name: "faults", Kind: record.KindCustom, Rate: rate, During: 3 * time.Second, Faults: faults}},
	}
	dir := filepath.Join(t.TempDir(), "run")
	_, failed := bench.Run(t.Context(), p, bench.Options{ID: "faults", Dir: dir, Data: dir + ".data", Styles: benchStyles(nil, io.Discard)})
	j, err := results.Open(dir) // which is there although a process has died
	if err != nil {
		t.Fatal(failed, err)
	}
	return j.Results
}

// because is all that keeps a verdict from holding.
func because(r measure.Results) string {
	why := slices.Clone(r.Reasons)
	for _, c := range r.Cells {
		why = append(why, c.Reasons...)
	}
	for _, v := range r.Violations {
		why = append(why, v.Invariant+": "+v.Detail)
	}
	return strings.Join(why, "; ")
}
