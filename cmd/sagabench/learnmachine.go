package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/program"
)

// A machine is what exercises are checked on: servers in memory, which start when they
// are first used, and programs, each of which is built once.
type machine struct {
	life context.Context
	end  context.CancelFunc
	dir  string    // for all that is temporary
	errs io.Writer // where a build that takes long says so

	nats, temporal lazyServer

	mu    sync.Mutex
	built map[string]*building
}

// A building is a program that is built by whoever comes first.
type building struct {
	once sync.Once
	exe  string
	err  error
}

// newMachine returns a machine that ends with ctx, and must be closed.
func newMachine(ctx context.Context, errs io.Writer) (*machine, error) {
	dir, err := os.MkdirTemp("", "sagabench-learn-")
	if err != nil {
		return nil, fmt.Errorf("folder for what is temporary: %w\nlet TMPDIR name one that can be written to", err)
	}
	m := &machine{dir: dir, errs: errs, built: map[string]*building{}}
	m.nats.start, m.temporal.start = startNATS, startTemporal
	m.nats.name, m.temporal.name = natsServer.title, temporalServer.title
	m.life, m.end = context.WithCancel(ctx)
	return m, nil
}

// Close ends the servers and removes what is temporary.
func (m *machine) Close() error {
	m.end()
	// A server in memory has nothing to finish. Temporal takes a second for it.
	return errors.Join(m.nats.close((*devserver.Server).Close), m.temporal.close((*devserver.Server).Kill), os.RemoveAll(m.dir))
}

// NATS is for [workshop.Machine].
func (m *machine) NATS(ctx context.Context) (string, error) {
	return m.nats.address(ctx, m.life, (*devserver.Server).URL)
}

// Temporal is for [workshop.Machine].
func (m *machine) Temporal(ctx context.Context) (string, error) {
	return m.temporal.address(ctx, m.life, (*devserver.Server).Addr)
}

// Temp is for [workshop.Machine].
func (m *machine) Temp() (string, error) { return os.MkdirTemp(m.dir, "") }

// A lazyServer is started at its first use, and again when it has ended.
type lazyServer struct {
	name  string
	start func(context.Context, devserver.Config) (*devserver.Server, error)

	mu     sync.Mutex
	server *devserver.Server
}

// address starts the server for as long as life goes on.
func (s *lazyServer) address(ctx, life context.Context, of func(*devserver.Server) string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if s.server != nil {
		select {
		case <-s.server.Done():
		default:
			return of(s.server), nil
		}
	}
	server, err := s.start(life, devserver.Config{Durability: durability.Memory})
	if err != nil {
		return "", fmt.Errorf("exercises need a %s server: %w\n\"sagabench doctor\" looks for what this machine lacks", s.name, err)
	}
	s.server = server
	return of(server), nil
}

func (s *lazyServer) close(as func(*devserver.Server) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return nil
	}
	return as(s.server)
}

// A learnBench is a machine as one learner's exercise uses it: it knows which files are
// given.
type learnBench struct {
	*machine
	given func() (map[string][]byte, error)
	clock *time.Timer // of the check, which does not run while something is built; nil: none
}

// on is the machine for an exercise of a learner's.
func (m *machine) on(e workshop.Exercise, learner uint64) learnBench {
	return learnBench{m, sync.OnceValues(func() (map[string][]byte, error) { return e.Given(learner) }), nil}
}

// Build is for [workshop.Machine].
func (b learnBench) Build(ctx context.Context, dir, pkg string) (exe string, err error) {
	if b.clock != nil && b.clock.Stop() {
		defer b.clock.Reset(checkLimit)
	}
	key := filepath.Join(dir, pkg)
	b.mu.Lock()
	one := b.built[key]
	if one == nil {
		one = &building{}
		b.built[key] = one
	}
	b.mu.Unlock()
	one.once.Do(func() { one.exe, one.err = b.build(ctx, dir, pkg) })
	if one.err != nil && ctx.Err() == nil && errors.Is(one.err, context.Canceled) {
		b.mu.Lock()
		if b.built[key] == one {
			delete(b.built, key) // whoever came first was interrupted, and we were not
		}
		b.mu.Unlock()
		return b.Build(ctx, dir, pkg)
	}
	return one.exe, one.err
}

func (b learnBench) build(ctx context.Context, dir, pkg string) (string, error) {
	given, err := b.given()
	if err != nil {
		return "", err
	}
	out, err := b.Temp()
	if err != nil {
		return "", err
	}
	beat := time.AfterFunc(5*time.Second, func() { fmt.Fprintf(b.errs, "compiling %s: the first time takes a minute or two\n", pkg) })
	defer beat.Stop()
	exe := filepath.Join(out, filepath.Base(pkg)) // also of one that does not compile: its folder goes with it
	return exe, program.Build(ctx, dir, pkg, exe, given)
}

// forget lets all programs whose path begins so be built anew. None of them may run.
func (m *machine) forget(prefix string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, one := range m.built {
		if strings.HasPrefix(key, prefix) {
			delete(m.built, key)
			if one.exe != "" {
				os.RemoveAll(filepath.Dir(one.exe)) // a day of saves is many programs
			}
		}
	}
}
