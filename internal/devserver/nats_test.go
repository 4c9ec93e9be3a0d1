package devserver_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/durability"
)

// Messages that were acknowledged are there after SIGKILL, and the client that
// published them reconnects by itself.
func TestNATSSurvivesKill(t *testing.T) {
	ctx := t.Context()
	s := devservertest.NATS(t)
	nc, err := nats.Connect(s.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream := jetstream.StreamConfig{Name: "orders", Subjects: []string{"order.>"}, Storage: jetstream.FileStorage}
	if _, err := js.CreateStream(ctx, stream); err != nil {
		t.Fatal(err)
	}
	const published = 1000
	for range published {
		if _, err := js.Publish(ctx, "order.placed", []byte("o")); err != nil {
			t.Fatal(err)
		}
	}

	before, pid := s.Addr(), s.PID()
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if s.Addr() != before || s.PID() == pid {
		t.Fatalf("restarted at %s as %d, want %s and not %d", s.Addr(), s.PID(), before, pid)
	}
	wait, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := nc.FlushWithContext(wait); err != nil { // waits for the reconnect
		t.Fatal(err)
	}
	got, err := js.Stream(wait, "orders")
	if err != nil {
		t.Fatal(err)
	}
	if n := got.CachedInfo().State.Msgs; n != published {
		t.Fatalf("%d messages after the kill, want %d", n, published)
	}
}

// In memory nothing is left on disk when the server has ended.
func TestNATSInMemory(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	s, err := devserver.StartNATS(t.Context(), devservertest.NATSCommand(t), devserver.Config{Durability: durability.Memory})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

// A stream that can't be read back is not passed over: the folder is refused,
// with the place.
func TestNATSRefusesADamagedStream(t *testing.T) {
	config := devserver.Config{Dir: t.TempDir(), Durability: durability.Process}
	start := func() (*devserver.Server, error) {
		return devserver.StartNATS(t.Context(), devservertest.NATSCommand(t), config)
	}
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"orders", "whole"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}}); err != nil {
			t.Fatal(err)
		}
	}
	nc.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	streams := filepath.Join(config.Dir, "jetstream", "$G", "streams")
	if err := os.Mkdir(filepath.Join(streams, "never-made"), 0o755); err != nil {
		t.Fatal(err)
	}
	if s, err = start(); err != nil {
		t.Fatalf("refused although every stream is whole: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(filepath.Join(streams, "orders", "meta.inf"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = start(); err == nil {
		s.Close()
		t.Fatal("a damaged stream was passed over")
	}
	for _, want := range []string{"the stream in " + filepath.Join(streams, "orders") + " can't be read", "choose an empty folder"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error = %q, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), "[INF]") {
		t.Errorf("the reason drowns in %q", err)
	}
}
