package variants

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/twins"
)

// rerouted are variants that change which calls follow, each with all that is other in the
// flow then.
var rerouted = map[string][]string{
	// One edge.
	"ticket-not-cancelled":     {"assign rejected: ↩ cancel-ticket in the intact alone"},
	"cancelled-not-refunded":   {"cancel done: ↩ refund in the intact alone"},
	"mailed-as-refunded":       {"refund rejected: mail-escalated in the intact alone, mail-refunded in the variant alone"},
	"refund-not-announced":     {"refund done, after assign rejected: mail-refunded in the intact alone"},
	"points-not-revoked":       {"assign rejected: ↩ revoke in the intact alone"},
	"cancelled-is-declined":    {"charge done or undone, once cancelled: mail-payment-failed in the variant alone"},
	"wrong-mail-after-decline": {"charge rejected: mail-payment-failed in the intact alone, mail-cancelled in the variant alone", "nothing leads to mail-payment-failed"},
	"escalation-not-mailed":    {"cancel-ticket rejected: mail-escalated in the intact alone", "no service receives ticket_cancellation_failed"},

	// A call that moves from one edge to another.
	"points-for-payment":        {"charge done: award in the variant alone", "confirm done: award in the intact alone"},
	"points-before-the-kitchen": {"charge done, unless cancelled: award in the variant alone", "confirm done, unless cancelled: award in the intact alone"},

	// No edge.
	"ack-before-publish": nil,
	"mailed-twice":       nil,

	// Not of the table: a subject to which nobody subscribes any more, although the
	// participant's reaction is there, and a flow that waits for what never comes.
	broken[0].Name: {
		"refund done: mail-refunded in the intact alone",
		"no service receives payment_reversed",
		"notification reacts to payment_reversed and does not receive it: mail-refunded is never called for it",
		"nothing leads to mail-refunded",
	},
	broken[1].Name: {
		"person resolves: resolve in the intact alone",
		"the workflow waits for ever after person resolves",
		"nothing leads to resolve",
	},
}

var broken = []Variant{
	{Name: "subject-broken", Styles: choreography, Edits: []Edit{{participantGo,
		"		all = append(all, Subject(name, kind, \"*\"))\n",
		"		if kind == PaymentReversed {\n			kind = \"payment_reverted\"\n		}\n		all = append(all, Subject(name, kind, \"*\"))\n"}}},
	{Name: "signal-broken", Styles: orchestration, Edits: []Edit{{compensationGo,
		"workflow.GetSignalChannel(s.detached, resolveSignal)", "workflow.GetSignalChannel(s.detached, \"resolved\")"}}},
}

// A variant that changes an edge changes the flow in that edge and nowhere else. Each is
// a copy of its package under another path, and one program prints the flows of all.
func TestFlowShowsWhatAVariantChanges(t *testing.T) {
	intact := map[string]flow.Flow{}
	for _, twin := range []twins.Twin{twins.Choreography, twins.Orchestration} {
		intact[twin.Style] = twin.Flow()
	}
	var all []Variant
	for _, v := range append(slices.Clone(All), broken...) {
		if _, ok := rerouted[v.Name]; ok {
			all = append(all, v)
		}
	}
	if len(all) != len(rerouted) {
		t.Errorf("%d variants, want %d", len(all), len(rerouted))
	}
	flows := flowsOf(t, all)
	for _, v := range all {
		f := flows[v.Name]
		f.Style = v.Styles[0]
		var got []string
		for _, d := range flow.Diff(intact[f.Style], f) {
			got = append(got, d.Text("intact", "variant"))
		}
		if diff := cmp.Diff(rerouted[v.Name], append(got, f.Gaps...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", v.Name, diff)
		}
	}
}

// flowsOf builds one program that prints the flows of variants, and runs it.
func flowsOf(t *testing.T, all []Variant) map[string]flow.Flow {
	t.Helper()
	b := builderFor(t)
	o := overlay{Replace: map[string]string{}}
	var imports, body strings.Builder
	for i, v := range all {
		pkg := path.Dir(v.Edits[0].File)
		copied := "internal/variant/" + v.Name + "/" + pkg
		if err := b.lay(o, v, pkg, copied, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&imports, "\tv%d %q\n", i, module+"/"+copied)
		fmt.Fprintf(&body, "\t\t%q: v%d.Flow(),\n", v.Name, i)
	}
	dir := t.TempDir()
	main := filepath.Join(dir, "main.go")
	if err := os.WriteFile(main, fmt.Appendf(nil, printsFlows, &imports, &body), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Replace[filepath.Join(b.root, "internal/variant/main.go")] = main
	exe := filepath.Join(dir, "flows")
	if err := b.compileAll(t.Context(), o, []string{"-o", exe, "./internal/variant"}); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), exe).Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]flow.Flow{}
	if err := json.Unmarshal(printed, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// printsFlows is the program, without its imports and what it does with them.
const printsFlows = `package main

import (
	"encoding/json"
	"os"

	"github.com/sagabench/sagabench/internal/flow"
%s)

func main() {
	err := json.NewEncoder(os.Stdout).Encode(map[string]flow.Flow{
%s	})
	if err != nil {
		panic(err)
	}
}
`
