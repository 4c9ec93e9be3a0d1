package lanes_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lanes"
	"github.com/sagabench/sagabench/internal/story"
)

var update = flag.Bool("update", false, "write the golden files")

var never = math.NaN()

func names() []string { return slices.Sorted(maps.Keys(plays)) }

func text(t *testing.T, tr lanes.Trace) string {
	t.Helper()
	var out bytes.Buffer
	if err := tr.Text(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func mermaid(t *testing.T, tr lanes.Trace) string {
	t.Helper()
	var out bytes.Buffer
	if err := tr.Mermaid(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Every kind of order is printed as its golden file has it.
func TestGolden(t *testing.T) {
	for _, name := range names() {
		tr := lanes.New(order, plays[name]())
		files := map[string]string{name + ".txt": text(t, tr)}
		if name == "refused" {
			files[name+".mmd"] = mermaid(t, tr)
			files[name+".svg"] = string(tr.SVG(lanes.Wide, true))
		}
		for file, got := range files {
			path := filepath.Join("testdata", file)
			if *update {
				if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		}
	}
}

// A text fits 80 columns and has nothing that a terminal would obey.
func TestTextFitsATerminal(t *testing.T) {
	for _, name := range append(names(), "hostile") {
		for line := range strings.Lines(text(t, lanes.New(order, evidence(name)))) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 || r == 0x202e }) {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

func evidence(name string) []lanes.Evidence {
	if name == "hostile" {
		return hostile()
	}
	return plays[name]()
}

// hostile has texts from elsewhere that mean harm, or that nothing was prepared for.
func hostile() []lanes.Evidence {
	all := refused()
	bad := "\x1b[31m</text><script>alert(1)</script>;#\u202e" + strings.Repeat("long", 60) + "\xff"
	for i := range all {
		e := &all[i]
		e.Placed.Restaurant, e.Placed.Items = bad, bad
		for k := range e.Story.Moments {
			e.Story.Moments[k].Detail = bad
			e.Story.Moments[k].By += bad
		}
		for k := range e.Rows {
			e.Rows[k].Reason = bad
		}
		for k := range e.Stuck.Rows {
			e.Stuck.Rows[k].Reason = bad
		}
		e.Story.Moments = append(e.Story.Moments, story.Moment{ID: "loop", Cause: "loop", What: bad}, story.Moment{ID: "", Cause: "", What: ""})
		e.Story.Notes = append(e.Story.Notes, bad)
		e.Breaks, e.Notes = []string{bad}, []string{bad}
		e.Faults[0].Rule = bad
	}
	return all
}

// Nothing is guessed: without what the engine kept, no step follows from another one
// but an attempt from the one before it, and the text says what is missing.
func TestNothingIsGuessed(t *testing.T) {
	for _, side := range lanes.New(order, unkept()).Sides {
		for _, s := range side.Steps {
			if s.After != 0 {
				t.Errorf("%s: step %d, %s, is after %d", side.Style, s.N, s.What, s.After)
			}
		}
		if !slices.ContainsFunc(side.Notes, func(n string) bool { return strings.Contains(n, "was not kept") }) {
			t.Errorf("%s: %q", side.Style, side.Notes)
		}
	}
	all := refused()
	all[0].Story.Moments[1].Cause = "" // of payment_success
	step := find(t, lanes.New(order, all).Sides[0], "payment.charge")
	if step.After != 0 {
		t.Errorf("the charge is after %d, which nothing recorded", step.After)
	}
}

func find(t *testing.T, side lanes.Side, what string) *lanes.Step {
	t.Helper()
	for _, s := range side.Steps {
		if s.What == what {
			return s
		}
	}
	t.Fatalf("%s has no %s", side.Style, what)
	return nil
}

// In both styles the chain from the last mail back to the customer is as it was
// recorded, and compensations point at what they undo.
func TestChains(t *testing.T) {
	sides := lanes.New(order, refused()).Sides
	for i, want := range [][]string{
		{"payment_reversed", "payment.refund", "delivery_partner_unavailable", "delivery.assign", "restaurant_confirmed_order", "restaurant.confirm", "payment_success", "payment.charge", "order_placed"},
		{"payment.refund", "WorkflowTask", "delivery.assign", "WorkflowTask", "restaurant.confirm", "WorkflowTask", "payment.charge", "WorkflowTask", "WorkflowExecutionStarted"},
	} {
		var got []string
		for s := find(t, sides[i], want[0]); ; s = sides[i].Steps[s.After-1] {
			if got = append(got, s.What); s.After == 0 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sides[i].Style, diff)
		}
		for undo, done := range map[string]string{"payment.refund": "payment.charge", "restaurant.cancel-ticket": "restaurant.confirm", "loyalty.revoke": "loyalty.award"} {
			if s := find(t, sides[i], undo); s.Undoes != find(t, sides[i], done).N {
				t.Errorf("%s: %s undoes %d", sides[i].Style, undo, s.Undoes)
			}
		}
	}
}

// What hit an order, what it waits for and what is wrong with it is in its text.
func TestWhatIsSaid(t *testing.T) {
	for name, wants := range map[string][]string{
		"completed": {"The order was completed"},
		"refused":   {"nobody is free", "[fault delivery.assign:refuse@35%]", "undoes 3", "the charge was refunded, the ticket was cancelled and the points were revoked"},
		"retried":   {"restaurant.confirm: failed [fault restaurant.confirm:fail(2)@20%]", "restaurant.confirm, attempt 3: done", "loyalty.award, attempt 2: made again"},
		"cancelled": {"The customer cancelled in time", "cancellation_requested"},
		"escalated": {"waits at payment.refund since 2404.0 ms, attempt 12", "person", "the refund was given up", "did not come: order.resolve", "attempt 9"},
		"waiting":   {"did not come: payment.refund", "breaks refunded-once", "waits at payment.refund"},
		"unkept":    {"was not kept"},
		"live":      {"a server has no ledger"},
	} {
		got := strings.Join(strings.Fields(strings.NewReplacer("|", " ").Replace(text(t, lanes.New(order, plays[name]())))), " ")
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text(t, lanes.New(order, plays[name]())))
			}
		}
	}
}

// A row that came otherwise than the ending requires is named.
func TestWrongRow(t *testing.T) {
	all := completed()
	for i, r := range all[0].Stuck.Rows {
		if r.Action == food.StatusCompleted {
			all[0].Stuck.Rows[i].Outcome, all[0].Stuck.Rows[i].Reason = food.Blocked, food.Undone
		}
	}
	tr := lanes.New(order, all)
	if want := "order.status-completed is blocked"; !strings.Contains(text(t, tr), want) || len(tr.Sides[1].Wrong) > 0 {
		t.Errorf("%q, %q", tr.Sides[0].Wrong, tr.Sides[1].Wrong)
	}
}

// JSON has every step, and numbers that lead somewhere.
func TestJSON(t *testing.T) {
	for _, name := range append(names(), "hostile") {
		data, err := json.Marshal(lanes.New(order, evidence(name)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var tr lanes.Trace
		if err := json.Unmarshal(data, &tr); err != nil {
			t.Fatal(err)
		}
		for _, side := range tr.Sides {
			for _, s := range side.Steps {
				if s.After > len(side.Steps) || s.Undoes > len(side.Steps) || s.After == s.N || !slices.Contains(side.Lanes, s.Lane) {
					t.Errorf("%s: %+v", name, s)
				}
			}
		}
	}
}

// Mermaid has an arrow for each step that followed from another one, and nothing that
// ends a statement early.
func TestMermaid(t *testing.T) {
	for _, name := range append(names(), "hostile") {
		tr := lanes.New(order, evidence(name))
		got := mermaid(t, tr)
		want := 0
		for _, side := range tr.Sides {
			for _, s := range side.Steps {
				if s.After > 0 {
					want++
				}
			}
		}
		arrow := regexp.MustCompile(`(?m)^  s\dl\d+(->>|-->>|-x)s\dl\d+: \d+\. `)
		if n := len(arrow.FindAllString(got, -1)); n != want {
			t.Errorf("%s: %d arrows, want %d:\n%s", name, n, want, got)
		}
		if strings.ContainsAny(strings.ReplaceAll(got, "<br/>", ""), ";#<") {
			t.Errorf("%s: a character that Mermaid takes as its own:\n%s", name, got)
		}
	}
}

// In an SVG no label lies on another one, nor outside, at any width.
func TestNoLabelsOverlap(t *testing.T) {
	for _, name := range append(names(), "hostile") {
		for _, width := range []int{lanes.Narrow, 760, lanes.Wide} {
			var seen []box
			for _, b := range labels(t, lanes.New(order, evidence(name)).SVG(width, true)) {
				if b.x0 < 0 || b.x1 > float64(width) {
					t.Errorf("%s, %d px: %q is outside", name, width, b.text)
				}
				for _, other := range seen {
					if b.x0 < other.x1 && other.x0 < b.x1 && b.y0 < other.y1 && other.y0 < b.y1 {
						t.Errorf("%s, %d px: %q lies on %q", name, width, b.text, other.text)
					}
				}
				seen = append(seen, b)
			}
			if len(seen) < 10 {
				t.Errorf("%s: %d labels", name, len(seen))
			}
		}
	}
}

type box struct {
	text           string
	x0, x1, y0, y1 float64
}

// labels reads the texts of an SVG, which must be XML, with the room that they take.
func labels(t *testing.T, svg []byte) (all []box) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	var open *box
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "script" {
				t.Error("there is a script")
			}
			if e.Name.Local == "text" {
				open = &box{}
				at := map[string]string{}
				for _, a := range e.Attr {
					at[a.Name.Local] = a.Value
				}
				open.x0, _ = strconv.ParseFloat(at["x"], 64)
				open.y1, _ = strconv.ParseFloat(at["y"], 64)
				open.text = at["text-anchor"] + "|" + at["class"]
			}
		case xml.CharData:
			if open == nil {
				continue
			}
			anchor, class, _ := strings.Cut(open.text, "|")
			size := map[string]float64{"n": 10, "head": 13}[class]
			if size == 0 {
				size = 12
			}
			width := float64(utf8.RuneCount(e)) * size * 0.58
			if class == "head" {
				width *= 1.1
			}
			switch anchor {
			case "end":
				open.x0 -= width
			case "middle":
				open.x0 -= width / 2
			}
			open.x1, open.y0, open.y1 = open.x0+width, open.y1-size*0.75, open.y1+size*0.2
			open.text = string(e)
			all, open = append(all, *open), nil
		}
	}
}
