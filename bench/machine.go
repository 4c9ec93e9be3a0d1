package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// machine describes where the run took place, as far as the system reports it. What
// it does not report is left out.
func machine(ctx context.Context) map[string]string {
	m := map[string]string{
		"cores":      fmt.Sprint(runtime.NumCPU()),
		"gomaxprocs": fmt.Sprint(runtime.GOMAXPROCS(0)),
		"os":         runtime.GOOS + "/" + runtime.GOARCH,
	}
	if infos, err := cpu.InfoWithContext(ctx); err == nil && len(infos) > 0 {
		m["cpu"] = infos[0].ModelName
	}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m["memory"] = fmt.Sprintf("%.0f GiB", float64(v.Total)/(1<<30))
	}
	if h, err := host.InfoWithContext(ctx); err == nil {
		m["system"] = fmt.Sprintf("%s %s, kernel %s", h.Platform, h.PlatformVersion, h.KernelVersion)
	}
	return m
}

// RetryOf is the part of a policy by which attempts are judged.
func RetryOf(p food.Policy) record.Retry {
	return record.Retry{
		Attempts: p.Attempts, UndoAttempts: p.UndoAttempts, FirstBackoff: ms(p.FirstBackoff), MaxBackoff: ms(p.MaxBackoff),
		CallTimeout: ms(p.CallTimeout), Redelivery: ms(p.Redelivery),
	}
}

// printedPolicy is the policy of a plan as reports print it.
func printedPolicy(of plan.Plan) map[string]string {
	p := of.Policy
	printed := map[string]string{
		"attempts of a deciding call":  fmt.Sprint(p.Attempts),
		"back-off":                     fmt.Sprintf("%v, doubling, at most %v", p.FirstBackoff, p.MaxBackoff),
		"retries last":                 p.Patience().Round(time.Millisecond).String(),
		"call timeout":                 p.CallTimeout.String(),
		"redelivery timeout":           p.Redelivery.String(),
		"executing calls per service":  fmt.Sprint(p.Concurrency),
		"attempts of every other call": "no limit",
	}
	if slices.ContainsFunc(of.Scenarios, func(s plan.Scenario) bool { return s.ServiceTime == record.RealisticServiceTimes }) {
		printed[record.RealisticServiceTimes+" service times"] = fault.Realistic()
	}
	return printed
}
