package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/story"
)

// crowded are cells of n orders each, which leave room for stories, with m of them.
func crowded(n, m int) (record.Run, []record.Data) {
	run, cells := sample()
	names := rand.New(rand.NewPCG(1, 1))
	for i := range cells {
		for k := range n {
			cells[i].Orders = append(cells[i].Orders, record.Order{
				ID: fmt.Sprintf("p-%d", k), Customer: fmt.Sprintf("%x", names.Uint64()),
				Sent: never, Accept: never, Decision: never, Settled: never, Compensation: never, Inconsistent: never,
			})
		}
		for k := range m {
			cells[i].Stories = append(cells[i].Stories, told(m-k, names))
		}
	}
	return run, cells
}

// told is a story that does not compress to nothing.
func told(n int, names *rand.Rand) record.Story {
	at := time.Date(2026, 3, 1, 12, 0, n, names.IntN(1e9), time.UTC)
	return record.Story{Why: []string{record.KeptViolating, record.KeptEnding}, Story: story.Story{
		Order: fmt.Sprintf("o-%04d", n), Notes: []string{"not known"}, Moments: []story.Moment{
			{At: at, ID: "1", What: "order_placed", By: "customer", Detail: fmt.Sprintf("<&> %x", names.Uint64())},
			{At: at, ID: "2", Cause: "1", What: "payment_success", By: "payment", Call: food.Charge, Attempt: 1, Outcome: food.Done},
		},
	}}
}

// Stories come back as they were, in the order of the folder, and the first of them are
// kept as far as there is room: a tenth of the folder, of which each cell adds its part.
func TestStories(t *testing.T) {
	for _, c := range []struct{ orders, stories, first, second int }{
		{2000, 5, 5, 5}, {0, 5, 5, 5}, {300, 1000, -1, -1}, {300, 0, 0, 0},
	} {
		run, cells := crowded(c.orders, c.stories)
		want := slices.Clone(cells)
		dir := filepath.Join(t.TempDir(), "run")
		w, err := record.Create(dir)
		var kept []int
		for _, d := range cells {
			err = errors.Join(err, w.Add(d))
			kept = append(kept, w.Kept())
		}
		if err := errors.Join(err, w.Close(run)); err != nil {
			t.Fatal(err)
		}
		if c.first < 0 && (kept[0] == 0 || kept[0] == c.stories || kept[1] == 0 || kept[1] == c.stories) {
			t.Errorf("%+v: kept %v, want a part of each", c, kept)
		}
		if c.first >= 0 && !slices.Equal(kept, []int{c.first, c.second}) {
			t.Errorf("%+v: kept %v", c, kept)
		}
		for i, got := range read(t, dir).cells {
			first := slices.Clone(want[i].Stories[:kept[i]])
			slices.Reverse(first)
			for k := range first {
				first[k].Cell = got.Cell.ID
			}
			if diff := cmp.Diff(first, got.Stories, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%+v: %s", c, diff)
			}
			if got.Cell.Stories != kept[i] || got.Cell.LeftOut != c.stories-kept[i] {
				t.Errorf("%+v: the cell has %d stories and left out %d, want %d of %d", c, got.Cell.Stories, got.Cell.LeftOut, kept[i], c.stories)
			}
		}
		if own, all := size(t, dir); own*10 > all+record.Drawn {
			t.Errorf("%+v: the stories have %d of %d bytes and a report, want a tenth at most", c, own, all)
		}
	}
}

func size(t *testing.T, dir string) (stories, all int64) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if all += info.Size(); f.Name() == record.StoriesFile {
			stories = info.Size()
		}
	}
	return stories, all
}

// A story that comes twice is not written.
func TestStoryTwice(t *testing.T) {
	_, cells := crowded(300, 2)
	cells[0].Stories[1] = cells[0].Stories[0]
	w, err := record.Create(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(cells[0]); err == nil || !strings.Contains(err.Error(), "two rows of the same order id") {
		t.Errorf("got %v", err)
	}
}

// A run that has kept no story may have no file of them, as one of an older version. One
// that has kept some is damaged without it.
func TestStoriesMayBeAbsent(t *testing.T) {
	for _, stories := range []int{0, 3} {
		run, cells := crowded(300, stories)
		dir := write(t, run, cells)
		if err := os.Remove(filepath.Join(dir, record.StoriesFile)); err != nil {
			t.Fatal(err)
		}
		err := readAll(dir)
		if stories == 0 && err != nil {
			t.Error(err)
		}
		if stories > 0 && (!errors.Is(err, record.ErrDamaged) || !strings.Contains(err.Error(), "stories.jsonl.gz is missing")) {
			t.Errorf("without its stories: %v", err)
		}
	}
}

func TestDamagedStories(t *testing.T) {
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
	}
	for name, c := range map[string]struct {
		edit    func([]byte) []byte // of the lines
		raw     func([]byte) []byte // of the file
		reports string
	}{
		"not gzip":          {raw: func([]byte) []byte { return []byte("{}") }, reports: "stories.jsonl.gz:1: "},
		"cut":               {raw: func(b []byte) []byte { return b[:len(b)-9] }, reports: "unexpected EOF"},
		"rotten":            {raw: func(b []byte) []byte { b[len(b)-6] ^= 1; return b }, reports: "checksum"},
		"no JSON":           {edit: replace("\n{", "\n"), reports: "stories.jsonl.gz:2: "},
		"a strange field":   {edit: replace(`"why"`, `"because"`), reports: "because"},
		"an odd moment":     {edit: replace(`"what"`, `"was"`), reports: "was"},
		"two on a line":     {edit: replace("}\n", "}"), reports: "stories.jsonl.gz:1: more than one object"},
		"an unknown cell":   {edit: replace("refused-choreography-1", "elsewhere"), reports: `stories.jsonl.gz:1: cell "elsewhere" is not in run.json`},
		"a story twice":     {edit: replace("o-0002", "o-0001"), reports: "stories.jsonl.gz:2: the row is out of order"},
		"a time of no kind": {edit: replace("2026-03-01T", "2026-03-41T"), reports: "stories.jsonl.gz:1: "},
	} {
		t.Run(name, func(t *testing.T) {
			run, cells := crowded(300, 3)
			dir := write(t, run, cells)
			path := filepath.Join(dir, record.StoriesFile)
			if c.edit != nil {
				put(t, path, zipped(c.edit(unzip(t, path))))
			} else {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				put(t, path, c.raw(b))
			}
			err := readAll(dir)
			if !errors.Is(err, record.ErrDamaged) || !strings.Contains(err.Error(), c.reports) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want ErrDamaged with %q", err, c.reports)
			}
		})
	}
}
