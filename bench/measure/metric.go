package measure

import (
	"slices"

	"github.com/sagabench/sagabench/food"
)

// A Metric is one number of a cell that runs can be compared by. What a cell
// can't claim is none here as well.
type Metric struct {
	Name string // with its unit, as in results.json
	Cell func(Cell) Num
	pool func(Pool) Num // the same over all repeats; nil: the median of the repeats
}

// Of is the metric over all repeats of a side.
func (m Metric) Of(s Side) Num {
	if m.pool != nil {
		return m.pool(s.Pool)
	}
	var values []float64
	for _, c := range s.Cells {
		v := m.Cell(c)
		if !v.OK() {
			return None
		}
		values = append(values, float64(v))
	}
	if len(values) == 0 {
		return None
	}
	return middle(values)
}

// Metrics are all of them, in the order in which they are printed.
var Metrics = slices.Concat(endingMetrics(), clockMetrics(), costMetrics())

// MetricNamed finds a metric.
func MetricNamed(name string) (Metric, bool) {
	i := slices.IndexFunc(Metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return Metrics[i], true
}

// Clocks are the latencies that thresholds and comparisons may name.
var Clocks = []Clock{Accept, Decision, Settled, Compensation, Inconsistent}

// QuantileNames are the percentiles that they may name.
var QuantileNames = []string{"p50", "p90", "p99", "p999"}

// At returns one clock's percentiles.
func (l Latency) At(c Clock) Quantiles {
	switch c {
	case Accept:
		return l.Accept
	case Decision:
		return l.Decision
	case Settled:
		return l.Settled
	case Compensation:
		return l.Compensation
	}
	return l.Inconsistent
}

// endingMetrics tell settled latency apart by how the order ended.
func endingMetrics() (all []Metric) {
	for _, e := range food.Endings {
		for _, q := range QuantileNames {
			all = append(all, Metric{
				Name: string(e) + ".settled." + q + "_ms",
				Cell: func(c Cell) Num { return c.ByOutcome[e].Settled.At(q) },
				pool: func(p Pool) Num { return p.ByOutcome[e].Settled.At(q) },
			})
		}
	}
	return all
}

// clockMetrics hold orders of every outcome.
func clockMetrics() (all []Metric) {
	for _, clock := range Clocks {
		for _, q := range QuantileNames {
			all = append(all, Metric{
				Name: string(clock) + "." + q + "_ms",
				Cell: func(c Cell) Num { return c.Latency.At(clock).At(q) },
				pool: func(p Pool) Num { return p.Latency.At(clock).At(q) },
			})
		}
	}
	return all
}

func costMetrics() []Metric {
	busy := func(role string) Metric {
		return Metric{Name: role + "_busy_cores", Cell: func(c Cell) Num {
			if v, ok := c.Cost.Busy[role]; ok {
				return v
			}
			return None
		}}
	}
	return []Metric{
		{Name: "achieved_per_s", Cell: func(c Cell) Num {
			if c.Cut {
				return None
			}
			return c.Achieved
		}},
		{Name: "share_of_ceiling", Cell: func(c Cell) Num { return c.Share }},
		{Name: "server_cpu_ms_per_order", Cell: func(c Cell) Num { return c.Cost.ServerCPU }},
		{Name: "worker_cpu_ms_per_order", Cell: func(c Cell) Num { return c.Cost.WorkerCPU }},
		{Name: "harness_cpu_ms_per_order", Cell: func(c Cell) Num { return c.Cost.HarnessCPU }},
		busy("server"), busy("worker"), busy("harness"),
		{Name: "server_rss_mb", Cell: func(c Cell) Num { return c.Cost.ServerRSS }},
		{Name: "worker_rss_mb", Cell: func(c Cell) Num { return c.Cost.WorkerRSS }},
		{Name: "harness_rss_mb", Cell: func(c Cell) Num { return c.Cost.HarnessRSS }},
		{Name: "disk_bytes_per_order", Cell: func(c Cell) Num { return c.Cost.Disk }},
		{Name: "messages_per_order", Cell: func(c Cell) Num { return c.Cost.Messages }},
		{Name: "deliveries_per_order", Cell: func(c Cell) Num { return c.Cost.Deliveries }},
		{Name: "history_events_per_order", Cell: func(c Cell) Num { return c.Cost.History }},
	}
}
