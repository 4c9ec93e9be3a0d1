package devserver_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/internal/devserver"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/internal/durability"
)

// What can't work is refused with one line that includes what to do.
func TestRefusals(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port

	for _, test := range []struct {
		name  string
		files map[string]string // in the data folder
		set   func(*devserver.Config)
		want  []string
	}{
		{"unknown durability", nil, func(c *devserver.Config) { c.Durability = "cloud" }, []string{`"cloud"`, "want memory, process or power"}},
		{"no such port", nil, func(c *devserver.Config) { c.Port = 65536 }, []string{"65536", "out of range"}},
		{"port in use", nil, func(c *devserver.Config) { c.Port = taken }, []string{"in use", "choose another port"}},
		{"no folder", nil, func(c *devserver.Config) { c.Dir = filepath.Join(c.Dir, "none") }, []string{"none", "no such file"}},
		{"folder is a file", map[string]string{"f": ""}, func(c *devserver.Config) { c.Dir = filepath.Join(c.Dir, "f") }, []string{"is a file", "name a folder"}},
		{"foreign file", map[string]string{"temporal.db": "hello"}, nil, []string{"temporal.db", "made by another program", "choose an empty folder"}},
		{"other version", map[string]string{"temporal.db": "hello", "temporal.version": "1.0.0"}, nil, []string{"1.0.0", "choose an empty folder"}},
		{"damaged file", map[string]string{"temporal.db": strings.Repeat("hello", 1000), "temporal.version": version}, nil, []string{"temporal.db", "can't be read", "choose an empty folder"}},
		{"empty file", map[string]string{"temporal.db": "", "temporal.version": version}, nil, []string{"temporal.db", "no tables"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := devserver.Config{Dir: t.TempDir(), Durability: durability.Process}
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(config.Dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if test.set != nil {
				test.set(&config)
			}
			s, err := devserver.StartTemporal(t.Context(), devservertest.TemporalCommand(t), config)
			if err == nil {
				s.Close()
				t.Fatal("started")
			}
			checkRefusal(t, err, test.want...)
		})
	}
}

// version of the Temporal server, as it is written beside its data.
const version = "1.32.1"

func TestFolderInUse(t *testing.T) {
	for name, start := range map[string]func(devserver.Config) (*devserver.Server, error){
		"NATS": func(c devserver.Config) (*devserver.Server, error) {
			return devserver.StartNATS(t.Context(), devservertest.NATSCommand(t), c)
		},
		"Temporal": func(c devserver.Config) (*devserver.Server, error) {
			return devserver.StartTemporal(t.Context(), devservertest.TemporalCommand(t), c)
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := devserver.Config{Dir: t.TempDir(), Durability: durability.Process}
			first, err := start(config)
			if err != nil {
				t.Fatal(err)
			}
			defer first.Close()
			second, err := start(config)
			if err == nil {
				second.Close()
				t.Fatal("two servers share a folder")
			}
			checkRefusal(t, err, config.Dir, "in use by another server")

			// A server that was killed leaves no lock behind.
			if err := first.Kill(); err != nil {
				t.Fatal(err)
			}
			third, err := start(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := third.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func checkRefusal(t *testing.T, err error, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error = %q, want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error has more than one line: %q", err)
	}
}
