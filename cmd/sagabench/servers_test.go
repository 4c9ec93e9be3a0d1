package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/pflag"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// Runs on external servers. The first one keeps its streams;
// two more run at the same time, with the same orders, and leave everything as
// it was that isn't theirs.
func TestRunsOnOneServerAreIsolated(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	js := jetStream(t, at["nats"])
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "food-r", Subjects: []string{"somebody.elses"}}); err != nil {
		t.Fatal(err)
	}
	first := benchOn(t, at, "--keep")
	kept := streams(t, js)
	if !slices.ContainsFunc(kept, func(s stream) bool { return s.Name == "food-"+first.RunID+"-custom-choreography-1" && s.State.Msgs > 0 }) {
		t.Fatalf("run %s was to keep its streams; there are %v", first.RunID, kept)
	}

	var second, third measure.Results
	var both sync.WaitGroup
	both.Go(func() { second = benchOn(t, at) })
	both.Go(func() { third = benchOn(t, at) })
	both.Wait()
	if diff := cmp.Diff(kept, streams(t, js)); diff != "" {
		t.Errorf("later runs changed the streams (-before +after):\n%s", diff)
	}

	orders := 0
	for _, r := range []measure.Results{first, second, third} {
		for _, c := range r.Cells {
			if c.Style == record.Orchestration {
				orders += c.Orders.Accepted + c.Orders.Warmup
			}
		}
	}
	if all, open := workflows(t, at["temporal"]); all != orders || open != 0 {
		t.Errorf("%d workflows, %d of them open; %d orders were placed", all, open, orders)
	}
}

// A ceiling is measured on external servers too, and leaves nothing there
// but closed workflows.
func TestCeilingsOnExternalServers(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	js := jetStream(t, at["nats"])
	plan := filepath.Join(t.TempDir(), "tops.yaml")
	text := `name: tops
scenarios:
  - {name: calm, rate: 10, during: 1s}
  - {name: top, kind: ceiling, in_flight: 8, warmup: 100ms, during: 500ms}
`
	if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	var out, errs strings.Builder
	args := []string{"bench", "--nats", at["nats"], "--temporal", at["temporal"], "--out", dir, "--plan", plan}
	if code := execute(t.Context(), args, &out, &errs); code != exitOK {
		t.Fatalf("exit %d\n%s%s", code, &out, &errs)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Run.Ceilings) != 2 {
		t.Errorf("ceilings are %+v, want one for each style", f.Run.Ceilings)
	}
	for _, c := range f.Run.Ceilings {
		if _, measured := c.CPU["server"]; c.PerSecond <= 0 || measured {
			t.Errorf("ceiling %+v: want a rate, and nothing of a server that is not ours", c)
		}
	}
	if left := streams(t, js); len(left) > 0 {
		t.Errorf("streams %v are left", left)
	}
	if all, open := workflows(t, at["temporal"]); all < 10+8 || open != 0 {
		t.Errorf("%d workflows, %d of them open; want those of the ceiling too, all closed", all, open)
	}
}

// What can't be known of an external server is not guessed: it is null
// in the numbers, with a reason, and unknown in the parity table.
func TestNothingIsGuessedOfExternalServers(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	r := benchOn(t, at)
	for _, c := range r.Cells {
		for name, v := range map[string]measure.Num{
			"server_cpu_ms_per_order": c.Cost.ServerCPU, "server_rss_mb": c.Cost.ServerRSS, "disk_bytes_per_order": c.Cost.Disk,
		} {
			if v.OK() || !strings.Contains(c.Cost.Reasons[name], "external server") {
				t.Errorf("%s: %s is %v because %q; want null, because the server is external", c.ID, name, v, c.Cost.Reasons[name])
			}
		}
		if _, guessed := c.Cost.Busy["server"]; guessed || len(c.Cost.Busy) != 2 {
			t.Errorf("%s: busy are %v, want worker and harness", c.ID, c.Cost.Busy)
		}
	}
	const marked = "process, as declared, not verified"
	if p := r.Parity["durability of an accepted order"]; r.Durability != marked || p.Values[record.Choreography] != marked || p.Values[record.Orchestration] != marked || p.Equal {
		t.Errorf("durability is %q and in parity %+v", r.Durability, p)
	}
	for _, setting := range []string{"syncs to keep that", "server tuning", "server's process"} {
		if p := r.Parity[setting]; p.Values[record.Choreography] != "unknown" || p.Values[record.Orchestration] != "unknown" || p.Equal {
			t.Errorf("parity of %q is %+v", setting, p)
		}
	}
	for _, server := range []string{"nats-server", "temporal-server"} {
		if !strings.HasSuffix(r.Versions[server], " (external server)") {
			t.Errorf("version of %s is %q", server, r.Versions[server])
		}
	}
	for _, part := range []string{"--nats " + at["nats"], "--temporal " + at["temporal"], "--namespace default"} {
		if !strings.Contains(r.Command, part) {
			t.Errorf("the command %q lacks %q", r.Command, part)
		}
	}
}

// A password is for the server alone.
func TestCredentialsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const secret = "pepper-corn"
	s, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, JetStream: true, StoreDir: t.TempDir(), Username: "cook", Password: secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("no NATS server")
	}
	host := s.Addr().String()
	dir := filepath.Join(t.TempDir(), "run")
	var out, errs strings.Builder
	args := []string{"bench", "--style", record.Choreography, "--rate", "10/s", "--duration", "1s", "--out", dir, "--nats", "nats://cook:" + secret + "@" + host}
	if code := execute(t.Context(), args, &out, &errs); code != exitOK {
		t.Fatalf("exit %d\n%s%s", code, &out, &errs)
	}
	printed := out.String() + errs.String()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		printed += string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"nats://cook:pepper-mill@" + host, "nats://cook:pepper-mill@127.0.0.1:99999", "http://cook:pepper-mill@127.0.0.1", "nats://cook:pepper-mill@[::1"} {
		var out, errs strings.Builder
		if code := execute(t.Context(), []string{"order", "--style", record.Choreography, "--nats", wrong}, &out, &errs); code == exitOK {
			t.Errorf("--nats %s was taken", wrong)
		}
		printed += out.String() + errs.String()
	}
	if strings.Contains(printed, "pepper") || strings.Contains(printed, "cook:") {
		t.Error("credentials were printed, or written into the run folder")
	}
	if !strings.Contains(printed, "--nats nats://"+host) {
		t.Error("the command to reproduce does not name the server")
	}
}

// No server there: a line for each that names it, and no run.
func TestExternalServersOutOfReach(t *testing.T) {
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("no NATS server")
	}
	for _, c := range []struct {
		args string
		want []string // the lines hold these
	}{
		{"bench --plan smoke --nats nats://127.0.0.1:1 --temporal 127.0.0.1:2", []string{"no NATS server takes connections at nats://127.0.0.1:1", "no Temporal server takes requests at 127.0.0.1:2"}},
		{"bench --plan smoke --nats nats://" + s.Addr().String(), []string{"has no JetStream"}},
		{"order --style orchestration --temporal 127.0.0.1:2", []string{"no Temporal server takes requests at 127.0.0.1:2"}},
	} {
		before := entries(t)
		var out, errs strings.Builder
		if code := execute(t.Context(), strings.Fields(c.args), &out, &errs); code != exitError || strings.Count(errs.String(), "\n") != len(c.want) {
			t.Errorf("sagabench %s: exit %d, want 1 and %d lines:\n%s", c.args, code, len(c.want), &errs)
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
}

// All that is wrong with the flags is reported before anything is asked of a server.
func TestBadServers(t *testing.T) {
	for args, want := range map[string][]string{
		"--nats http://127.0.0.1":                        {`--nats: its scheme is "http"`},
		"--nats nats://":                                 {"--nats: names no host"},
		"--nats nats://127.0.0.1:0":                      {"port 0 is out of range"},
		"--nats nats://127.0.0.1:4222/orders":            {"goes on behind the port"},
		"--nats nats://127.0.0.1,nats://example.com":     {"example.com is not this machine", "--allow-remote"},
		"--nats 10.0.0.1:4222":                           {"10.0.0.1 is not this machine"},
		"--temporal 127.0.0.1":                           {"--temporal: want HOST:PORT"},
		"--temporal http://127.0.0.1:7233":               {"without a scheme"},
		"--temporal 127.0.0.1:70000":                     {"--temporal: want HOST:PORT"},
		"--temporal temporal:7233":                       {"temporal is not this machine", "--allow-remote"},
		"--namespace food":                               {"--namespace goes with --temporal"},
		"--temporal 127.0.0.1:7233 --namespace=":         {`--namespace ""`},
		"--style baseline --nats nats://127.0.0.1":       {"--nats is for --style choreography"},
		"--style choreography --temporal 127.0.0.1:7233": {"--temporal is for --style orchestration"},
		"--nats ftp://x --temporal y --rate 0":           {"--nats", "--temporal", "--rate 0"},
	} {
		var out, errs strings.Builder
		if code := execute(t.Context(), append([]string{"bench"}, strings.Fields(args)...), &out, &errs); code != exitUsage {
			t.Errorf("sagabench bench %s: exit %d, want %d", args, code, exitUsage)
		}
		for _, w := range want {
			if !strings.Contains(errs.String(), w) {
				t.Errorf("sagabench bench %s: printed\n%swant %q in it", args, &errs, w)
			}
		}
	}
}

// What is typed wins over SAGABENCH_…, that over the variables of the official
// clients, and those over what is built in. An empty flag starts a server.
func TestWhereServersComeFrom(t *testing.T) {
	const typed, ours, native = "nats://127.0.0.1:1", "nats://127.0.0.1:2", "nats://127.0.0.1:3"
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want endpoints
	}{
		{"nothing", nil, nil, endpoints{}},
		{"typed", []string{"--nats", typed}, map[string]string{"SAGABENCH_NATS": ours, "NATS_URL": native}, endpoints{"nats": {Address: typed}}},
		{"ours", nil, map[string]string{"SAGABENCH_NATS": ours, "NATS_URL": native}, endpoints{"nats": {Address: ours}}},
		{"native", nil, map[string]string{"NATS_URL": native}, endpoints{"nats": {Address: native}}},
		{"typed away", []string{"--nats="}, map[string]string{"NATS_URL": native}, endpoints{}},
		{"native Temporal", nil, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:4", "TEMPORAL_NAMESPACE": "food"}, endpoints{"temporal": {Address: "127.0.0.1:4", Namespace: "food"}}},
		{"typed namespace", []string{"--namespace", "snacks"}, map[string]string{"TEMPORAL_ADDRESS": "127.0.0.1:4", "TEMPORAL_NAMESPACE": "food"}, endpoints{"temporal": {Address: "127.0.0.1:4", Namespace: "snacks"}}},
		{"namespace of another's", nil, map[string]string{"TEMPORAL_NAMESPACE": "food"}, endpoints{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			var s serverFlags
			flags := pflag.NewFlagSet("bench", pflag.ContinueOnError)
			s.register(flags)
			if err := flags.Parse(c.args); err != nil {
				t.Fatal(err)
			}
			if err := fromEnvironment(flags); err != nil {
				t.Fatal(err)
			}
			if err := s.validate(styleNames()); err != nil {
				t.Fatal(err)
			}
			if got := s.endpoints(); !maps.Equal(got, c.want) {
				t.Errorf("endpoints are %+v, want %+v", got, c.want)
			}
		})
	}
	// The environment is there for other programs too: what no style of this run
	// uses is no mistake, and what is wrong in it is called by its name.
	t.Setenv("NATS_URL", "nats://example.com")
	var s serverFlags
	flags := pflag.NewFlagSet("order", pflag.ContinueOnError)
	s.register(flags)
	if err := fromEnvironment(flags); err != nil {
		t.Fatal(err)
	}
	if err := s.validate([]string{record.Choreography}); err == nil || !strings.Contains(err.Error(), "NATS_URL: example.com is not this machine") {
		t.Errorf("a remote NATS_URL: %v", err)
	}
	if err := s.validate([]string{record.Baseline}); err != nil || len(s.endpoints()) > 0 {
		t.Errorf("a NATS_URL that the baseline does not use: %v, %+v", err, s.endpoints())
	}
}

// benchOn runs both styles on the servers and returns the results of a run whose
// verdict holds.
func benchOn(t *testing.T, at map[string]string, more ...string) (r measure.Results) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	args := append([]string{"bench", "--nats", at["nats"], "--temporal", at["temporal"], "--out", dir,
		"--rate", "10/s", "--duration", "2s", "--fault", "restaurant.confirm:refuse@20%"}, more...)
	var out, errs strings.Builder
	if code := execute(t.Context(), args, &out, &errs); code != exitOK {
		t.Errorf("sagabench %s: exit %d\n%s%s", strings.Join(args, " "), code, &out, &errs)
		return r
	}
	b, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil || r.Verdict != invariant.Holds || len(r.Cells) != 2 {
		t.Errorf("results of %d cells, verdict %s, %v", len(r.Cells), r.Verdict, err)
	}
	return r
}

func jetStream(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// A stream is what must not change when it is somebody else's.
type stream struct {
	Name      string
	Created   time.Time
	State     jetstream.StreamState
	Delivered map[string]jetstream.SequenceInfo // by consumer
}

// streams lists all of the server's.
func streams(t *testing.T, js jetstream.JetStream) (all []stream) {
	t.Helper()
	list := js.ListStreams(t.Context())
	for info := range list.Info() {
		all = append(all, stream{Name: info.Config.Name, Created: info.Created, State: info.State, Delivered: map[string]jetstream.SequenceInfo{}})
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		handle, err := js.Stream(t.Context(), s.Name)
		if err != nil {
			t.Fatal(err)
		}
		consumers := handle.ListConsumers(t.Context())
		for c := range consumers.Info() {
			s.Delivered[c.Name] = c.Delivered
		}
		if err := consumers.Err(); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(all, func(a, b stream) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// workflows counts all, and those that still run, once the server's index has
// caught up with the closed ones.
func workflows(t *testing.T, hostPort string) (all, open int) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: hostPort})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	count := func(query string) int {
		reply, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		return int(reply.Count)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, open = count("WorkflowType = 'PlaceOrder'"), count("WorkflowType = 'PlaceOrder' AND ExecutionStatus = 'Running'")
		if open == 0 || time.Now().After(deadline) {
			return all, open
		}
	}
}
