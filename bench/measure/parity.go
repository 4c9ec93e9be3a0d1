package measure

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// Seen is what the judge knows of a cell that the parity table has a row for.
type Seen struct {
	Late   []float64 // how late each retry came, in ms
	Panics int       // calls that panicked, as planned
	Died   bool      // a process did, unplanned
}

// Parity is what the run itself shows of what each side was given: rows that stand
// beside the recorded ones, for the same styles. They are about the cells that each of
// these styles has, with the settings of the run. seen is by cell.
func Parity(run record.Run, cells []Cell, seen map[string]Seen) []record.Parity {
	by := alike(run, cells)
	if len(by) == 0 {
		return nil
	}
	row := func(group, setting, note string, value func([]Cell) string) record.Parity {
		values := map[string]string{}
		for style, own := range by {
			values[style] = value(own)
		}
		return record.NewParity(group, setting, record.FromRun, values, note)
	}
	late := map[string]Sample{}
	for style, own := range by {
		var all []float64
		for _, c := range own {
			all = append(all, seen[c.ID].Late...)
		}
		late[style] = NewSample(all)
	}
	rows := []record.Parity{
		row("promises", "calls that panicked, and what came of it", "the plan draws the same calls for each style", func(own []Cell) string { return panicWords(own, seen) }),
		row("retries", "how late retries came, after their back-off", sooner(late), func(own []Cell) string { return lateWords(late[own[0].Style]) }),
	}
	timers := row("retries", "how late a bare timer rang in the harness", "what this machine adds to any wait", timerWords)
	for _, value := range timers.Values {
		if value != record.Unknown { // runs have it since this is measured
			return append(rows, timers)
		}
	}
	return rows
}

// alike are the cells by style, of the styles in the run's own rows: those with the
// run's settings that all of these styles have.
func alike(run record.Run, cells []Cell) map[string][]Cell {
	by := map[string][]Cell{}
	for _, p := range run.Parity {
		for style := range p.Values {
			by[style] = nil
		}
	}
	have := map[string]int{}
	what := func(c Cell) string { return fmt.Sprint(c.Scenario, "#", c.Repeat) }
	fits := func(c Cell) bool { _, listed := by[c.Style]; return listed && len(c.Varies) == 0 }
	for _, c := range cells {
		if fits(c) {
			have[what(c)]++
		}
	}
	for _, c := range cells {
		if fits(c) && have[what(c)] == len(by) {
			by[c.Style] = append(by[c.Style], c)
		}
	}
	if len(slices.Concat(slices.Collect(maps.Values(by))...)) == 0 {
		return nil
	}
	return by
}

func panicWords(cells []Cell, seen map[string]Seen) string {
	n, died := 0, false
	for _, c := range cells {
		n, died = n+seen[c.ID].Panics, died || seen[c.ID].Died
	}
	switch {
	case n == 0:
		return "no panic in this run"
	case died:
		return fmt.Sprintf("%d; a process died", n)
	}
	return fmt.Sprintf("%d; no process died", n)
}

func lateWords(late Sample) string {
	if len(late) == 0 {
		return "no retry in this run"
	}
	text := fmt.Sprintf("at most %s (n = %d)", ms(late[len(late)-1]), len(late))
	for _, q := range []struct {
		name string
		of   float64
	}{{"p99", 0.99}, {"p50", 0.5}} {
		if v, ok := late.Quantile(q.of); ok {
			text = fmt.Sprintf("%s %s, %s", q.name, ms(v), text)
		}
	}
	return text
}

// sooner is which way it leans when one side's retries come before the other's.
func sooner(late map[string]Sample) string {
	first, medians := math.Inf(1), map[string][]string{}
	for _, style := range slices.Sorted(maps.Keys(late)) {
		v, ok := late[style].Quantile(0.5)
		if !ok {
			return "too few to compare"
		}
		first, medians[ms(v)] = min(first, v), append(medians[ms(v)], style)
	}
	if len(medians) == 1 {
		return "the medians are alike"
	}
	return "it leans towards " + strings.Join(medians[ms(first)], " and ")
}

func timerWords(cells []Cell) string {
	n, lo, hi, most := 0, math.Inf(1), 0.0, 0.0
	for _, c := range cells {
		if t := c.Timer; t != nil {
			n, lo, hi, most = n+t.N, min(lo, t.P50), max(hi, t.P50), max(most, t.Max)
		}
	}
	if n == 0 {
		return record.Unknown
	}
	p50 := ms(lo)
	if hi > lo {
		p50 += " to " + ms(hi) + ", by cell"
	}
	return fmt.Sprintf("p50 %s, at most %s (n = %d)", p50, ms(most), n)
}

// ms writes milliseconds to three digits, and to whole ones.
func ms(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f ms", v)
	}
	return fmt.Sprintf("%.3g ms", v)
}
