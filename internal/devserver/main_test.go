package devserver_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/durability"
)

// TestMain makes the test binary its own NATS server, and the parent that
// TestNoServerOutlivesItsParent kills.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "parent" {
		if err := parent(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	devservertest.Main(m)
}

// parent starts both servers, prints their process ids and waits to be killed.
func parent(temporal []string) error {
	ctx, cancel := child.WithParent(context.Background())
	defer cancel()
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	n, err := devserver.StartNATS(ctx, []string{exe, "nats-server"}, devserver.Config{Durability: durability.Memory})
	if err != nil {
		return err
	}
	defer n.Close()
	t, err := devserver.StartTemporal(ctx, temporal, devserver.Config{Durability: durability.Memory})
	if err != nil {
		return err
	}
	defer t.Close()
	child.Ready("%d %d", n.PID(), t.PID())
	<-ctx.Done()
	return nil
}
