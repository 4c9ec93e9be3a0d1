package measure

import (
	"github.com/sagabench/sagabench/bench/record"
)

// Cost is what an order took from the machine and from the engine.
//
// Processor time per order is given in saturated cells alone: at a low rate most
// of it is the cost of being awake, and dividing that by few orders says nothing
// of an order. Idle use stands beside it and is not subtracted.
type Cost struct {
	ServerCPU  Num `json:"server_cpu_ms_per_order"`
	WorkerCPU  Num `json:"worker_cpu_ms_per_order"`
	HarnessCPU Num `json:"harness_cpu_ms_per_order"`
	ServerRSS  Num `json:"server_rss_mb"`
	WorkerRSS  Num `json:"worker_rss_mb"`
	Disk       Num `json:"disk_bytes_per_order"`
	Messages   Num `json:"messages_per_order"`
	Deliveries Num `json:"deliveries_per_order"`
	History    Num `json:"history_events_per_order"`

	// Busy is the processor time used, in cores, by role, from the start of the
	// window to the end of the drain. Idle is the same before the load.
	Busy map[string]Num `json:"busy_cores"`
	Idle map[string]Num `json:"idle_cores"`

	Reasons map[string]string `json:"reasons,omitempty"`
}

// absorbed is the counter of calls that found their row already written.
const absorbed = "absorbed"

func cost(c record.Cell, l load, all int, saturated bool) Cost {
	out := Cost{Busy: map[string]Num{}, Idle: map[string]Num{}, Reasons: map[string]string{}}
	put := func(to *Num, name string, v float64, have bool, orders int, why string) {
		switch {
		case !have:
			*to, out.Reasons[name] = None, why
		case orders == 0:
			*to, out.Reasons[name] = None, "no such order"
		default:
			*to = Num(v / float64(orders))
		}
	}
	cpu := func(to *Num, name, role string) {
		v, have := c.CPU[role]
		why := "this style has no " + role + " process"
		if !saturated {
			have, why = false, "the cell was not saturated"
		}
		put(to, name, v, have, l.settled, why)
	}
	cpu(&out.ServerCPU, "server_cpu_ms_per_order", "server")
	cpu(&out.WorkerCPU, "worker_cpu_ms_per_order", "worker")
	cpu(&out.HarnessCPU, "harness_cpu_ms_per_order", "harness")

	rss := func(to *Num, name, role string) {
		v, have := c.RSS[role]
		put(to, name, v, have, 1, "this style has no "+role+" process")
	}
	rss(&out.ServerRSS, "server_rss_mb", "server")
	rss(&out.WorkerRSS, "worker_rss_mb", "worker")

	put(&out.Disk, "disk_bytes_per_order", c.Disk, c.Disk > 0, all, "nothing was written to disk")
	counted := func(to *Num, name, counter string) {
		if v, have := c.Counters[name]; have { // the engine took the mean itself
			*to = Num(v)
			return
		}
		v, have := c.Counters[counter]
		put(to, name, v, have, all, "this style has none")
	}
	counted(&out.Messages, "messages_per_order", "messages")
	counted(&out.Deliveries, "deliveries_per_order", "deliveries")
	counted(&out.History, "history_events_per_order", "history_events")

	if span := c.DrainEnd - c.Begin; span > 0 {
		for role, ms := range c.CPU {
			out.Busy[role] = Num(ms / span)
		}
	}
	for role, msPerS := range c.IdleCPU {
		out.Idle[role] = Num(msPerS / 1000)
	}
	return out
}
