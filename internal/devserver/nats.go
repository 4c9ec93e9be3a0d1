package devserver

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/logger"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	// storageLimit of JetStream in memory and on disk. The server's own limits
	// follow the size of the machine; disk and memory are the only ones here.
	storageLimit = 1 << 40

	// natsStartWithin bounds what a server may take to read back its streams.
	natsStartWithin = time.Minute
)

// StartNATS starts a NATS server with JetStream. exe is a command whose process
// calls [ServeNATS] with the arguments that follow it.
func StartNATS(ctx context.Context, exe []string, c Config) (*Server, error) {
	c.Untuned = false
	return start(ctx, &Server{name: "NATS", scheme: "nats://", exe: exe}, c)
}

// ServeNATS is the server's side of [StartNATS]: it prints the ready line and
// runs until ctx ends or the parent is gone.
func ServeNATS(ctx context.Context, args []string) error {
	opts, err := natsOptions(args)
	if err != nil {
		return err
	}
	if opts.StoreDir == "" {
		// JetStream keeps some state in files even when no stream does.
		if opts.StoreDir, err = os.MkdirTemp("", "sagabench-nats-"); err != nil {
			return err
		}
		defer os.RemoveAll(opts.StoreDir)
	}
	claim, err := command.Lock(opts.StoreDir)
	if err != nil {
		return err
	}
	defer claim.Close()
	ctx, cancel := child.WithParent(ctx)
	defer cancel()

	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.SetLogger(logger.NewStdLogger(true, false, false, false, false), false, false)
	go s.Start()
	if err := natsReady(ctx, s); err != nil {
		return err
	}
	if err := natsWhole(s, opts.StoreDir); err != nil {
		s.Shutdown()
		return err
	}
	store := s.JetStreamConfig()
	if err := command.Ready(addr(s.Addr().(*net.TCPAddr).Port), map[string]string{
		"sync_always": strconv.FormatBool(store.SyncAlways), "sync_interval": store.SyncInterval.String(),
	}); err != nil {
		return err
	}
	<-ctx.Done()

	stopped := make(chan struct{})
	go func() {
		s.Shutdown()
		s.WaitForShutdown()
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-time.After(stopWithin):
		return fmt.Errorf("not stopped after %v", stopWithin)
	}
}

// natsReady waits until the streams are read back and the port is open. An
// orphan does not wait for that.
func natsReady(ctx context.Context, s *server.Server) error {
	ready := make(chan bool, 1)
	go func() { ready <- s.ReadyForConnections(natsStartWithin) }()
	select {
	case ok := <-ready:
		if !ok {
			return fmt.Errorf("not ready after %v", natsStartWithin)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// natsWhole refuses a folder with a stream in it that the server could not read
// back: it would serve the others, with a warning in its log. A stream without a
// meta file was never made: the server died before it had answered.
func natsWhole(s *server.Server, dir string) error {
	made, err := filepath.Glob(filepath.Join(dir, server.JetStreamStoreDir, "*", "streams", "*", server.JetStreamMetaFile))
	if err != nil {
		return err
	}
	info, err := s.Jsz(&server.JSzOptions{Accounts: true, Streams: true})
	if err != nil {
		return err
	}
	served := map[string]bool{}
	for _, account := range info.AccountDetails {
		for _, stream := range account.Streams {
			served[stream.Name] = true
		}
	}
	for _, meta := range made {
		if folder := filepath.Dir(meta); !served[filepath.Base(folder)] {
			return fmt.Errorf("the stream in %s can't be read; choose an empty folder, or remove this one to do without the stream", folder)
		}
	}
	return nil
}

func natsOptions(args []string) (*server.Options, error) {
	s, err := command.Parse("nats-server", args)
	if err != nil {
		return nil, fmt.Errorf("nats-server: %w", err)
	}
	debug.SetGCPercent(s.GCPercent)
	return &server.Options{
		ServerName:         "sagabench",
		Host:               "127.0.0.1",
		Port:               cmp.Or(s.Port, server.RANDOM_PORT),
		NoSigs:             true, // the parent decides when the server stops
		JetStream:          true,
		StoreDir:           s.Dir,
		JetStreamMaxMemory: storageLimit,
		JetStreamMaxStore:  storageLimit,
		SyncAlways:         s.Durability == durability.Power,
	}, nil
}
