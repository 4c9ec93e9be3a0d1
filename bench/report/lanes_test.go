package report_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/food"
	whole "github.com/sagabench/sagabench/internal/flow"
)

// The report leads to an order of each ending, and to each that was handled wrongly, and
// every link has its file.
func TestLanes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := write(dir, smallShapes(), withoutRefunds); err != nil {
		t.Fatal(err)
	}
	r, err := report.Draw(dir, report.Styles{Lanes: func(order string) ([]byte, error) { return []byte("lanes of " + order), nil }})
	if err != nil {
		t.Fatal(err)
	}
	text, page := string(read(t, dir, report.MarkdownFile)), string(read(t, dir, report.PageFile))
	linked := 0
	for _, v := range r.Violations[:min(len(r.Violations), 20)] {
		if v.Order == "" {
			continue
		}
		linked++
		file := report.LanesDir + "/" + v.Order + ".svg"
		if !strings.Contains(text, "]("+file+")") || !strings.Contains(page, `<a href="`+file+`">`+v.Order+`</a>`) {
			t.Errorf("no link to %s", file)
		}
		if got := string(read(t, dir, file)); got != "lanes of "+v.Order {
			t.Errorf("%s is %q", file, got)
		}
	}
	if linked == 0 {
		t.Error("the run has no violation")
	}
	if !strings.Contains(text, "### An order of each ending, step by step") || !strings.Contains(text, "| completed | [") {
		t.Error("no order of each ending")
	}
	// Without the lanes there is no link that leads nowhere, and no old file.
	if _, err := report.Draw(dir, report.Styles{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(read(t, dir, report.PageFile)), report.LanesDir+"/") {
		t.Error("a link without a file")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, report.LanesDir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, err = report.Draw(dir, report.Styles{Lanes: func(string) ([]byte, error) { return nil, fmt.Errorf("no evidence") }})
	if err == nil || !strings.Contains(err.Error(), "no evidence") {
		t.Errorf("an order that can't be drawn: %v", err)
	}
}

// A row of an order that nobody has placed is a violation, and its report is drawn.
func TestLanesOfAStranger(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	err := write(dir, smallShapes(), func(d *record.Data) {
		d.Effects = append(d.Effects, d.Effects[len(d.Effects)-1])
		d.Effects[len(d.Effects)-1].Order = "stranger"
		renumber(d)
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Draw(dir, report.Styles{Lanes: func(order string) ([]byte, error) {
		if order == "stranger" {
			return nil, food.ErrUnknownOrder
		}
		return nil, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(r.Violations, func(v invariant.Violation) bool { return v.Order == "stranger" }) {
		t.Errorf("the stranger is no violation: %+v", r.Violations)
	}
}

// The flow has the orders of each style at each edge, and says what departed from it.
func TestFlow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := write(dir, smallShapes(), nil); err != nil {
		t.Fatal(err)
	}
	of := func(style string) whole.Flow {
		edge := func(call, answer string, then ...food.Action) whole.Edge {
			return whole.Edge{Place: whole.Place{Call: food.Action(call), Answers: []whole.Answer{whole.Answer(answer)}}, Then: then, By: "a wire"}
		}
		return whole.Flow{Style: style, Edges: []whole.Edge{
			edge("order", "placed", food.Charge), edge("charge", "done", food.Confirm, food.Resolve),
		}}
	}
	if _, err := report.Draw(dir, report.Styles{Flows: []whole.Flow{of("choreography"), of("orchestration"), of("nowhere")}}); err != nil {
		t.Fatal(err)
	}
	text := string(read(t, dir, report.MarkdownFile))
	for _, want := range []string{
		"## Which way the orders went", "(plots/flow.png)", "### Not as in the flow: choreography", "### Not as in the flow: orchestration",
		"charge done: resolve was not called in ", // which did not follow
		"assign was called in ",                   // to which nothing leads
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if strings.Contains(text, "confirm was called in ") {
		t.Error("what charge leads to is called a stray")
	}
	if strings.Contains(text, "nowhere") {
		t.Error("a flow without an order is drawn")
	}
}
