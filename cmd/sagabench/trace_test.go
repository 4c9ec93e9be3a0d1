package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/lanes"
	"github.com/sagabench/sagabench/internal/twins"
)

const tracePage = "../../docs/trace.md"

// The commands in docs/trace.md print what the page says that they print.
func TestTracePage(t *testing.T) {
	t.Parallel()
	page := read(t, tracePage)
	block := regexp.MustCompile("(?ms)^```\n\\$ (sagabench trace [^\n]*)\n(.*?)^```$")
	if len(block.FindAllString(page, -1)) == 0 {
		t.Fatal("the page has no command")
	}
	fresh := block.ReplaceAllStringFunc(page, func(one string) string {
		m := block.FindStringSubmatch(one)
		args := strings.Fields(strings.Replace(m[1], "reports/", "../../reports/", 1))[1:]
		got := runStuck(t, args...)
		if diff := cmp.Diff(m[2], got); diff != "" && !*update {
			t.Errorf("%s (-docs/trace.md +now):\n%s", m[1], diff)
		}
		return "```\n$ " + m[1] + "\n" + got + "```"
	})
	if *update {
		if err := os.WriteFile(tracePage, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// On servers that run, the same orders are followed as by the page of stuck: by what the
// engines recorded, without a ledger, and with whom they wait for.
func TestTraceOnServers(t *testing.T) {
	t.Parallel()
	_, at, _ := startDevserver(t)
	for _, e := range engines {
		if e.server != nil {
			lunch(t, e, twins.Endpoint{Address: at[e.server.name]})
		}
	}
	servers := []string{"--nats", at["nats"], "--temporal", at["temporal"]}
	for _, c := range []struct {
		order   string
		ending  food.Ending
		chain   []string // in the choreography, and in the orchestration, from the end
		chain2  []string
		waits   string
		missing []string
	}{
		{"o-1", food.Completed, []string{"delivery_partner_assigned", "restaurant_confirmed_order", "payment_success", "order_placed"},
			[]string{"delivery.assign", "WorkflowTask", "restaurant.confirm", "WorkflowTask", "payment.charge", "WorkflowTask", "WorkflowExecutionStarted"}, "", nil},
		{"o-2", food.Escalated, []string{"payment_reversal_failed", "restaurant_order_confirmation_failed", "payment_success", "order_placed"},
			[]string{"payment.refund", "WorkflowTask", "restaurant.confirm"}, "person", []string{"order.resolve"}},
		{"o-3", food.Completed, nil, []string{"loyalty.award", "WorkflowTask", "restaurant.confirm"}, "program", []string{"loyalty.award"}},
		{"o-4", "", []string{"dead letter", "order_placed"}, nil, "operator", nil},
	} {
		var tr lanes.Trace
		if err := json.Unmarshal([]byte(runStuck(t, append([]string{"trace", c.order, "-o", "json"}, servers...)...)), &tr); err != nil {
			t.Fatal(err)
		}
		if len(tr.Sides) != 2 {
			t.Fatalf("%s: %+v", c.order, tr)
		}
		for i, chain := range [][]string{c.chain, c.chain2} {
			side := tr.Sides[i]
			if side.Ending != c.ending || (c.missing != nil && !slices.Equal(side.Missing, c.missing)) {
				t.Errorf("%s, %s: %s, without %v", c.order, side.Style, side.Ending, side.Missing)
			}
			if waits := strings.Join(side.Waits, "; "); !strings.Contains(waits, c.waits) || (waits == "") != (c.waits == "") {
				t.Errorf("%s, %s: %s", c.order, side.Style, waits)
			}
			if got := chainOf(side, chain); !slices.Equal(got, chain) {
				t.Errorf("%s, %s: %v, want %v", c.order, side.Style, got, chain)
			}
			if !slices.ContainsFunc(side.Notes, func(n string) bool { return strings.Contains(n, "no ledger") }) {
				t.Errorf("%s, %s: %q", c.order, side.Style, side.Notes)
			}
		}
	}
	for args, want := range map[string]string{
		"o-5":                `order "o-5": no such order was accepted; did you mean "o-1"?`,
		"o-1 --name nothing": `no orders were placed there under the name "nothing"`,
	} {
		if got := runStuck(t, slices.Concat([]string{"trace"}, strings.Fields(args), servers)...); !strings.Contains(got, want) {
			t.Errorf("%s: %s", args, got)
		}
	}
}

// chainOf goes back as far as the chain does, from the last step of the first name.
func chainOf(side lanes.Side, chain []string) (found []string) {
	if chain == nil {
		return nil
	}
	for i := range slices.Backward(side.Steps) {
		if side.Steps[i].What != chain[0] {
			continue
		}
		for n := i + 1; n > 0 && len(found) < len(chain); n = side.Steps[n-1].After {
			found = append(found, side.Steps[n-1].What)
		}
		return found
	}
	return nil
}
