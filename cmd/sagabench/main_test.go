package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sagabench/sagabench/workshop"
)

// The test binary is also the program: the children that it starts are itself,
// and so is the sagabench of the transcripts.
func TestMain(m *testing.M) {
	if os.Getenv(toyVariable) != "" {
		exercises = []workshop.Exercise{toyExercise()}
	}
	if len(os.Args) > 1 && slices.Contains([]string{"bench", "devserver", "worker", "nats-server"}, os.Args[1]) {
		if os.Args[1] == "worker" {
			fillDisk()
		}
		main()
		return
	}
	// An external server of the developer's is not for these tests.
	for _, name := range []string{"NATS_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE"} {
		os.Unsetenv(name)
	}
	// The Temporal server is a separate program. It is built once, and
	// seconds are enough when it has been built before.
	dir, err := os.MkdirTemp("", "sagabench-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if inTranscript := filepath.Base(os.Args[0]) == "sagabench"; !inTranscript {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, "temporal-devserver"), "../temporal-devserver")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build temporal-devserver: %v\n%s", err, out)
			os.Exit(1)
		}
		os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	testscript.Main(cleaning{m, dir}, map[string]func(){"sagabench": main})
}

// cleaning removes what TestMain made when the tests are over.
type cleaning struct {
	*testing.M
	dir string
}

func (c cleaning) Run() int {
	defer os.RemoveAll(c.dir)
	return c.M.Run()
}

// The transcripts in testdata/script show every verb as a user sees it.
func TestTranscripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", os.Getenv("PATH"))
			// Learners' programs are built as quickly as everything else.
			caches, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
			if err != nil {
				return err
			}
			build, modules, _ := strings.Cut(strings.TrimSpace(string(caches)), "\n")
			e.Setenv("GOCACHE", build)
			e.Setenv("GOMODCACHE", modules)
			sample, err := filepath.Abs("../../reports/sample")
			e.Setenv("SAMPLE", sample)
			return err
		},
	})
}

// Bad input gets a line with what to do and exit code 2, and nothing is
// started: no folder appears.
func TestBadInput(t *testing.T) {
	taken := t.TempDir()
	if err := os.WriteFile(filepath.Join(taken, "letter.txt"), []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	badPlan := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(badPlan, []byte("name: bad\nscenarios:\n  - {name: a, rtae: 5, rate: 5, during: 1s}\n  - {name: b, kind: refusd, rate: 5, during: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept")
	for _, dir := range []string{kept + ".data", taken + ".data"} {
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "ledger.db"), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "run.json"), []byte(`{"schema":1,`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want []string // all on standard error
	}{
		{"bnech", []string{`unknown command "bnech"`, `did you mean "bench"?`}},
		{"bench now", []string{`takes no argument, got "now"`}},
		{"bench --rtae 5/s", []string{"unknown flag: --rtae", `did you mean "--rate"?`}},
		{"bench --plan quikc", []string{`unknown plan "quikc"`, `did you mean "quick"?`}},
		{"bench --plan " + badPlan, []string{badPlan + ":3:", `no key "rtae"; did you mean "rate"?`, badPlan + ":4:", `did you mean "refused"?`}},
		{"bench --plan nowhere.yaml", []string{"nowhere.yaml: there is no such plan file"}},
		{"bench --plan smoke --style baseline --style baseline", []string{"baseline comes twice"}},
		{"plan lsit", []string{`unknown command "lsit"`, `did you mean "list"?`}},
		{"plan show", []string{"takes one plan"}},
		{"plan show quikc", []string{`did you mean "quick"?`}},
		{"plan validate " + badPlan, []string{badPlan + ":3:", badPlan + ":4:"}},
		{"plan validate /dev/zero", []string{"/dev/zero: not a file"}},
		{"bench --plan quick --rate 5/s", []string{"--plan defines what is offered"}},
		{"bench --style choreografy", []string{`unknown style "choreografy"`, `did you mean "choreography"?`}},
		{"bench --rate -5/s", []string{"--rate -5/s", "above 0"}},
		{"bench --rate many", []string{"--rate many", "such as 20/s"}},
		{"bench --rate NaN", []string{"--rate NaN"}},
		{"bench --rate Inf", []string{"rate +Inf/s", "at most"}},
		{"bench --duration 0s", []string{"duration 0s", "above 0"}},
		{"bench --duration soon", []string{"duration"}},
		{"bench --durability disk", []string{`unknown durability "disk"`}},
		{"bench --seed -1", []string{"seed"}},
		{"bench --output yaml", []string{`unknown output "yaml"`}},
		{"bench --fault restaurant.confrim:refuse@20%", []string{"confrim", `did you mean "confirm"?`}},
		{"bench --fault restaurant.confirm:refuse@120%", []string{"120%", "up to 100%"}},
		{"bench --fault notification.mail:refuse@5%", []string{"notification.mail", "can't be refused"}},
		{"bench --fault restaurant:outage@1s+10s", []string{"outage", "10s"}},
		{"bench --fault worker:kill@9500ms", []string{"worker:kill@9.5s is over after 10.5s"}},
		{"bench --fault worker:kill@3s --style baseline", []string{"the baseline has no process of its own"}},
		{"bench --fault worker:pause@3s+1s --durability memory", []string{"what is in memory dies with its process"}},
		{"bench --fault server:kill@3s --nats nats://127.0.0.1:1", []string{"--nats: custom: server:kill@3s: an external server is not killed or paused; leave out --nats, or the fault"}},
		{"bench --fault server:pause@3s+1s --temporal 127.0.0.1:1 --style orchestration", []string{"--temporal: custom: server:pause@3s+1s"}},
		{"bench --fault nonsense", []string{"nonsense", "such as restaurant.confirm:refuse@20%"}},
		{"bench --fault a.b:refuse@1% --rate 0 --style x", []string{`"a"`, "--rate 0", `"x"`}},
		{"bench --plan smoke --out " + taken, []string{taken, "holds something else"}},
		{"bench --plan smoke --out " + kept, []string{kept + ".data", "holds something else"}},
		{"bench --plan smoke --out " + filepath.Join(taken, "letter.txt"), []string{"letter.txt", "is a file"}},
		{"order", []string{"--style is missing"}},
		{"order --style choreography --id a.b", []string{`--id "a.b"`, "letters, digits"}},
		{"order --style choreography --temporal 127.0.0.1:1", []string{"--temporal is for --style orchestration"}},
		{"order --style orchestration --nats nats://127.0.0.1:1", []string{"--nats is for --style choreography"}},
		{"order --style baseline --timeout 0s", []string{"--timeout 0s"}},
		{"order --style choreography --otlp-endpoint 127.0.0.1:4318", []string{"--otlp-endpoint: ", "such as http://127.0.0.1:4318"}},
		{"order --style choreography --otlp-endpoint grpc://127.0.0.1:4317", []string{`--otlp-endpoint: its scheme is "grpc"`}},
		{"order --style choreography --otlp-endpoint http://:4318", []string{"--otlp-endpoint: names no host"}},
		{"order --style choreography --otlp-endpoint http://127.0.0.1:99999", []string{"port 99999 is out of range"}},
		{"order --style choreography --otlp-endpoint http://u:secret@127.0.0.1:4318", []string{"holds credentials", "OTEL_EXPORTER_OTLP_HEADERS"}},
		{"order --style choreography --otlp-endpoint https://traces.example.com", []string{"--otlp-endpoint: traces.example.com is not this machine by its name", "--allow-remote"}},
		{"order --style baseline --otlp-endpoint http://127.0.0.1:4318", []string{"--otlp-endpoint is for --style choreography or orchestration"}},
		{"bench --style choreography --rate 0 --otlp-endpoint http://10.0.0.1:4318", []string{"10.0.0.1 is not this machine", "--rate 0"}},
		{"report", []string{"report takes one run folder"}},
		{"report " + taken, []string{taken, "not a run folder"}},
		{"report " + damaged, []string{damaged, "damaged"}},
		{"report " + filepath.Join(taken, "nothing"), []string{"not a run folder"}},
		{"compare", []string{"two run folders, got 0"}},
		{"compare " + damaged + " " + taken, []string{damaged, "damaged", taken, "not a run folder"}},
		{"check", []string{"check takes one run folder"}},
		{"check " + taken + " --threshold baseline.setled.p50<5 -o xml", []string{"not a run folder", `did you mean "settled"?`, "with its unit", `unknown output "xml"`}},
		{"check " + damaged + " --threshold violations==0", []string{damaged, "damaged"}},
		{"devserver", []string{"one of nats, temporal or all"}},
		{"devserver nast", []string{`got "nast"`, `did you mean "nats"?`}},
		{"devserver all --nats-port 7233", []string{"--nats-port and --temporal-port are both 7233"}},
		{"devserver nats --nats-port 70000 --durability proces", []string{"--nats-port 70000", `unknown durability "proces"; did you mean "process"?; want memory, process or power`}},
		{"devserver nats --temporal-port 7000", []string{"--temporal-port has no effect on devserver nats"}},
		{"devserver temporal --nats-port 7000", []string{"--nats-port has no effect on devserver temporal"}},
	} {
		before := entries(t)
		var out, errs strings.Builder
		code := execute(t.Context(), strings.Fields(c.args), &out, &errs)
		if code != exitUsage {
			t.Errorf("sagabench %s: exit %d, want %d", c.args, code, exitUsage)
		}
		if out.Len() > 0 {
			t.Errorf("sagabench %s: printed on standard output: %s", c.args, &out)
		}
		for _, want := range c.want {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("sagabench %s: printed\n%swant %q in it", c.args, &errs, want)
			}
		}
		if after := entries(t); after != before {
			t.Errorf("sagabench %s: left behind: was %s, is %s", c.args, before, after)
		}
	}
	for _, dir := range []string{kept + ".data", taken + ".data"} {
		if _, err := os.Stat(filepath.Join(dir, "ledger.db")); err != nil {
			t.Errorf("a refused run took the data of another one along: %v", err)
		}
	}
}

// Each verb that can print JSON names that when it is asked for something else.
func TestUnknownOutput(t *testing.T) {
	for _, verb := range newRoot().Commands() {
		if verb.Flags().Lookup("output") == nil {
			continue
		}
		var args []string
		for i, word := range strings.Fields(verb.Use) {
			if i == 0 {
				word = verb.Name()
			}
			if !strings.HasPrefix(word, "[") {
				args = append(args, word)
			}
		}
		var out, errs strings.Builder
		code := execute(t.Context(), append(args, "-o", "xml"), &out, &errs)
		if want := regexp.MustCompile(`unknown output "xml"; want text(, \w+)* or json`); code != exitUsage || !want.MatchString(errs.String()) {
			t.Errorf("sagabench %v -o xml: exit %d, %s, want %s", args, code, &errs, want)
		}
	}
}

// What a run needs and is not there ends it before anything is started.
func TestNoTemporal(t *testing.T) {
	t.Setenv("PATH", "")
	dir := filepath.Join(t.TempDir(), "run")
	var out, errs strings.Builder
	code := execute(t.Context(), []string{"bench", "--rate", "5/s", "--duration", "1s", "--out", dir}, &out, &errs)
	if code != exitError || !strings.HasPrefix(errs.String(), "sagabench: temporal-devserver is neither beside this program nor on PATH") {
		t.Errorf("exit %d: %s", code, &errs)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left a folder behind: %v", err)
	}
}

// entries lists the folder that the tests run in, reports included.
func entries(t *testing.T) string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*", "reports/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return strings.Join(names, " ")
}

// A flag can come from the environment; what is typed wins; what is bad there is
// a usage error that names the variable.
func TestEnvironment(t *testing.T) {
	t.Setenv("SAGABENCH_STYLE", "kafka")
	t.Setenv("SAGABENCH_DURATION", "soon")
	var out, errs strings.Builder
	if code := execute(t.Context(), []string{"bench"}, &out, &errs); code != exitUsage || !strings.Contains(errs.String(), "SAGABENCH_DURATION=soon") {
		t.Errorf("exit %d: %s", code, &errs)
	}
	errs.Reset()
	if code := execute(t.Context(), []string{"bench", "--duration", "0s"}, &out, &errs); code != exitUsage || !strings.Contains(errs.String(), `unknown style "kafka"`) {
		t.Errorf("exit %d: %s", code, &errs)
	}
}

// Runs that begin in the same second get folders of their own, and a dangling
// link counts as something.
func TestFreePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "20260102T030405Z-quick")
	for n, want := range []string{path, path + "-2", path + "-3"} {
		got := freePath(path)
		if got != want {
			t.Fatalf("folder %d is %s, want %s", n+1, got, want)
		}
		if n == 1 {
			if err := os.Symlink("nowhere", got); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Mkdir(got, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
