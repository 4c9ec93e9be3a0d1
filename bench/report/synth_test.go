package report_test

import (
	"fmt"
	"math"
	"time"

	"github.com/sagabench/sagabench/bench/record"
)

// This file makes run folders that look like real ones: the same orders in both
// styles, rows that keep every invariant, latencies with a tail. It simulates no
// engine; it only has to give the report something true to draw.

var nan = math.NaN()

// A shape is one scenario of a made-up run.
type shape struct {
	name       string
	kind       string
	rate       float64
	seconds    float64
	repeats    []int
	styles     []string
	faults     []string
	outage     [2]float64 // seconds into the window
	durability string     // durability, where it is not the run's
	against    string     // the scenario that the plan sets it against
	share      float64    // of the style's own capacity, where that is what was asked for
	local      bool       // local activities
	customers  []string   // cancelRule and refundRule, where customers cancel
}

var both = []string{"choreography", "orchestration"}

// hop is how long one step takes in a style, in ms, and how many orders a second
// it can do.
var engines = map[string]struct{ hop, capacity float64 }{
	"choreography":  {0.45, 3600},
	"orchestration": {9.5, 38},
	"baseline":      {0.08, 20000},
	"relay":         {2.2, 420},
}

func refuse(percent int) []string {
	if percent == 0 {
		return nil
	}
	return []string{fmt.Sprintf("restaurant.confirm:refuse@%d%%", percent)}
}

func smokeShapes() []shape {
	return []shape{{name: "refused-20", kind: record.KindRefused, rate: 10, seconds: 8, repeats: []int{1}, styles: both, faults: refuse(20)}}
}

// write makes the run folder. spoil may change a cell before it is written.
func write(dir string, shapes []shape, spoil func(*record.Data)) error {
	w, err := record.Create(dir)
	if err != nil {
		return err
	}
	run := aRun()
	run.Knees, run.Ceilings, run.Compare = kneesOf(shapes), ceilingsOf(shapes), pairsOf(shapes)
	at := run.Started
	for _, s := range shapes {
		for _, repeat := range s.repeats {
			for _, style := range s.styles {
				d := simulate(s, style, repeat, at)
				if spoil != nil {
					spoil(&d)
				}
				run.Interrupted = run.Interrupted || d.Cell.Cut
				if err := w.Add(d); err != nil {
					return err
				}
				at = at.Add(time.Duration(d.Cell.DrainEnd+2000) * time.Millisecond)
			}
		}
	}
	run.Finished = at
	return w.Close(run)
}

// seedOfRuns is what the faults are drawn with.
const seedOfRuns = 1

func aRun() record.Run {
	started := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	parity := func(group, setting, from, choreography, orchestration, note string) record.Parity {
		return record.NewParity(group, setting, from, map[string]string{"choreography": choreography, "orchestration": orchestration}, note)
	}
	return record.Run{
		ID: "r7k2m9", Plan: "quick", Started: started, Seed: seedOfRuns, Durability: "process",
		Command: "sagabench bench --plan quick --durability process --seed 1",
		Policy: map[string]string{
			"attempts of a deciding call": "8", "back-off": "100ms, doubling, at most 2s", "call timeout": "4s",
			"redelivery clock": "5s", "executing calls per service": "64",
		},
		Retry: record.Retry{Attempts: 8, FirstBackoff: 100, MaxBackoff: 2000, CallTimeout: 4000, Redelivery: 5000},
		Parity: []record.Parity{
			parity("promises", "durability of an accepted order", record.FromServer, "process", "process", ""),
			parity("promises", "syncs to keep that", record.FromServer, "none before an answer; files every 2m0s", "none: SQLite, wal, synchronous=OFF", "no order waits for a sync"),
			parity("clients and servers", "executing calls per service", record.FromCode, "64", "64", ""),
			parity("clients and servers", "server tuning", record.FromCode, "defaults", "queue polling raised", "tuning leans towards orchestration"),
		},
		Machine:  map[string]string{"cores": "2", "cpu": "Example CPU <2.4 GHz>", "memory": "8 GiB", "os": "linux/amd64"},
		Versions: map[string]string{"sagabench": "0.1.0", "go": "go1.26.8", "nats-server": "2.15.2", "temporal-server": "1.32.1"},
	}
}
