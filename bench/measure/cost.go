package measure

import (
	"github.com/sagabench/sagabench/bench/record"
)

// Cost is what an order took from the machine and from the engine.
//
// CPU time per order is given in saturated cells alone: at a low rate most
// of it is the cost of being awake, and dividing that by few orders shows nothing
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

	// Busy is the CPU time used, in cores, by role, from the start of the
	// window to the end of the drain. Idle is the same before the load.
	Busy map[string]Num `json:"busy_cores"`
	Idle map[string]Num `json:"idle_cores"`

	Reasons map[string]string `json:"reasons,omitempty"`
}

// notOurs is why nothing is known of what an external server takes.
const notOurs = "unknown: an external server is not measured"

// cost reads what a cell took. all counts every order of it, the warm-up too,
// because engines and disks count those as well.
func cost(c record.Cell, l load, all int, saturated bool) Cost {
	out := Cost{Busy: map[string]Num{}, Idle: map[string]Num{}, Reasons: map[string]string{}}
	out.processes(c, l, saturated)
	nothing := "nothing was written to disk"
	if c.External != "" {
		nothing = notOurs
	}
	out.give(&out.Disk, "disk_bytes_per_order", c.Disk/float64(all), c.External == "" && c.Disk > 0 && all > 0, nothing)
	for counter, to := range map[string]*Num{
		"messages": &out.Messages, "deliveries": &out.Deliveries, "redeliveries": &out.Redeliveries,
		"history_events": &out.History, "history_bytes": &out.HistoryBytes, "state_transitions": &out.Transitions,
	} {
		name := counter + "_per_order"
		mean, ok := c.Counters[name] // the engine took the mean itself
		if sum, counted := c.Counters[counter]; !ok && counted && all > 0 {
			mean, ok = sum/float64(all), true
		}
		out.give(to, name, mean, ok, "this style has none")
	}
	return out
}

// give sets one of the numbers, or none and the reason.
func (out *Cost) give(to *Num, name string, v float64, ok bool, why string) {
	if *to = Num(v); !ok {
		*to, out.Reasons[name] = None, why
	}
}

// processes reads CPU time and memory, by role.
func (out *Cost) processes(c record.Cell, l load, saturated bool) {
	for _, p := range []struct {
		role     string
		cpu, rss *Num
	}{
		{"server", &out.ServerCPU, &out.ServerRSS},
		{"worker", &out.WorkerCPU, &out.WorkerRSS},
		{"harness", &out.HarnessCPU, &out.HarnessRSS},
	} {
		external := p.role == "server" && c.External != ""
		why := "this style has no " + p.role + " process"
		if external {
			why = notOurs
		}
		rss, ok := c.RSS[p.role]
		out.give(p.rss, p.role+"_rss_mb", rss, ok, why)
		if !external && !saturated {
			why = "the cell was not saturated"
		}
		cpu, ok := c.CPU[p.role]
		perOrder := cpu / float64(l.settled) // a saturated cell has settled orders
		out.give(p.cpu, p.role+"_cpu_ms_per_order", perOrder, ok && saturated && !external, why)
	}
	span := c.DrainEnd - c.Begin
	if c.InFlight > 0 {
		span = 1000 * c.Window
	}
	if span > 0 {
		for role, ms := range c.CPU {
			out.Busy[role] = Num(ms / span)
		}
	}
	for role, msPerS := range c.IdleCPU {
		out.Idle[role] = Num(msPerS / 1000)
	}
}
