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

// A probe looks at one thing, and says how to fix it; "" when all is well.
type probe struct {
	what string
	look func(context.Context) (found, fix string)
}

var probes = []probe{
	{"system", checkSystem}, {"Go", checkGo}, {"cores", checkCores}, {"memory", checkMemory}, {"disk", checkDisk},
	{"loopback ports", checkPorts}, {"temporal server", checkTemporal},
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and say how to fix what is wrong",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			bad := 0
			for _, p := range probes {
				found, fix := p.look(c.Context())
				if fix == "" {
					fmt.Fprintf(c.OutOrStdout(), "ok   %-16s %s\n", p.what, found)
					continue
				}
				bad++
				fmt.Fprintf(c.OutOrStdout(), "BAD  %-16s %s\n     %-16s → %s\n", p.what, found, "", fix)
			}
			if bad > 0 {
				return fmt.Errorf("%d of the checks failed; the lines above say how to fix them", bad)
			}
			fmt.Fprintln(c.OutOrStdout(), "all is well; try: sagabench order --style choreography")
			return nil
		},
	}
}

// checkSystem never stops anyone: what is not run by us may well work.
func checkSystem(context.Context) (found, fix string) {
	return support(runtime.GOOS, runtime.GOARCH), ""
}

// support says what is known of a system. On Windows the program runs in WSL,
// where it is a Linux program.
func support(goos, goarch string) string {
	system := goos + "/" + goarch
	switch {
	case goos == "darwin":
		return system + ": built, not run by us"
	case system == "linux/amd64":
		return system + ": tested"
	case goos == "linux":
		return system + ": tested on linux/amd64 only"
	}
	return system + ": neither built nor run by us"
}

// checkGo looks for a Go that can build the project; the binary itself runs
// without.
func checkGo(ctx context.Context) (found, fix string) {
	found = "this binary was built with " + runtime.Version()
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return found + ", no go command on PATH", "install Go from https://go.dev/dl to build the servers and run the tests"
	}
	return found + ", on PATH is " + strings.TrimSpace(string(out)), ""
}

func checkCores(context.Context) (found, fix string) {
	if runtime.NumCPU() < wantCores {
		fix = fmt.Sprintf("use a machine with at least %d cores: on one, the load generator waits for what it measures", wantCores)
	}
	return fmt.Sprint(runtime.NumCPU()), fix
}

func checkMemory(ctx context.Context) (found, fix string) {
	v, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return err.Error(), "check by hand that 2 GiB are free"
	}
	if v.Available < wantMemory {
		fix = "close something: a run wants " + gib(wantMemory)
	}
	return gib(v.Available) + " available", fix
}

// checkDisk looks where run folders go.
func checkDisk(ctx context.Context) (found, fix string) {
	dir, err := filepath.Abs(".")
	if err == nil {
		err = writable(dir)
	}
	if err != nil {
		return err.Error(), "run from a folder that you can write to, or name one with --out"
	}
	u, err := disk.UsageWithContext(ctx, dir)
	if err != nil {
		return err.Error(), "check by hand that 2 GiB are free in " + dir
	}
	if u.Free < wantDisk {
		fix = "make room: a run wants " + gib(wantDisk)
	}
	return gib(u.Free) + " free in " + dir, fix
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".sagabench-doctor-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

func checkPorts(context.Context) (found, fix string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err.Error(), "allow programs to listen on 127.0.0.1"
	}
	defer l.Close()
	return "can listen on " + l.Addr().String(), ""
}

func checkTemporal(context.Context) (found, fix string) {
	if found = temporalBinary(); found == "" {
		return "temporal-devserver is neither beside sagabench nor on PATH", "run make in the project's folder; the first build takes 4 to 6 minutes"
	}
	return found, ""
}

func gib(n uint64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
