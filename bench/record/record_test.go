package record_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sagabench/sagabench/bench/record"
)

var never = math.NaN()

// sample is a run of two cells, already in the documented order of a folder.
func sample() (record.Run, []record.Data) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	run := record.Run{ID: "r1", Plan: "smoke", Started: at, Seed: 7, Retry: record.Retry{Attempts: 8, FirstBackoff: 100, MaxBackoff: 2000, CallTimeout: 4000, Redelivery: 5000}, Parity: []record.Parity{{Setting: "durability", Given: record.Given{Equal: true}}}}
	var cells []record.Data
	for _, style := range []string{"choreography", "orchestration"} {
		id := "refused-" + style + "-1"
		cell := record.Cell{ID: id, Style: style, Scenario: "refused", Repeat: 1, Kind: record.KindRefused, Started: at}
		cells = append(cells, record.Data{
			Cell: cell,
			Orders: []record.Order{
				{Cell: id, Style: style, Scenario: "refused", Repeat: 1, ID: "o-1", Customer: `Ann "A", of Ayr`, Restaurant: "Pho, & more", Items: "2*890 Pho;1*610 Tea", Warmup: true,
					Outcome: "completed", Due: 0, Sent: 0.001, Accept: 1.25, Decision: 3, Settled: 4.125, Compensation: never, Inconsistent: never},
				{Cell: id, Style: style, Scenario: "refused", Repeat: 1, ID: "o-2", Customer: "Bo",
					Due: 10, Sent: never, Accept: never, Decision: never, Settled: never, Compensation: never, Inconsistent: never},
			},
			Calls: []record.Call{
				{Cell: id, Order: "o-1", Service: "payment", Action: "charge", Attempt: 1, At: 0.5},
				{Cell: id, Order: "o-1", Service: "payment", Action: "refund", Attempt: 1, At: 0.75},
				{Cell: id, Order: "o-1", Service: "payment", Action: "refund", Attempt: 2, At: 1.75},
			},
			Effects: []record.Effect{
				{Cell: id, Order: "o-1", Seq: 1, Service: "payment", Action: "charge", Outcome: "done", For: `Ann "A", of Ayr`, Amount: 2390, Attempt: 1, At: 1, Committed: 1.5},
				{Cell: id, Order: "o-1", Seq: 9, Service: "payment", Action: "refund", Outcome: "done", Reason: "nothing_to_undo", Attempt: 2, At: 2, Committed: 2.5},
			},
			Faults: []record.Fault{
				{Cell: id, Rule: "restaurant.confirm:refuse@20%", Kind: "refuse", Order: "o-1", Service: "restaurant", Action: "confirm", Attempt: 1, At: at},
			},
			Samples: []record.Sample{
				{Cell: id, At: 0, Role: "server", CPU: 1.5, RSS: 20, Backlog: 2},
				{Cell: id, At: 0, Role: "worker", CPU: 2.5, RSS: 30, Backlog: 2},
			},
		})
	}
	return run, cells
}

// write writes a run to a new folder and returns its path.
func write(t testing.TB, run record.Run, cells []record.Data) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	for _, c := range cells {
		err = errors.Join(err, w.Add(c))
	}
	if err := errors.Join(err, w.Close(run)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	run, cells := sample()
	// The writer sorts: give it the rows backwards.
	for _, c := range cells {
		slices.Reverse(c.Orders)
		slices.Reverse(c.Calls)
		slices.Reverse(c.Effects)
	}
	got := read(t, write(t, run, cells))
	_, want := sample()
	if diff := cmp.Diff(want, got.cells, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	run.Schema = record.Schema
	if diff := cmp.Diff(run, got.run, cmpopts.IgnoreFields(record.Run{}, "Cells")); diff != "" {
		t.Error(diff)
	}
}

func TestAnyRowSurvives(t *testing.T) {
	word := rapid.StringMatching(`[ -~äöß€\n]{0,8}`)
	millis := rapid.Custom(func(t *rapid.T) float64 {
		if rapid.Bool().Draw(t, "never") {
			return never
		}
		return float64(rapid.Int64Range(-1e9, 1e12).Draw(t, "µs")) / 1000
	})
	after := rapid.Map(millis, math.Abs) // the order was due
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		c := record.Data{Cell: record.Cell{ID: "c"}}
		for _, id := range rapid.SliceOfDistinct(word, rapid.ID[string]).Draw(t, "ids") {
			c.Orders = append(c.Orders, record.Order{
				Cell: "c", ID: id, Customer: word.Draw(t, "customer"), Restaurant: word.Draw(t, "restaurant"), Items: word.Draw(t, "items"), Warmup: rapid.Bool().Draw(t, "warmup"),
				Outcome: word.Draw(t, "outcome"), Due: millis.Draw(t, "due"), Sent: millis.Draw(t, "sent"), Accept: after.Draw(t, "accept"),
				Decision: after.Draw(t, "decision"), Settled: after.Draw(t, "settled"),
				Compensation: millis.Draw(t, "compensation"), Inconsistent: millis.Draw(t, "inconsistent"),
			})
		}
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		w, err := record.Create(dir)
		if err := errors.Join(err, w.Add(c), w.Close(record.Run{})); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.Orders, read(t, dir).cells[0].Orders, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOrdersHaveTheDocumentedColumns(t *testing.T) {
	run, cells := sample()
	dir := write(t, run, cells)
	text := string(unzip(t, filepath.Join(dir, record.OrdersFile)))
	want := "cell,style,scenario,repeat,order,warmup,outcome,due_ms,accept_ms,decision_ms,settled_ms,compensation_ms,inconsistent_ms,customer,restaurant,items,sent_ms\n" +
		`refused-choreography-1,choreography,refused,1,o-1,true,completed,0.000,1.250,3.000,4.125,,,"Ann ""A"", of Ayr","Pho, & more",2*890 Pho;1*610 Tea,0.001` + "\n" +
		"refused-choreography-1,choreography,refused,1,o-2,false,,10.000,,,,,,Bo,,,\n"
	if !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant it to begin with\n%s", text, want)
	}
}

func TestCreateRefusesWhatIsTaken(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(file, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, file} {
		if _, err := record.Create(path); !errors.Is(err, record.ErrTaken) {
			t.Errorf("Create(%s) = %v, want ErrTaken", path, err)
		}
	}
	if found, _ := os.ReadDir(dir); len(found) != 1 {
		t.Errorf("the folder was touched: %v", found)
	}
	empty := t.TempDir()
	w, err := record.Create(empty)
	if err != nil {
		t.Fatalf("an empty folder: %v", err)
	}
	if err := w.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(empty); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Discard the folder is still there: %v", err)
	}
}

func TestBadCellLeavesNoTrace(t *testing.T) {
	run, cells := sample()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	if err := errors.Join(err, w.Add(cells[0])); err != nil {
		t.Fatal(err)
	}
	if w.Add(cells[0]) == nil {
		t.Error("the same cell was written twice")
	}
	if w.Add(record.Data{}) == nil {
		t.Error("a cell without id was written")
	}
	twice := cells[1]
	twice.Effects = append(slices.Clone(twice.Effects), twice.Effects[0])
	if err := w.Add(twice); err == nil || !strings.Contains(err.Error(), "two rows of the same order id and seq") {
		t.Errorf("a row that comes twice: %v", err)
	}
	endless := cells[1]
	endless.Orders = []record.Order{{ID: "x", Settled: math.Inf(1)}}
	if err := w.Add(endless); err == nil || !strings.Contains(err.Error(), "settled_ms") {
		t.Errorf("an infinite time: %v", err)
	}
	if err := w.Close(run); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir); len(got.cells) != 1 || len(got.cells[0].Effects) != 2 {
		t.Errorf("got %+v, want the first cell alone", got.cells)
	}
}

// A run that is killed has no run.json, but what is there is whole.
func TestKilledRun(t *testing.T) {
	_, cells := sample()
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	if err := errors.Join(err, w.Add(cells[0])); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Open(dir); !errors.Is(err, record.ErrUnfinished) {
		t.Errorf("Open = %v, want ErrUnfinished", err)
	}
	text := unzip(t, filepath.Join(dir, record.OrdersFile+".partial"))
	if n := bytes.Count(text, []byte("\n")); n != 3 {
		t.Errorf("%d lines in the partial file, want a header and two orders", n)
	}
}

// contents is a folder read back, sorted into cells.
type contents struct {
	run   record.Run
	cells []record.Data
}

func read(t failer, dir string) contents {
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]record.Data, len(f.Run.Cells))
	of := map[string]*record.Data{}
	for i, c := range f.Run.Cells {
		cells[i].Cell, of[c.ID] = c, &cells[i]
	}
	each(t, f.Orders(), func(o record.Order) { of[o.Cell].Orders = append(of[o.Cell].Orders, o) })
	each(t, f.Calls(), func(c record.Call) { of[c.Cell].Calls = append(of[c.Cell].Calls, c) })
	each(t, f.Effects(), func(e record.Effect) { of[e.Cell].Effects = append(of[e.Cell].Effects, e) })
	each(t, f.Faults(), func(x record.Fault) { of[x.Cell].Faults = append(of[x.Cell].Faults, x) })
	each(t, f.Samples(), func(s record.Sample) { of[s.Cell].Samples = append(of[s.Cell].Samples, s) })
	each(t, f.Stories(), func(s record.Story) { of[s.Cell].Stories = append(of[s.Cell].Stories, s) })
	return contents{f.Run, cells}
}

func each[T any](t failer, rows iter.Seq2[T, error], do func(T)) {
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		do(row)
	}
}

// A failer is a test, of the testing package or of rapid.
type failer interface{ Fatal(...any) }

func unzip(t testing.TB, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func zipped(text []byte) []byte {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	zip.Write(text)
	zip.Close()
	return buf.Bytes()
}
