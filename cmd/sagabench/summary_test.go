package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/lists"
)

const (
	summaryPage  = "../../docs/when-to-use-which.md"
	sampleFolder = "../../reports/sample"
)

// summaryBlock is what is made, between a comment that says of what and its end.
var summaryBlock = regexp.MustCompile(`(?m)^(<!-- of (the .*) -->\n)((?s:.*?))^(<!-- end -->)$`)

// The tables of the summary are those of the committed run and of the flow in the code.
func TestSummary(t *testing.T) {
	old := read(t, summaryPage)
	fresh := summarized(t, old)
	switch {
	case fresh == old:
	case *update:
		if err := os.WriteFile(summaryPage, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("docs/when-to-use-which.md is not of the run and the code: it has no %q; read the difference that this makes: make golden", firstNew(old, fresh))
	}
}

// summarized is the page with its tables made anew.
func summarized(t *testing.T, page string) string {
	t.Helper()
	made := map[string]func(*testing.T) string{"the committed run": numbersOfRun, "the flow in the code": factsOfFlow}
	seen := map[string]bool{}
	page = summaryBlock.ReplaceAllStringFunc(page, func(block string) string {
		part := summaryBlock.FindStringSubmatch(block)
		make, known := made[part[2]]
		if !known {
			t.Fatalf("nothing is made of %q", part[2])
		}
		seen[part[2]] = true
		return part[1] + make(t) + part[4]
	})
	for of := range made {
		if !seen[of] {
			t.Errorf("the page has no block of %s", of)
		}
	}
	return page
}

// A summaryRow is a row of the report, with its conditions and how many orders, or other
// things, it is of.
type summaryRow struct {
	words, table, heading, row string

	load string // instead of the heading
	n    func(r sampleResults, style string) string
}

// sampleResults is what the page needs of results.json.
type sampleResults struct {
	RunID      string            `json:"run_id"`
	Plan       string            `json:"plan"`
	Durability string            `json:"durability"`
	Machine    map[string]string `json:"machine"`
	Versions   map[string]string `json:"versions"`
	Limits     []struct {
		Repeats []int `json:"repeats"`
		Spread  struct {
			Interval *struct{ Kind string } `json:"interval"`
		} `json:"spread"`
	} `json:"limits"`
	Pools []struct {
		Style    string         `json:"style"`
		Scenario string         `json:"scenario"`
		Orders   map[string]int `json:"orders"`
	} `json:"pools"`
}

var summaryRows = []summaryRow{
	{"from due to settled, completed orders, median", "metric", "none refused, 12/s, realistic service times", "completed orders: p50", "", countedIn("realistic", "completed")},
	{"from due to settled, completed orders, median", "metric", "none refused, 12/s, zero service time", "completed orders: p50", "", countedIn("refused-0", "completed")},
	{"from refusal to last compensation, median", "metric", "50 % refused, 12/s, zero service time", "refusal to last compensation: p50", "", countedIn("refused-50", "restaurant_failed")},
	{"orders per second, at most", "metric", "the whole run", "orders/s at most, zero service time", "a burst, zero service time", countedIn("saturation", "offered")},
	{"CPU time of the server per order", "cost", "", "server, CPU time", "a burst, zero service time", countedIn("saturation", "offered")},
	{"kept on disk per order, ledger too", "cost", "", "kept on disk", "a burst, zero service time", countedIn("saturation", "offered")},
	{"orders handled wrongly", "metric", "the whole run", "orders that met a fault, handled wrongly", "met a fault, 12/s, zero service time", nil},
}

// countedIn counts the orders of a scenario: those that were offered, or had an ending.
func countedIn(scenario, what string) func(sampleResults, string) string {
	return func(r sampleResults, style string) string {
		for _, p := range r.Pools {
			if p.Style == style && p.Scenario == scenario {
				return thousands(p.Orders[what])
			}
		}
		return "unknown"
	}
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// numbersOfRun is the table of numbers, and what they are of.
func numbersOfRun(t *testing.T) string {
	var r sampleResults
	if err := json.Unmarshal([]byte(read(t, sampleFolder+"/results.json")), &r); err != nil {
		t.Fatal(err)
	}
	report := read(t, sampleFolder+"/report.md")
	var b strings.Builder
	b.WriteString("| number | condition | choreography | orchestration | ratio | n |\n| --- | --- | --: | --: | --: | --: |\n")
	for _, row := range summaryRows {
		cells, err := reportRow(report, row)
		if err != nil {
			t.Fatal(err)
		}
		ratio, n := "–", "–"
		if row.table == "metric" && len(cells) > 2 {
			ratio = cells[2]
		}
		if row.n != nil {
			n = row.n(r, record.Choreography)
			if other := row.n(r, record.Orchestration); other != n {
				n += " and " + other
			}
		}
		condition := row.load
		if condition == "" {
			condition = row.heading
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", row.words, condition, cells[0], cells[1], ratio, n)
	}
	fmt.Fprintf(&b, "\n%s\n", strings.Join(wrapped(summaryNote(r), 120), "\n"))
	return b.String()
}

// summaryNote says what the numbers are of.
func summaryNote(r sampleResults) string {
	limit := r.Limits[0]
	kind := "range of %d repeats, no confidence interval"
	if i := limit.Spread.Interval; i != nil && i.Kind == "ci95" {
		kind = "95 %% confidence interval of %d repeats"
	}
	return fmt.Sprintf("In brackets is the "+kind+", or a bound. The ratio is orchestration over choreography, n the orders of either. "+
		"Plan %s, run %s: server, worker and load generator on one machine (%s cores, %s, %s), durability %s, NATS %s and Temporal %s as single servers, Temporal on SQLite. "+
		"Realistic service times are chosen and not measured; with zero service time coordination is all that an order takes.",
		len(limit.Repeats), r.Plan, r.RunID, r.Machine["cores"], r.Machine["cpu"], r.Machine["memory"], r.Durability, r.Versions["nats-server"], r.Versions["temporal-server"])
}

// reportRow finds the row of a table of the report: the one whose first column has this
// head, below this heading.
func reportRow(report string, want summaryRow) (cells []string, err error) {
	head, heading, found := "", "", [][]string{}
	for line := range strings.Lines(report) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			head, heading = "", ""
			continue
		}
		all := lists.Map(strings.Split(strings.Trim(line, "|"), " | "), strings.TrimSpace)
		switch {
		case head == "":
			head = all[0]
		case strings.HasPrefix(all[0], "**"):
			heading = strings.Trim(strings.TrimRight(all[0], " |"), "*")
		case head == want.table && (want.heading == "" || heading == want.heading) && all[0] == want.row:
			found = append(found, all[1:])
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the report has %d rows %q below %q", len(found), want.row, want.heading)
	}
	return found[0], nil
}

// bothFlows takes a moment: a workflow is run under every answer.
var bothFlows = sync.OnceValue(func() []flow.Flow { return flows() })

// factsOfFlow is what the flow itself shows.
func factsOfFlow(t *testing.T) string {
	all := bothFlows()
	c, o := all[0], all[1]
	by := func(f flow.Flow) []string {
		return slices.Compact(slices.Sorted(slices.Values(lists.Map(f.Edges, func(e flow.Edge) string { return e.By }))))
	}
	after := edgeFrom(t, c, food.Confirm, flow.Done)
	before, refused := edgeFrom(t, c, food.Charge, flow.Done), edgeFrom(t, c, food.Confirm, flow.Refused)
	cancelled := edgeFrom(t, c, food.Cancel, flow.Done)
	var b strings.Builder
	b.WriteString("| the same flow | choreography | orchestration |\n| --- | --- | --- |\n")
	line := func(what, choreography, orchestration string) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", what, choreography, orchestration)
	}
	every := servicesOf(c.Edges...)
	line("Where is it written?", fmt.Sprintf("in %d services, a part in each; the whole nowhere", len(every)), o.Frame+", one function")
	line(fmt.Sprintf("What carries its %d steps?", len(c.Edges)), fmt.Sprintf("%d kinds of events", len(by(c))), "in one place: "+strings.Join(by(o), ", "))
	line("A call more that nothing waits for", "its service, which reacts to "+after.By, "its service and "+o.Frame)
	touched := servicesOf(before, refused)
	line("A deciding call more, before confirm", fmt.Sprintf("its service and %d more: %s", len(touched), strings.Join(touched, ", ")), "its service and "+o.Frame)
	line(fmt.Sprintf("What may begin after %s all the same?", cancelled.By), strings.Join(partingCalls(c, o), ", "), "nothing")
	return b.String()
}

// edgeFrom finds what follows from an answer.
func edgeFrom(t *testing.T, f flow.Flow, call food.Action, answer flow.Answer) flow.Edge {
	t.Helper()
	e, ok := lists.Find(f.Edges, func(e flow.Edge) bool { return e.Call == call && slices.Contains(e.Answers, answer) })
	if !ok {
		t.Fatalf("nothing follows from %s %s in the %s", call, answer, f.Style)
	}
	return e
}

// servicesOf lists the services that make the calls of edges.
func servicesOf(edges ...flow.Edge) (services []string) {
	for _, s := range food.AllServices {
		makes := func(a food.Action) bool { return slices.Contains(food.Actions[s], a) }
		if slices.ContainsFunc(edges, func(e flow.Edge) bool { return slices.ContainsFunc(e.Then, makes) }) {
			services = append(services, string(s))
		}
	}
	return services
}

// partingCalls are those that only the first of two flows makes.
func partingCalls(a, b flow.Flow) (calls []string) {
	for _, d := range flow.Diff(a, b) {
		calls = append(calls, lists.Map(d.Only[0], func(c food.Action) string { return string(c) })...)
	}
	return calls
}

// wrapped breaks text into lines of at most so many columns.
func wrapped(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > columns {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// A number that is not made from the run or from the code can't be on the page.
func TestSummaryHasNoOtherNumbers(t *testing.T) {
	if found := strayNumbers(read(t, summaryPage)); found != nil {
		t.Errorf("docs/when-to-use-which.md has %q outside of its tables", found)
	}
}

var anyNumber = regexp.MustCompile(`\d+`)

func strayNumbers(page string) []string {
	return anyNumber.FindAllString(summaryBlock.ReplaceAllString(page, ""), -1)
}

// The page is one. A sheet of A4 at nine points has room for some seventy lines of 115
// characters, by a browser that printed it. The cells of a table wrap.
func TestSummaryIsOnePage(t *testing.T) {
	if n := sheetLines(read(t, summaryPage)); n > sheet {
		t.Errorf("docs/when-to-use-which.md takes %d lines of a sheet, want at most %d", n, sheet)
	}
}

const sheet = 70

// sheetLines estimates how many lines a page takes in print.
func sheetLines(page string) (n int) {
	page = regexp.MustCompile(`(?m)^<!--.*-->\n|^\| ---.*\n`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`\]\([^)]*\)`).ReplaceAllString(page, "]")
	for part := range strings.SplitSeq(strings.TrimSpace(page), "\n\n") {
		if !strings.HasPrefix(part, "|") {
			n += (utf8.RuneCountInString(part) + 109) / 110
			continue
		}
		rows := lists.Map(strings.Split(part, "\n"), func(row string) []string { return strings.Split(strings.Trim(row, "| "), " | ") })
		n += tableLines(rows)
	}
	return n + strings.Count(page, "\n\n")/2
}

// tableLines gives each column the share of the width that its text has.
func tableLines(rows [][]string) (n int) {
	widths, total := make([]int, len(rows[0])), 0
	for _, row := range rows {
		for i, cell := range row {
			widths[i] += utf8.RuneCountInString(cell)
			total += utf8.RuneCountInString(cell)
		}
	}
	for _, row := range rows {
		height := 1
		for i, cell := range row {
			width := max(105*widths[i]/total, 6)
			height = max(height, (utf8.RuneCountInString(cell)+width-1)/width)
		}
		n += height
	}
	return n
}

// The checks bite: a number that was changed, one that was made up, a page that grows and
// a row that the report does not have.
func TestSummaryFaultsAreFound(t *testing.T) {
	good := read(t, summaryPage)
	for _, cell := range []string{"135 ms", "31.3/s", "21,000 and 576", "14 steps", "4 more: order, payment"} {
		if strings.Count(good, cell) == 0 {
			t.Errorf("the page has no %q", cell)
		}
		if again := summarized(t, strings.Replace(good, cell, "99 ms", 1)); again != good {
			t.Errorf("a page without %q is not mended", cell)
		}
	}
	if found := strayNumbers(good + "\nTwenty times, or 20 times.\n"); !slices.Equal(found, []string{"20"}) {
		t.Errorf("a number that was made up: got %q", found)
	}
	if n := sheetLines(good + strings.Repeat("One paragraph more, and it is as long as a line.\n\n", 30)); n <= sheet {
		t.Errorf("a page with thirty paragraphs more takes %d lines", n)
	}
	report := read(t, sampleFolder+"/report.md")
	for _, row := range summaryRows {
		for _, spoil := range []func(*summaryRow){
			func(r *summaryRow) { r.row += "?" }, func(r *summaryRow) { r.heading += "?" }, func(r *summaryRow) { r.table += "?" },
		} {
			wrong := row
			spoil(&wrong)
			if cells, err := reportRow(report, wrong); err == nil {
				t.Errorf("%q below %q is %q", wrong.row, wrong.heading, cells)
			}
		}
	}
}
