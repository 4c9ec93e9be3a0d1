package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/spf13/cobra"
)

// What a run needs. A second core keeps the load generator from waiting for
// what it measures; the rest is what a quick run was seen to use, with room.
const (
	wantCores  = 2
	wantMemory = 2 << 30
	wantDisk   = 2 << 30
)

// A finding is one line of the doctor's.
type finding struct {
	what, found string
	mend        string // what to do about it; "" when all is well
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and say how to mend what is wrong",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			bad := 0
			for _, f := range examine(c.Context()) {
				mark := "ok  "
				if f.mend != "" {
					mark = "BAD "
					bad++
				}
				fmt.Fprintf(c.OutOrStdout(), "%s %-16s %s\n", mark, f.what, f.found)
				if f.mend != "" {
					fmt.Fprintf(c.OutOrStdout(), "     %-16s → %s\n", "", f.mend)
				}
			}
			if bad > 0 {
				return fmt.Errorf("%d of the checks failed; the lines above say how to mend them", bad)
			}
			fmt.Fprintln(c.OutOrStdout(), "all is well; try: sagabench order --style choreography")
			return nil
		},
	}
}

func examine(ctx context.Context) []finding {
	return []finding{checkGo(ctx), checkCores(), checkMemory(ctx), checkDisk(ctx), checkPorts(), checkTemporal()}
}

// checkGo looks for a Go that can build the project; the binary itself runs
// without.
func checkGo(ctx context.Context) finding {
	f := finding{what: "Go", found: "this binary was built with " + runtime.Version()}
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		f.found += ", no go command on PATH"
		f.mend = "install Go from https://go.dev/dl to build the servers and run the tests"
		return f
	}
	f.found += ", on PATH is " + strings.TrimSpace(string(out))
	return f
}

func checkCores() finding {
	f := finding{what: "cores", found: fmt.Sprint(runtime.NumCPU())}
	if runtime.NumCPU() < wantCores {
		f.mend = fmt.Sprintf("use a machine with at least %d cores: on one, the load generator waits for what it measures", wantCores)
	}
	return f
}

func checkMemory(ctx context.Context) finding {
	f := finding{what: "memory"}
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		f.found, f.mend = err.Error(), "check by hand that 2 GiB are free"
		return f
	}
	f.found = gib(v.Available) + " available"
	if v.Available < wantMemory {
		f.mend = "close something: a run wants " + gib(wantMemory)
	}
	return f
}

// checkDisk looks where run folders go.
func checkDisk(ctx context.Context) finding {
	f := finding{what: "disk"}
	dir, err := filepath.Abs(".")
	if err == nil {
		err = writable(dir)
	}
	if err != nil {
		f.found, f.mend = err.Error(), "run from a folder that you can write to, or name one with --out"
		return f
	}
	u, err := disk.UsageWithContext(ctx, dir)
	if err != nil {
		f.found, f.mend = err.Error(), "check by hand that 2 GiB are free in "+dir
		return f
	}
	f.found = gib(u.Free) + " free in " + dir
	if u.Free < wantDisk {
		f.mend = "make room: a run wants " + gib(wantDisk)
	}
	return f
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".sagabench-doctor-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

func checkPorts() finding {
	f := finding{what: "loopback ports"}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.found, f.mend = err.Error(), "allow programs to listen on 127.0.0.1"
		return f
	}
	f.found = "can listen on " + l.Addr().String()
	l.Close()
	return f
}

func checkTemporal() finding {
	f := finding{what: "temporal server", found: temporalBinary()}
	if f.found == "" {
		f.found = "temporal-devserver is neither beside sagabench nor on PATH"
		f.mend = "run make in the project's folder; the first build takes 4 to 6 minutes"
	}
	return f
}

func gib(n uint64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
