// Package devservertest gives tests real servers that end with the test.
package devservertest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
)

// verb makes a test binary its own NATS server; see [Main].
const verb = "nats-server"

// Main runs the tests of a package that calls [NATS]. Its test binary is also
// the server's process, so TestMain must come here:
//
//	func TestMain(m *testing.M) { devservertest.Main(m) }
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == verb {
		if err := devserver.ServeNATS(context.Background(), os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// NATSCommand is the command that [devserver.StartNATS] wants, in a test binary
// whose TestMain calls [Main].
func NATSCommand(tb testing.TB) []string {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return []string{exe, verb}
}

// NATS starts a server at durability process. It is stopped when the test ends.
func NATS(tb testing.TB) *devserver.Server {
	tb.Helper()
	return start(tb, "NATS", devserver.StartNATS, NATSCommand(tb))
}

// start starts a server, and shows the end of its log when the test has failed.
func start(tb testing.TB, name string, as starter, exe []string) *devserver.Server {
	tb.Helper()
	var log devserver.Tail // written until the server has ended, which is before it is read
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("end of the %s server's log:\n%s", name, &log)
		}
	})
	s, err := as(tb.Context(), exe, devserver.Config{Dir: tb.TempDir(), Durability: durability.Process, Log: &log})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

type starter func(ctx context.Context, exe []string, c devserver.Config) (*devserver.Server, error)

// Temporal starts a tuned server at durability process. It is stopped when the test
// ends. The binary is built when it is not found, at most once per test process.
func Temporal(tb testing.TB) *devserver.Server {
	tb.Helper()
	return start(tb, "Temporal", devserver.StartTemporal, TemporalCommand(tb))
}

// TemporalCommand is the command that [devserver.StartTemporal] wants.
func TemporalCommand(tb testing.TB) []string {
	tb.Helper()
	exe, err := findTemporal()
	if err != nil {
		tb.Fatal(err)
	}
	return []string{exe}
}

var findTemporal = sync.OnceValues(func() (string, error) {
	return devserver.FindTemporal(context.Background(), os.Stderr)
})
