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
	HarnessRSS Num `json:"harness_rss_mb"`
	Disk       Num `json:"disk_bytes_per_order"`

	// What the engines count, each in units of its own. Deliveries hold the
	// redeliveries.
	Messages     Num `json:"messages_per_order"`
	Deliveries   Num `json:"deliveries_per_order"`
	Redeliveries Num `json:"redeliveries_per_order"`
	History      Num `json:"history_events_per_order"`
	HistoryBytes Num `json:"history_bytes_per_order"`
	Transitions  Num `json:"state_transitions_per_order"`

	// Busy is the processor time used, in cores, by role, from the start of the
	// window to the end of the drain. Idle is the same before the load.
	Busy map[string]Num `json:"busy_cores"`
	Idle map[string]Num `json:"idle_cores"`

	Reasons map[string]string `json:"reasons,omitempty"`
}

// BusyCores is what the processes of a role used, or none.
func (out Cost) BusyCores(role string) Num {
	if v, ok := out.Busy[role]; ok {
		return v
	}
	return None
}

// absorbed is the counter of calls that found their row already written.
const absorbed = "absorbed"

// notOurs is why nothing is known of what a server of the user's own takes.
const notOurs = "unknown: the server is the user's own and was not measured"

// cost reads what a cell took. all counts every order of it, the warm-up too,
// because engines and disks count those as well.
func cost(c record.Cell, l load, all int, saturated bool) Cost {
	out := Cost{Busy: map[string]Num{}, Idle: map[string]Num{}, Reasons: map[string]string{}}
	out.processes(c, l, saturated)
	switch out.Disk = None; {
	case c.External != "":
		out.Reasons["disk_bytes_per_order"] = notOurs
	case c.Disk > 0 && all > 0:
		out.Disk = Num(c.Disk / float64(all))
	default:
		out.Reasons["disk_bytes_per_order"] = "nothing was written to disk"
	}
	counted := func(to *Num, counter string) {
		name := counter + "_per_order"
		v, have := c.Counters[counter]
		mean, given := c.Counters[name]
		switch {
		case given: // the engine took the mean itself
			*to = Num(mean)
		case have && all > 0:
			*to = Num(v / float64(all))
		default:
			*to, out.Reasons[name] = None, "this style has none"
		}
	}
	counted(&out.Messages, "messages")
	counted(&out.Deliveries, "deliveries")
	counted(&out.Redeliveries, "redeliveries")
	counted(&out.History, "history_events")
	counted(&out.HistoryBytes, "history_bytes")
	counted(&out.Transitions, "state_transitions")
	return out
}

// processes reads processor time and memory, by role.
func (out *Cost) processes(c record.Cell, l load, saturated bool) {
	cpu := func(to *Num, role string) {
		name := role + "_cpu_ms_per_order"
		v, have := c.CPU[role]
		switch {
		case role == "server" && c.External != "":
			*to, out.Reasons[name] = None, notOurs
		case !saturated:
			*to, out.Reasons[name] = None, "the cell was not saturated"
		case !have:
			*to, out.Reasons[name] = None, "this style has no "+role+" process"
		default:
			*to = Num(v / float64(l.settled)) // a saturated cell has settled orders
		}
	}
	cpu(&out.ServerCPU, "server")
	cpu(&out.WorkerCPU, "worker")
	cpu(&out.HarnessCPU, "harness")
	rss := func(to *Num, role string) {
		v, have := c.RSS[role]
		switch {
		case have:
			*to = Num(v)
		case role == "server" && c.External != "":
			*to, out.Reasons[role+"_rss_mb"] = None, notOurs
		default:
			*to, out.Reasons[role+"_rss_mb"] = None, "this style has no "+role+" process"
		}
	}
	rss(&out.ServerRSS, "server")
	rss(&out.WorkerRSS, "worker")
	rss(&out.HarnessRSS, "harness")
	if span := c.DrainEnd - c.Begin; span > 0 {
		for role, ms := range c.CPU {
			out.Busy[role] = Num(ms / span)
		}
	}
	for role, msPerS := range c.IdleCPU {
		out.Idle[role] = Num(msPerS / 1000)
	}
}
