// Package devserver runs a NATS server and a Temporal server as child
// processes: real servers, on 127.0.0.1, with their data in a folder of the
// caller's.
//
// A server does not outlive its parent, however the parent dies. It can be
// killed with SIGKILL and started again on its data and its port, so that
// clients reconnect as they would to a server that crashed. Nothing here is
// protected by a password; whoever can reach the loopback can use it.
//
//	durability survives     NATS                   Temporal on SQLite
//	memory     nothing      streams in memory      mode=memory
//	process    kill -9      file, synced lazily    WAL, synchronous=OFF
//	power      power loss   file, synced always    WAL, synchronous=FULL
//
// No order waits for a sync at durability process, on either side. NATS makes some all the
// same, in the background, every two minutes. On macOS those of durability power are full
// ones, which reach the disk and not only its cache: Go's always are, and SQLite's are
// asked to be.
//
// Where a stream lives is chosen by whoever creates it. At durability memory the
// choreography asks for memory storage; the server does not insist.
package devserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/sagabench/sagabench/internal/child"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

// stopWithin bounds a graceful stop. A server that takes longer is killed,
// which its data survives where the durability promises it.
const stopWithin = 10 * time.Second

// Config is how to start a server. At durability memory nothing else is required.
type Config struct {
	Dir        string // folder for the data, which must exist; unused at durability memory
	Durability durability.Level
	Port       int // on 127.0.0.1; 0 lets the system choose

	// Untuned starts Temporal with the settings of the official development
	// server instead of ours, at the same durability. NATS knows no such difference.
	Untuned bool

	Log io.Writer // of the server; nil discards it
}

func (c Config) validate() error {
	if err := c.Durability.Validate(); err != nil {
		return err
	}
	if c.Durability != durability.Memory {
		if info, err := os.Stat(c.Dir); err != nil {
			return fmt.Errorf("data folder: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("data folder %s is a file: name a folder", c.Dir)
		}
	}
	if c.Port < 0 || c.Port > 65535 {
		return fmt.Errorf("port %d is out of range: use 1 to 65535, or 0 to let the system choose", c.Port)
	}
	return nil
}

// args are understood by both servers' processes.
func (c Config) args() []string {
	args := []string{"--durability", c.Durability.String(), "--port", strconv.Itoa(c.Port)}
	if c.Durability != durability.Memory {
		args = append(args, "--dir", c.Dir)
	}
	if c.Untuned {
		return append(args, "--untuned")
	}
	return append(args, "--gc-percent", strconv.Itoa(command.GCPercent))
}

// A Server is a started server. Its methods may be called from any goroutine.
type Server struct {
	name   string // for errors: NATS or Temporal
	scheme string
	exe    []string

	life sync.Mutex // held by whoever starts or ends the process

	mu       sync.Mutex // held for a moment: a server that starts can be looked at
	config   Config     // with the port that the server got
	settings map[string]string
	proc     *child.Process
}

func start(ctx context.Context, s *Server, c Config) (*Server, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s server: %w", s.name, err)
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	s.config = c
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// launch starts the process and waits until it takes requests.
func (s *Server) launch(ctx context.Context) error {
	c := s.config // only changed here
	if err := portFree(c.Port); err != nil {
		return fmt.Errorf("%s server: %w", s.name, err)
	}
	var last Tail
	args := slices.Concat(s.exe[1:], c.args())
	proc, ready, err := child.Start(ctx, io.MultiWriter(c.Log, &last), nil, s.exe[0], args...)
	if err != nil {
		if output := last.String(); output != "" && ctx.Err() == nil {
			return fmt.Errorf("%s server did not start: %s", s.name, output)
		}
		return fmt.Errorf("%s server: %w", s.name, err)
	}
	at, settings, err := command.ParseReady(ready)
	if err != nil {
		return errors.Join(fmt.Errorf("%s server: %w", s.name, err), proc.Kill())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proc, s.config.Port, s.settings = proc, int(at.Port()), settings
	return nil
}

// portFree reports early, and in plain words, what the server would report late.
func portFree(port int) error {
	l, err := net.Listen("tcp", addr(port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d on 127.0.0.1 is in use: stop what listens there, or choose another port (0 lets the system choose)", port)
	}
	if err != nil {
		return err
	}
	return l.Close()
}

func addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Addr is where the server listens, as 127.0.0.1:port. It stays the same when
// the server is restarted.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addr(s.config.Port)
}

// URL is the address as a NATS client wants it; for Temporal it is [Server.Addr].
func (s *Server) URL() string { return s.scheme + s.Addr() }

// Settings are the server's own, as it read them back when it was ready. NATS reports
// sync_always and sync_interval; Temporal the pragmas of its database connection,
// history_shards, and by their own names the dynamic settings that tune it.
func (s *Server) Settings() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.settings)
}

// process is the present one.
func (s *Server) process() *child.Process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proc
}

// PID of the server's process, also when that has ended.
func (s *Server) PID() int { return s.process().PID() }

// Kill sends SIGKILL and waits for the end.
func (s *Server) Kill() error { return s.process().Kill() }

// Pause stops the server where it stands, with SIGSTOP, until Resume.
func (s *Server) Pause() error { return s.process().Pause() }

// Resume lets a server that was paused go on.
func (s *Server) Resume() error { return s.process().Resume() }

// Restart starts the server again on its data and its port, and returns when it
// takes requests. A server that still runs is killed first.
func (s *Server) Restart(ctx context.Context) error {
	s.life.Lock()
	defer s.life.Unlock()
	if err := s.Kill(); err != nil {
		return err
	}
	return s.launch(ctx)
}

// Done is closed when the server's process has ended, however it did.
func (s *Server) Done() <-chan struct{} { return s.process().Done() }

// Err is why the server's process has ended, when it has.
func (s *Server) Err() error { return s.process().Err() }

// Close asks the server to end, and kills it when it takes too long. The data
// stays. Closing a server that was killed does nothing.
func (s *Server) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	proc := s.process()
	select {
	case <-proc.Done():
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := proc.Stop(ctx); err != nil {
		return fmt.Errorf("stop %s server: %w", s.name, err)
	}
	return nil
}
