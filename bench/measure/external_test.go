package measure_test

import (
	"testing"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// A saturated cell knows what its server took, unless that is external:
// then the numbers are null with that reason, and its durability is declared, not verified.
func TestExternalServer(t *testing.T) {
	c, orders := steady("choreography", "saturation", record.KindSaturation, 1, 400, 100, func(i int) float64 { return float64(i) * 20 })
	c.Disk, c.RSS = 4000, map[string]float64{"server": 100, "worker": 50}
	ours := one(c, orders)
	if !ours.Saturated || !ours.Cost.ServerCPU.OK() || !ours.Cost.ServerRSS.OK() || !ours.Cost.Disk.OK() || ours.Durability != "process" {
		t.Fatalf("of a server of ours: saturated %v, durability %q, cost %+v", ours.Saturated, ours.Durability, ours.Cost)
	}
	c.External = "nats://127.0.0.1:4222"
	delete(c.CPU, "server")
	delete(c.RSS, "server")
	theirs := one(c, orders)
	const reason = "unknown: an external server is not measured"
	for name, v := range map[string]measure.Num{
		"server_cpu_ms_per_order": theirs.Cost.ServerCPU, "server_rss_mb": theirs.Cost.ServerRSS, "disk_bytes_per_order": theirs.Cost.Disk,
	} {
		if v.OK() || theirs.Cost.Reasons[name] != reason {
			t.Errorf("%s is %v because %q, want null because %q", name, v, theirs.Cost.Reasons[name], reason)
		}
	}
	if want := "process, as declared, not verified"; theirs.Durability != want {
		t.Errorf("durability is %q, want %q", theirs.Durability, want)
	}
	if !theirs.Cost.WorkerRSS.OK() || !theirs.Cost.HarnessCPU.OK() {
		t.Errorf("worker and harness are ours all the same: %+v", theirs.Cost)
	}
}
