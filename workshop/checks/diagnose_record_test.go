package checks

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/bench/variants"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/twins"
)

// The bank of exercise 7 is recorded by
//
//	go test ./workshop/checks -run TestRecordBank -record -timeout 30m
//	go test ./workshop/checks -run TestRecordBank -record -only goods
//	go test ./workshop/checks -run TestRecordBank -words
//
// It builds the program of each recipe, has it run the recipe's plan on real servers,
// doctors what it left as the recipe says, and packs it. Do it on an idle machine, and
// with temporal-devserver in bin. What a run must show, or it is no case, is tested of what
// lies in the bank; a recording that fails there is to be taken again. The last of these
// commands puts the recipes' words on what is recorded, and runs nothing.
var (
	recordBank = flag.Bool("record", false, "record the bank of exercise 7 anew")
	bankWords  = flag.Bool("words", false, "put the words of the recipes on what is recorded")
	onlyCases  = flag.String("only", "", "of these cases only, whose names begin so")
)

// A recipe is how a case is made.
type recipe struct {
	diagnosis
	plan   string                  // the YAML of what is run
	breaks []string                // names of variants whose edits are in the program
	edits  []variants.Edit         // more of them
	doctor func(*undoctored)       // what is done to the raw files
	claims func(evidence) []string // the first can't be made
	first  func(evidence) string   // the order; nil: as the kind has it
}

func TestRecordBank(t *testing.T) {
	if !*recordBank && !*bankWords {
		t.Skip("it records anew with -record")
	}
	for _, r := range recipes {
		if !strings.HasPrefix(r.Name, *onlyCases) {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if *recordBank {
				r.record(t, dir)
			} else {
				r.restore(t, dir)
			}
			r.diagnose(t, dir)
			packed := r.pack(t, dir)
			if t.Logf("%d KB", len(packed)>>10); t.Failed() {
				return
			}
			if err := os.WriteFile(filepath.Join("bank", r.Name+".tar.gz"), packed, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// record has the plan run, and doctors what it left.
func (r *recipe) record(t *testing.T, dir string) {
	t.Helper()
	root, err := variants.Source(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revision, err := exec.CommandContext(t.Context(), "git", "-C", root, "rev-parse", "--short=12", "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	r.Revision = strings.TrimSpace(string(revision))
	r.run(t, root, dir)
	r.doctored(t, dir)
}

// restore takes from the bank what was recorded.
func (r *recipe) restore(t *testing.T, dir string) {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("bank", r.Name+".tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	r.Revision = old.Revision
	write(t, dir, old.compressed())
}

// run builds the program and has it run the plan.
func (r *recipe) run(t *testing.T, root, dir string) {
	t.Helper()
	v := variants.Variant{Name: r.Name, Seat: variants.Whole, Edits: slices.Clone(r.edits)}
	for _, name := range r.breaks {
		i := slices.IndexFunc(variants.All, func(v variants.Variant) bool { return v.Name == name })
		if i < 0 {
			t.Fatalf("there is no variant %s", name)
		}
		v.Edits = append(v.Edits, variants.All[i].Edits...)
	}
	exe, err := variants.Build(t.Context(), root, t.TempDir(), v)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.yaml")
	if err := os.WriteFile(file, []byte(r.plan), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), exe, "bench", "--plan", file, "--out", dir)
	c.Env = append(os.Environ(), "PATH="+filepath.Join(root, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	printed, err := c.CombinedOutput() // its own judgement is not believed
	if _, missing := os.Stat(filepath.Join(dir, record.RunFile)); missing != nil {
		t.Fatalf("it left no run folder: %v\n%s", err, printed)
	}
	if err := os.RemoveAll(dir + ".data"); err != nil {
		t.Fatal(err)
	}
}

// An undoctored run is its raw files, in memory.
type undoctored struct {
	run   record.Run
	cells []record.Data
}

// doctored takes from the folder what would tell on the case, and doctors the rest.
func (r *recipe) doctored(t *testing.T, dir string) {
	t.Helper()
	u, err := loaded(dir)
	if err != nil {
		t.Fatal(err)
	}
	u.run.Command = "sagabench bench --plan plan.yaml"
	u.run.Versions["sagabench"] = r.Revision
	if r.doctor != nil {
		r.doctor(u)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := u.write(dir); err != nil {
		t.Fatal(err)
	}
}

// diagnose finds out what is true of a run.
func (r *recipe) diagnose(t *testing.T, dir string) {
	t.Helper()
	judged, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	n := evidence{t, judged}
	if r.Order = r.theFirst(n); r.Order == "" {
		t.Fatalf("no order was hit: %v %v", judged.Results.Verdict, judged.Results.Violations)
	}
	r.Claims = r.claims(n)
	r.Unseen = r.unseen(t, dir)
	r.holds(t, r.diagnosis, n)
}

// unseen are the sights that a report does not have. It has the one that shows the case.
func (r *recipe) unseen(t *testing.T, dir string) (texts []string) {
	t.Helper()
	if _, err := report.Draw(dir, report.Styles{Flows: []flow.Flow{twins.Choreography.Flow(), twins.Orchestration.Flow()}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, report.MarkdownFile))
	if err != nil {
		t.Fatal(err)
	}
	shown := false
	for _, s := range sights() {
		if !s.seen(page(text)) {
			texts = append(texts, s.text)
		} else if s.text == r.Shown {
			shown = true
		}
	}
	if !shown {
		t.Errorf("its report does not show %q", r.Shown)
	}
	return texts
}

// theFirst is the order that the README asks for.
func (r *recipe) theFirst(n evidence) string {
	switch {
	case r.first != nil:
		return r.first(n)
	case r.Kind == kindBroken:
		return n.firstBroken(r.Why)
	}
	return n.slowest(r.Style)
}

// pack is the case as it lies in the bank.
func (r *recipe) pack(t *testing.T, dir string) []byte {
	t.Helper()
	truth, err := json.MarshalIndent(r.diagnosis, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	out := tar.NewWriter(zip)
	add := func(name string, text []byte) {
		if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	add(caseFile, append(truth, '\n'))
	for _, name := range rawFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".gz") {
			in, err := gzip.NewReader(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if text, err = io.ReadAll(in); err != nil {
				t.Fatal(err)
			}
		}
		add(name, text)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// compressed are the files as a run folder has them.
func (r recording) compressed() map[string][]byte {
	files := map[string][]byte{}
	for name, text := range r.files {
		if strings.HasSuffix(name, ".gz") {
			text = gzipped(text)
		}
		files[name] = text
	}
	return files
}

func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// loaded reads a run folder.
func loaded(dir string) (*undoctored, error) {
	f, err := record.Open(dir)
	if err != nil {
		return nil, err
	}
	u := &undoctored{run: f.Run}
	for _, c := range f.Run.Cells {
		u.cells = append(u.cells, record.Data{Cell: c})
	}
	of := func(id string) *record.Data {
		return &u.cells[slices.IndexFunc(u.cells, func(d record.Data) bool { return d.Cell.ID == id })]
	}
	for o, bad := range f.Orders() {
		of(o.Cell).Orders, err = append(of(o.Cell).Orders, o), bad
	}
	for c, bad := range f.Calls() {
		of(c.Cell).Calls, err = append(of(c.Cell).Calls, c), bad
	}
	for e, bad := range f.Effects() {
		of(e.Cell).Effects, err = append(of(e.Cell).Effects, e), bad
	}
	for x, bad := range f.Faults() {
		of(x.Cell).Faults, err = append(of(x.Cell).Faults, x), bad
	}
	for s, bad := range f.Samples() {
		of(s.Cell).Samples, err = append(of(s.Cell).Samples, s), bad
	}
	for s, bad := range f.Stories() {
		of(s.Cell).Stories, err = append(of(s.Cell).Stories, s), bad
	}
	return u, err
}

func (u *undoctored) write(dir string) error {
	w, err := record.Create(dir)
	if err != nil {
		return err
	}
	for _, d := range u.cells {
		if err := w.Add(d); err != nil {
			return err
		}
	}
	return w.Close(u.run)
}

// cell is the one of a style, in a scenario and a repeat.
func (u *undoctored) cell(style, scenario string, repeat int) *record.Data {
	for i, d := range u.cells {
		if d.Cell.Style == style && d.Cell.Scenario == scenario && d.Cell.Repeat == repeat {
			return &u.cells[i]
		}
	}
	panic(fmt.Sprintf("no cell of %s at %s", style, scenario))
}

// dueAt is when an order was due, by the clock of the wall.
func dueAt(c record.Cell, o record.Order) time.Time {
	return c.Started.Add(time.Duration(o.Due * float64(time.Millisecond)))
}

// slowestOf are so many measured orders of a cell, the slowest.
func slowestOf(c *record.Data, n int) (ids []string) {
	all := slices.DeleteFunc(slices.Clone(c.Orders), func(o record.Order) bool { return o.Warmup })
	slices.SortFunc(all, func(a, b record.Order) int { return cmp.Compare(b.Settled, a.Settled) })
	for _, o := range all[:n] {
		ids = append(ids, o.ID)
	}
	return ids
}

// leaveOut takes orders out of a cell: out of every file, or out of orders.csv.gz alone.
func leaveOut(c *record.Data, ids []string, everywhere bool) {
	out := func(id string) bool { return slices.Contains(ids, id) }
	c.Orders = slices.DeleteFunc(c.Orders, func(o record.Order) bool { return out(o.ID) })
	if !everywhere {
		return
	}
	c.Calls = slices.DeleteFunc(c.Calls, func(x record.Call) bool { return out(x.Order) })
	c.Effects = slices.DeleteFunc(c.Effects, func(e record.Effect) bool { return out(e.Order) })
	c.Faults = slices.DeleteFunc(c.Faults, func(f record.Fault) bool { return out(f.Order) })
	c.Stories = slices.DeleteFunc(c.Stories, func(s record.Story) bool { return out(s.Order) })
}
