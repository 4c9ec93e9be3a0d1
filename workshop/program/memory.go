package program

import (
	"fmt"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// watchMemory ends a program that takes too much. What it takes between two looks is not
// bounded.
func (p *Program) watchMemory() {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-look.C:
			if used := memoryOf(p.cmd.Process.Pid); used > p.limits.Memory {
				p.kill(fmt.Sprintf("your program took more than %s of memory, and was ended", size(p.limits.Memory)))
			}
		}
	}
}

// memoryOf is what the processes of a group have in memory. What can't be read is left
// out: they come and go.
func memoryOf(group int) (bytes uint64) {
	pids, _ := process.Pids()
	for _, pid := range pids {
		if of, err := syscall.Getpgid(int(pid)); err != nil || of != group {
			continue
		}
		one := process.Process{Pid: pid}
		if memory, err := one.MemoryInfo(); err == nil {
			bytes += memory.RSS
		}
	}
	return bytes
}
