package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/story"
)

// placed are orders of the given endings in turn, all of them as they should be but for
// what the judge finds.
func placed(n int, endings ...string) record.Data {
	d := record.Data{Cell: record.Cell{ID: "c-toy-1", Style: "toy", Scenario: "c", Repeat: 1, Drained: true, LeftOver: map[string]float64{}}}
	for i := range n {
		d.Orders = append(d.Orders, record.Order{
			ID: fmt.Sprintf("o-%03d", i), Outcome: endings[i%len(endings)], Accept: math.NaN(),
			Settled: math.NaN(), Decision: math.NaN(), Compensation: math.NaN(), Inconsistent: math.NaN(),
		})
	}
	d.Arrange()
	return d
}

func ids(all []want) (ids []string) {
	for _, w := range all {
		ids = append(ids, w.order)
	}
	return ids
}

// One order of each ending is wanted before a second, five in the run, and then those
// that met a fault, fifty.
func TestWhichStoriesAreWanted(t *testing.T) {
	d := placed(300, "completed", "completed", "completed", "completed", "completed", "completed", "completed", "completed", "no_partner", "")
	d.Cell.Deaths = []record.Death{{From: 10, To: 20}}
	for i := range 200 {
		d.Orders[i].Due = 15
	}
	for i := range 100 {
		d.Orders[200+i].Due = 30
	}
	k := keeping{}
	first := k.choose(record.Run{Seed: 1}, d)
	var endings []string
	ending, faulted := 0, 0
	for i, w := range first {
		if slices.Contains(w.why, record.KeptEnding) {
			ending++
		}
		if slices.Contains(w.why, record.KeptFaulted) {
			faulted++
		}
		if i < 3*mostOfEnding {
			endings = append(endings, w.ending)
		}
	}
	for round := range slices.Chunk(endings, 3) {
		slices.Sort(round)
	}
	if ending != 3*mostOfEnding || faulted != mostFaulted || !slices.Equal(endings, slices.Repeat([]string{"", "completed", "no_partner"}, mostOfEnding)) {
		t.Errorf("%d for their ending, %d faulted, the first of %q", ending, faulted, endings)
	}
	if again := (keeping{}).choose(record.Run{Seed: 1}, d); !slices.Equal(ids(first), ids(again)) {
		t.Error("the same seed has chosen others")
	}
	if other := (keeping{}).choose(record.Run{Seed: 2}, d); slices.Equal(ids(first), ids(other)) {
		t.Error("another seed has chosen the same")
	}
	// What there was no room for is wanted again, and what was kept is not.
	k.kept(d.Cell, first[:4])
	second := k.choose(record.Run{Seed: 1}, d)
	if n := len(first) - 4; len(second) < n-4 || len(second) > n+4 {
		t.Errorf("%d wanted of the next repeat, want about %d", len(second), n)
	}
	k.kept(d.Cell, second)
	if third := k.choose(record.Run{Seed: 1}, d); len(third) > 0 {
		t.Errorf("%d are wanted, all is kept", len(third))
	}
	other := d
	other.Cell.Style = "other"
	if n := len(k.choose(record.Run{Seed: 1}, other)); n != len(first) {
		t.Errorf("%d wanted of another style, want %d", n, len(first))
	}
}

// Orders that violate come first, also those that were never placed and those of the
// warm-up. Orders that were not sent, and the warm-up's others, are not wanted.
func TestStoriesOfViolatingOrders(t *testing.T) {
	d := placed(20, "")
	for i := range 12 {
		d.Orders[i].Warmup = true
	}
	d.Orders[12].Sent, d.Orders[13].Sent = math.NaN(), math.NaN()
	for i, id := range []string{"o-007", "stray"} {
		d.Effects = append(d.Effects, record.Effect{Order: id, Seq: int64(i + 1), Service: "payment", Action: "refund", Outcome: "done", Amount: 100})
	}
	d.Arrange()
	got := ids((keeping{}).choose(record.Run{}, d))
	if len(got) != 2+mostOfEnding || !slices.Equal(got[:2], []string{"o-007", "stray"}) || slices.Min(got[2:]) < "o-014" {
		t.Errorf("got %q", got)
	}
}

// An order is faulted if a fault has hit it, or a process died while it was under way.
func TestFaultedOrders(t *testing.T) {
	d := placed(4, "completed")
	d.Cell.Deaths = []record.Death{{From: 100, To: 200}}
	for i, times := range [][2]float64{{0, 50}, {0, 150}, {150, math.NaN()}, {250, 10}} {
		d.Orders[i].Due, d.Orders[i].Settled = times[0], times[1]
	}
	d.Faults = []record.Fault{{Order: "o-003"}}
	want := map[string]bool{"o-001": true, "o-002": true, "o-003": true}
	if diff := cmp.Diff(want, faultedOrders(d)); diff != "" {
		t.Error(diff)
	}
}

// A keeper is a server that keeps a moment of each order, and fails at one.
type keeper struct {
	Server
	fails   string
	cell    string
	asked   int
	limited time.Duration
	length  int // of a story, about
}

func (k *keeper) detail() string {
	text := make([]byte, k.length/2)
	rand.Read(text)
	return fmt.Sprintf("%x", text)
}

func (k *keeper) Stories(ctx context.Context, cell string, orders []string) (all []story.Story, err error) {
	until, _ := ctx.Deadline()
	k.cell, k.asked, k.limited = cell, len(orders), time.Until(until)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, id := range orders {
		if id == k.fails {
			return all, errors.New("it has died")
		}
		all = append(all, story.Story{Order: id, Moments: []story.Moment{{ID: "1", What: "placed", Detail: k.detail()}}})
	}
	return all, nil
}

// What a server keeps is read into the cell, and what it does not return is reported.
// A server of a cell that died is not waited for.
func TestReadStories(t *testing.T) {
	d := placed(20, "completed")
	order := ids((keeping{}).choose(record.Run{}, d))
	for name, c := range map[string]struct {
		fails, died string
		want        int
		limit       time.Duration
	}{
		"all":  {"", "", 5, storiesLimit},
		"some": {order[3], "", 3, storiesLimit},
		"none": {order[0], "the server has died", 0, brokenLimit},
	} {
		t.Run(name, func(t *testing.T) {
			k := &keeper{fails: c.fails}
			r := &runner{opts: Options{ID: "run"}, stories: keeping{}}
			d := placed(20, "completed")
			for i := range d.Orders { // all there is, if it died early
				d.Orders[i].Warmup = c.died != ""
			}
			d.Cell.Died = c.died
			ended, cancel := context.WithCancel(t.Context())
			cancel() // an interrupted run keeps them too
			wanted := r.readStories(ended, k, &d)
			if len(wanted) != c.want || len(d.Stories) != c.want || k.asked != 5 || k.cell != "run-c-toy-1" {
				t.Errorf("%d of %d stories of %s, asked for %d", len(d.Stories), len(wanted), k.cell, k.asked)
			}
			for i, s := range d.Stories {
				if s.Order != wanted[i].order || !slices.Equal(s.Why, wanted[i].why) || s.Order != order[i] {
					t.Errorf("story %d is of %s, wanted as %+v", i, s.Order, wanted[i])
				}
			}
			if k.limited > c.limit || k.limited < c.limit/2 {
				t.Errorf("%v to read, want %v", k.limited, c.limit)
			}
			warned := strings.Join(d.Cell.Warnings, "")
			if complete := c.want == 5; complete != (warned == "") || !complete && !strings.Contains(warned, fmt.Sprintf("of %d orders the server's own record is not kept: it has died", 5-c.want)) {
				t.Errorf("warnings %q", warned)
			}
		})
	}
	if wanted := (&runner{}).readStories(t.Context(), InProcess(nil), &d); wanted != nil || d.Stories != nil {
		t.Errorf("a style that keeps nothing: %v", wanted)
	}
}

// What had no room is noted in the run, and is wanted again of the next repeat.
func TestStoriesOfARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	w, err := record.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{writer: w, stories: keeping{}}
	total := 0
	for repeat := range 40 {
		d := placed(100, "completed", "no_partner")
		d.Cell.ID = fmt.Sprintf("c-toy-%d", repeat+1)
		wanted := r.readStories(t.Context(), &keeper{length: 950}, &d)
		if err := w.Add(d); err != nil {
			t.Fatal(err)
		}
		r.stories.kept(d.Cell, wanted[:w.Kept()])
		total += w.Kept()
	}
	if err := w.Close(record.Run{}); err != nil {
		t.Fatal(err)
	}
	f, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first := f.Run.Cells[0]; total != 2*mostOfEnding || first.LeftOut == 0 || f.Run.Cells[39].Stories+f.Run.Cells[39].LeftOut > 0 {
		t.Errorf("kept %d; of the first repeat %d were left out, of the last %d", total, first.LeftOut, f.Run.Cells[39].LeftOut)
	}
	if _, err := os.Stat(filepath.Join(dir, record.StoriesFile)); err != nil {
		t.Error(err)
	}
}
