package devserver_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// A parent that is killed with SIGKILL can't clean up. Its servers end all the
// same.
func TestNoServerOutlivesItsParent(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"parent"}, devservertest.TemporalCommand(t)...)
	parent, pids, err := child.Start(ctx, os.Stderr, nil, exe, args...)
	if err != nil {
		t.Fatal(err)
	}
	var nats, temporal int32
	if _, err := fmt.Sscan(pids, &nats, &temporal); err != nil {
		t.Fatal(err)
	}
	if !alive(nats) || !alive(temporal) {
		t.Fatal("a server is not running before its parent is killed")
	}

	if err := parent.Kill(); err != nil {
		t.Fatal(err)
	}
	for alive(nats) || alive(temporal) {
		select {
		case <-ctx.Done():
			t.Fatalf("after the parent: NATS alive %v, Temporal alive %v", alive(nats), alive(temporal))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// alive is false for a zombie: it waits for somebody to read its exit status, and
// in a container there may be no one.
func alive(pid int32) bool {
	p, err := process.NewProcess(pid)
	if err != nil {
		return false
	}
	status, err := p.Status()
	return err == nil && len(status) > 0 && status[0] != process.Zombie
}
