package measure

import (
	"slices"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lists"
)

// A Metric is one number of a cell that styles and runs are compared by. What a
// cell can't claim is none here as well.
type Metric struct {
	Name   string         // with its unit, as in results.json
	number func(Cell) Num // nil: it is the latency below

	clock      Clock
	ending     food.Ending
	percentile string
}

// In is the metric in one cell.
func (m Metric) In(c Cell) Num {
	if m.number != nil {
		return m.number(c)
	}
	return c.Of(m.clock, m.ending).At(m.percentile)
}

// Metrics are all of them, in the order in which they are printed.
var Metrics = slices.Concat(latencyMetrics(), otherMetrics())

// MetricNamed finds a metric.
func MetricNamed(name string) (Metric, bool) {
	return lists.Find(Metrics, func(m Metric) bool { return m.Name == name })
}

// latencyMetrics separate settled latency by how the order ended. The others
// hold orders of every outcome.
func latencyMetrics() (all []Metric) {
	for _, e := range food.Endings {
		for _, p := range Percentiles {
			all = append(all, latencyMetric(Settled, e, p))
		}
	}
	for _, clock := range Clocks {
		for _, p := range Percentiles {
			all = append(all, latencyMetric(clock, Any, p))
		}
	}
	return all
}

func latencyMetric(clock Clock, ending food.Ending, percentile string) Metric {
	name := string(clock) + "." + percentile + "_ms"
	if ending != Any {
		name = string(ending) + "." + name
	}
	return Metric{Name: name, clock: clock, ending: ending, percentile: percentile}
}

// betweenStyles are the latencies that styles are compared by.
func betweenStyles() (all []Metric) {
	for _, p := range UsualPercentiles {
		for _, e := range food.Endings {
			all = append(all, latencyMetric(Settled, e, p))
		}
		all = append(all, latencyMetric(Compensation, Any, p), latencyMetric(Accept, Any, p))
	}
	return all
}

func otherMetrics() []Metric {
	busy := func(role string) Metric {
		return Metric{Name: role + "_busy_cores", number: func(c Cell) Num {
			if v, ok := c.Cost.Busy[role]; ok {
				return v
			}
			return None
		}}
	}
	return []Metric{
		{Name: "achieved_per_s", number: func(c Cell) Num { return c.Achieved }},
		{Name: "share_of_ceiling", number: func(c Cell) Num { return c.Share }},
		{Name: "server_cpu_ms_per_order", number: func(c Cell) Num { return c.Cost.ServerCPU }},
		{Name: "worker_cpu_ms_per_order", number: func(c Cell) Num { return c.Cost.WorkerCPU }},
		{Name: "harness_cpu_ms_per_order", number: func(c Cell) Num { return c.Cost.HarnessCPU }},
		busy("server"), busy("worker"), busy("harness"),
		{Name: "server_rss_mb", number: func(c Cell) Num { return c.Cost.ServerRSS }},
		{Name: "worker_rss_mb", number: func(c Cell) Num { return c.Cost.WorkerRSS }},
		{Name: "harness_rss_mb", number: func(c Cell) Num { return c.Cost.HarnessRSS }},
		{Name: "disk_bytes_per_order", number: func(c Cell) Num { return c.Cost.Disk }},
		{Name: "messages_per_order", number: func(c Cell) Num { return c.Cost.Messages }},
		{Name: "deliveries_per_order", number: func(c Cell) Num { return c.Cost.Deliveries }},
		{Name: "history_events_per_order", number: func(c Cell) Num { return c.Cost.History }},
	}
}
