package record_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
)

// Each case damages one file of a good folder. What is wrong must be reported
// with the file, the line, and what to do.
func TestDamage(t *testing.T) {
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
	}
	inside := func(edit func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			put(t, path, zipped(edit(unzip(t, path))))
		}
	}
	outside := func(edit func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			put(t, path, edit(b))
		}
	}
	swapLines := func(i, k int) func([]byte) []byte {
		return func(b []byte) []byte {
			lines := bytes.SplitAfter(b, []byte("\n"))
			lines[i], lines[k] = lines[k], lines[i]
			return bytes.Join(lines, nil)
		}
	}
	remove := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	const todo = "restore it, or run it again"
	for _, c := range []struct {
		name, file string
		damage     func(*testing.T, string)
		want       error
		reports    []string
	}{
		{"no run.json", record.RunFile, remove, record.ErrForeign, []string{"has no run.json", "name one that"}},
		{"another's run.json", record.RunFile, outside(func([]byte) []byte { return []byte(`{"name":"left-pad"}`) }), record.ErrForeign, []string{"run.json", "no schema"}},
		{"later schema", record.RunFile, outside(replace(`"schema": 3`, `"schema": 4`)), record.ErrSchema, []string{"schema 4, want 3", "another version", "read it with a later one"}},
		{"first schema", record.RunFile, outside(replace(`"schema": 3`, `"schema": 1`)), record.ErrSchema, []string{"schema 1, want 3", "revision ce1c4de"}},
		{"second schema", record.RunFile, outside(replace(`"schema": 3`, `"schema": 2`)), record.ErrSchema, []string{"schema 2, want 3", "revision a942b80"}},
		{"cut run.json", record.RunFile, outside(func(b []byte) []byte { return b[:len(b)/2] }), record.ErrDamaged, []string{"run.json", todo}},
		{"strange field", record.RunFile, outside(replace(`"plan"`, `"flan"`)), record.ErrDamaged, []string{"flan"}},
		{"cell twice", record.RunFile, outside(replace("refused-orchestration-1", "refused-choreography-1")), record.ErrDamaged, []string{"comes twice"}},
		{"no effects", record.EffectsFile, remove, record.ErrDamaged, []string{"effects.csv.gz is missing", todo}},
		{"no calls", record.CallsFile, remove, record.ErrDamaged, []string{"calls.csv.gz is missing", todo}},
		{"no samples", record.SamplesFile, remove, record.ErrDamaged, []string{"samples.csv.gz is missing"}},
		{"no faults", record.FaultsFile, remove, record.ErrDamaged, []string{"faults.jsonl is missing"}},
		{"not gzip", record.OrdersFile, outside(func([]byte) []byte { return []byte("cell,style\n") }), record.ErrDamaged, []string{"orders.csv.gz:1: gzip: invalid header", todo}},
		{"empty file", record.OrdersFile, outside(func([]byte) []byte { return nil }), record.ErrDamaged, []string{"orders.csv.gz:1: "}},
		{"cut gzip", record.OrdersFile, outside(func(b []byte) []byte { return b[:len(b)-9] }), record.ErrDamaged, []string{"orders.csv.gz:", "unexpected EOF"}},
		{"rotten gzip", record.EffectsFile, outside(func(b []byte) []byte { b[len(b)-6] ^= 1; return b }), record.ErrDamaged, []string{"effects.csv.gz:", "checksum"}},
		{"renamed column", record.OrdersFile, inside(replace("settled_ms", "finished_ms")), record.ErrDamaged, []string{"orders.csv.gz:1: column 11 is not \"settled_ms\""}},
		{"column too many", record.OrdersFile, inside(replace("sent_ms", "sent_ms,tip")), record.ErrDamaged, []string{"orders.csv.gz:1: 1 columns too many"}},
		{"not a number", record.OrdersFile, inside(replace("4.125", "soon")), record.ErrDamaged, []string{`orders.csv.gz:2: settled_ms: "soon" is not a number`}},
		{"infinite", record.OrdersFile, inside(replace("4.125", "+Inf")), record.ErrDamaged, []string{`"+Inf" is not a number`}},
		{"early", record.OrdersFile, inside(replace("4.125", "-4.125")), record.ErrDamaged, []string{`settled_ms: -4.125 is before the order was due`}},
		{"not whole", record.EffectsFile, inside(replace("2390", "23.90")), record.ErrDamaged, []string{`amount: "23.90" is not a whole number`}},
		{"not a flag", record.OrdersFile, inside(replace("false", "perhaps")), record.ErrDamaged, []string{`orders.csv.gz:3: warmup: "perhaps" is neither true nor false`}},
		{"field missing", record.EffectsFile, inside(replace(",1.000,1.500", ",1.000")), record.ErrDamaged, []string{"effects.csv.gz:2: 11 fields, want 12"}},
		{"open quote", record.OrdersFile, inside(replace("Bo,", `"Bo,`)), record.ErrDamaged, []string{"orders.csv.gz:3: ", `"`}},
		{"unknown cell", record.SamplesFile, inside(replace("refused-choreography-1", "elsewhere")), record.ErrDamaged, []string{`samples.csv.gz:2: cell "elsewhere" is not in run.json`}},
		{"cell of another style", record.RunFile, outside(replace(`"style": "choreography"`, `"style": "choreografie"`)), record.ErrDamaged, []string{`orders.csv.gz:2: style, scenario or repeat is not what run.json has for cell "refused-choreography-1"`, todo}},
		{"cell of another scenario", record.RunFile, outside(replace(`"scenario": "refused"`, `"scenario": "calm"`)), record.ErrDamaged, []string{`orders.csv.gz:2: style, scenario or repeat`}},
		{"order of another repeat", record.OrdersFile, inside(replace("refused,1,o-2", "refused,2,o-2")), record.ErrDamaged, []string{`orders.csv.gz:3: style, scenario or repeat`}},
		{"rows swapped", record.EffectsFile, inside(swapLines(1, 2)), record.ErrDamaged, []string{"effects.csv.gz:3: the row is out of order"}},
		{"calls swapped", record.CallsFile, inside(swapLines(2, 3)), record.ErrDamaged, []string{"calls.csv.gz:4: the row is out of order"}},
		{"call of another cell", record.CallsFile, inside(replace("refused-choreography-1", "elsewhere")), record.ErrDamaged, []string{`calls.csv.gz:2: cell "elsewhere" is not in run.json`}},
		{"cells swapped", record.OrdersFile, inside(swapLines(1, 3)), record.ErrDamaged, []string{"orders.csv.gz:3: cell \"refused-choreography-1\" comes after a later one"}},
		{"row twice", record.OrdersFile, inside(replace("1,o-2,", "1,o-1,")), record.ErrDamaged, []string{"orders.csv.gz:3: ", "comes twice"}},
		{"fault is no JSON", record.FaultsFile, outside(replace(`{"cell"`, `"cell"`)), record.ErrDamaged, []string{"faults.jsonl:1: "}},
		{"fault of another kind", record.FaultsFile, outside(replace(`"attempt"`, `"Versuch"`)), record.ErrDamaged, []string{"faults.jsonl:1: ", "Versuch"}},
		{"two faults on a line", record.FaultsFile, outside(replace("}\n", "}{}\n")), record.ErrDamaged, []string{"faults.jsonl:1: more than one"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run, cells := sample()
			dir := write(t, run, cells)
			c.damage(t, filepath.Join(dir, c.file))
			err := readAll(dir)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			for _, part := range append(c.reports, dir) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not contain %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than one line", err)
			}
		})
	}
}

func TestOpenWhatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	put(t, file, []byte("x"))
	for _, dir := range []string{file, filepath.Join(t.TempDir(), "nowhere"), t.TempDir()} {
		if _, err := record.Open(dir); !errors.Is(err, record.ErrForeign) {
			t.Errorf("Open(%s) = %v, want ErrForeign", dir, err)
		}
	}
}

// No input may make a reader panic, or end without an error.
func FuzzRead(f *testing.F) {
	run, cells := sample()
	dir := write(f, run, cells)
	for i, name := range fuzzed {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, false, b)
		if strings.HasSuffix(name, ".gz") {
			f.Add(i, true, unzip(f, filepath.Join(dir, name)))
		}
	}
	f.Fuzz(func(t *testing.T, which int, zip bool, b []byte) {
		run, cells := sample()
		dir := write(t, run, cells)
		if zip {
			b = zipped(b)
		}
		put(t, filepath.Join(dir, fuzzed[uint(which)%uint(len(fuzzed))]), b)
		if err := readAll(dir); err != nil && !known(err) {
			t.Errorf("an error of no kind: %v", err)
		}
	})
}

var fuzzed = []string{record.RunFile, record.OrdersFile, record.CallsFile, record.EffectsFile, record.SamplesFile, record.FaultsFile, record.StoriesFile}

func known(err error) bool {
	return errors.Is(err, record.ErrDamaged) || errors.Is(err, record.ErrForeign) || errors.Is(err, record.ErrSchema)
}

// readAll returns the first error of reading everything in a folder.
func readAll(dir string) (err error) {
	f, err := record.Open(dir)
	if err != nil {
		return err
	}
	for _, e := range f.Orders() {
		err = errors.Join(err, e)
	}
	for _, e := range f.Calls() {
		err = errors.Join(err, e)
	}
	for _, e := range f.Effects() {
		err = errors.Join(err, e)
	}
	for _, e := range f.Samples() {
		err = errors.Join(err, e)
	}
	for _, e := range f.Faults() {
		err = errors.Join(err, e)
	}
	for _, e := range f.Stories() {
		err = errors.Join(err, e)
	}
	return err
}

func put(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
