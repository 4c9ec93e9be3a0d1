package bench

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/bench/record"
)

// samplePeriod is short enough to see a two-second outage, and long enough to
// cost nothing that matters.
const samplePeriod = 250 * time.Millisecond

// A sampler reads the CPU time and memory of each role's processes while
// a cell runs.
type sampler struct {
	cell    string
	start   time.Time
	backlog func() int
	procs   func() []Process // asked each time, because a restart changes the PID

	mu      sync.Mutex
	samples []record.Sample
	last    map[int]float64    // CPU time by PID
	used    map[string]float64 // by role, over all its processes, ms
	peak    map[string]float64 // RSS by role, MB
	rings   []ring
}

func newSampler(cell string, start time.Time, backlog func() int, procs func() []Process) *sampler {
	return &sampler{
		cell: cell, start: start, backlog: backlog, procs: procs,
		last: map[int]float64{}, used: map[string]float64{}, peak: map[string]float64{},
	}
}

// run samples until ctx ends, and notes how late its own timer rang.
func (s *sampler) run(ctx context.Context) {
	due := time.Now().Add(samplePeriod)
	timer := time.NewTimer(samplePeriod)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			s.rang(due, time.Now())
		}
		s.take()
		// A sample that took longer than a period does not make the next one late.
		if due = due.Add(samplePeriod); due.Before(time.Now()) {
			due = time.Now().Add(samplePeriod)
		}
		timer.Reset(time.Until(due))
	}
}

// A ring is when a timer was due, from the cell's start, and by how much it was late; in ms.
type ring struct{ due, late float64 }

func (s *sampler) rang(due, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rings = append(s.rings, ring{ms(due.Sub(s.start)), ms(now.Sub(due))})
}

// timer sums up the rings that were due between two times; nil if there were none.
func (s *sampler) timer(from, to float64) *record.Timer {
	s.mu.Lock()
	defer s.mu.Unlock()
	var late []float64
	for _, r := range s.rings {
		if from <= r.due && r.due <= to {
			late = append(late, r.late)
		}
	}
	if len(late) == 0 {
		return nil
	}
	slices.Sort(late)
	return &record.Timer{N: len(late), P50: late[(len(late)-1)/2], Max: late[len(late)-1]}
}

// take samples now and returns the CPU time used so far by each role, in
// ms. A process that is gone keeps what it had used at its last sample.
func (s *sampler) take() map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := float64(time.Since(s.start)) / 1e6
	backlog := s.backlog()
	rss := map[string]float64{}
	read := func(role string, pid int) {
		if cpu, err := CPUTime(pid); err == nil {
			s.used[role] += cpu - s.last[pid]
			s.last[pid] = cpu
		}
		if p, err := process.NewProcess(int32(pid)); err == nil {
			if m, err := p.MemoryInfo(); err == nil {
				rss[role] += float64(m.RSS) / 1e6
			}
		}
	}
	read("harness", os.Getpid())
	for _, p := range s.procs() {
		read(p.Role(), p.PID())
	}
	for role := range rss {
		s.peak[role] = max(s.peak[role], rss[role])
		s.samples = append(s.samples, record.Sample{Cell: s.cell, At: at, Role: role, CPU: s.used[role], RSS: rss[role], Backlog: backlog})
	}
	return maps.Clone(s.used)
}

// CPUTime is the CPU time in ms that a process has used so far.
func CPUTime(pid int) (float64, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return 0, err
	}
	t, err := p.Times()
	return (t.User + t.System) * 1000, err
}

// processorTime is what all processors of the machine have spent so far, in s.
type processorTime struct{ all, idle float64 }

// machineTime is zero where the system does not report it.
func machineTime(ctx context.Context) (t processorTime) {
	if all, err := cpu.TimesWithContext(ctx, false); err == nil && len(all) == 1 {
		c := all[0]
		t.idle = c.Idle + c.Iowait
		t.all = t.idle + c.User + c.System + c.Nice + c.Irq + c.Softirq + c.Steal
	}
	return t
}

// busySince is the share that was not idle: ours, other programs', and what a
// hypervisor took. It is nil where it is not known.
func (t processorTime) busySince(before processorTime) *float64 {
	if !(t.all > before.all) || before.all == 0 {
		return nil
	}
	busy := 1 - (t.idle-before.idle)/(t.all-before.all)
	return &busy
}

// less returns b − a by role.
func less(b, a map[string]float64) map[string]float64 {
	d := map[string]float64{}
	for role := range b {
		d[role] = b[role] - a[role]
	}
	return d
}

// folderBytes adds up the files below the folders. Files that go away meanwhile
// count as nothing.
func folderBytes(dirs ...string) (sum float64, err error) {
	for _, dir := range dirs {
		e := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				var info fs.FileInfo
				if info, err = d.Info(); err == nil {
					sum += float64(info.Size())
				}
			}
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		})
		err = errors.Join(err, e)
	}
	return sum, err
}
