package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The form of the project, as rules on what the packages' own code may import.
// Tests are free: the twins' tests start servers and run the shared suite.

const module = "github.com/sagabench/sagabench"

// layers are the rooms from the ground up, as docs/architecture.md has them. A package
// imports lower ones alone: none above it, and none beside it.
var layers = [][]string{
	// Words.
	{"food", "bench/report/plot", "internal/child", "internal/journal", "internal/lists", "internal/nearest", "workshop", "workshop/kit"},
	// Words about orders.
	{"internal/flow", "internal/story", "internal/stuck"},
	// What a run leaves behind.
	{"bench/record"},
	// One thing each.
	{
		"choreography", "orchestration", "bench/baseline", "internal/ledger", "bench/load", "bench/fault", "bench/invariant",
		"internal/durability", "internal/lanes", "internal/tracing", "workshop/folder", "workshop/program",
		"workshop/kit/choreo", "workshop/kit/orch",
	},
	// Put together.
	{"bench/world", "internal/worker", "internal/devserver/command", "bench/measure", "internal/tracing/tracingtest"},
	// Judged; and the servers.
	{"bench/results", "bench/threshold", "bench/conformance", "internal/devserver", "cmd/temporal-devserver"},
	// Before and after.
	{"bench/plan", "bench/report", "internal/devserver/devservertest", "internal/durability/durabilitytest"},
	// The run; the instrument measured, the judge tried, and both styles opened.
	{"bench"},
	{"bench/selftest", "bench/variants", "internal/twins"},
	// The exercises: a cell for a learner's program, orders for a learner's function, and
	// what both are checked by.
	{"workshop/stage", "workshop/orders", "workshop/lint"},
	{"workshop/checks"},
	// Flags, one call, print.
	{"cmd/sagabench", "internal/twins/worker"},
}

// layerOf is the layer of one of our packages, from 0; -1 if no layer lists it.
func layerOf(pkg string) int {
	return slices.IndexFunc(layers, func(layer []string) bool {
		return slices.Contains(layer, strings.TrimPrefix(pkg, module+"/"))
	})
}

// A rule is on all packages at or below a path, beside the layers.
type rule struct {
	of  string
	why string
	may func(imported string) bool
}

var rules = []rule{
	{"food", "the story can be read alone", standard},
	{"choreography", "the twins don't know each other, nor the bench", func(p string) bool {
		return standard(p) || words(p) || within(p, "github.com/nats-io/nats.go") || spans(p)
	}},
	{"orchestration", "the twins don't know each other, nor the bench", func(p string) bool {
		return standard(p) || words(p) || within(p, "go.temporal.io/sdk") || within(p, "go.temporal.io/api") || spans(p)
	}},
	{"internal/flow", "the flow is put together by no style", func(p string) bool { return standard(p) || within(p, module+"/food") }},
	{"bench", "the measuring side can't favour an engine", func(p string) bool {
		return !engine(p) && !within(p, module+"/choreography") && !within(p, module+"/orchestration") &&
			!within(p, module+"/internal/devserver") && !within(p, module+"/cmd")
	}},
	{"bench/report", "any finding can be redone from a folder", func(p string) bool {
		return !ours(p) || within(p, module+"/bench/report") || within(p, module+"/bench/results") || within(p, module+"/bench/record") ||
			within(p, module+"/bench/measure") || within(p, module+"/bench/invariant") || within(p, module+"/food") ||
			within(p, module+"/internal/lists") || within(p, module+"/internal/flow")
	}},
	{"bench/invariant", "a checker that shares code with the services shares their mistakes", func(p string) bool {
		return !ours(p) || within(p, module+"/bench/record")
	}},
	{"internal/ledger", "the outside world knows no engine", func(p string) bool {
		return !engine(p) && (!ours(p) || within(p, module+"/food"))
	}},
}

// everywhere holds for every package but the one that is named.
var everywhere = []struct {
	imported, onlyIn, why string
}{
	{"go.temporal.io/server", module + "/cmd/temporal-devserver", "it takes minutes to compile"},
	{"github.com/nats-io/nats-server/v2", module + "/internal/devserver", "servers have one door"},
	{"gonum.org/v1/plot", module + "/bench/report/plot", "drawing has one door"},
	{"go.opentelemetry.io/otel/sdk", module + "/internal/tracing", "what makes and sends spans has one door"},
	{"go.opentelemetry.io/otel/exporters", module + "/internal/tracing", "what makes and sends spans has one door"},
	{"github.com/cloudevents", module + "/nowhere", "it judges the events, in tests alone"},
	{module + "/workshop", module + "/workshop", "nothing builds on the exercises but the commands"},
}

func TestImports(t *testing.T) {
	packages := listed(t)
	for _, v := range violations(packages) {
		t.Error(v)
	}
	for _, layer := range layers {
		for _, pkg := range layer {
			if packages[module+"/"+pkg] == nil {
				t.Errorf("the layers list %s, which is not there", pkg)
			}
		}
	}
}

// The check bites: each of these imports is against a rule.
func TestForbiddenImportsAreFound(t *testing.T) {
	for pkg, imported := range map[string]string{
		"bench/measure":     module + "/bench/results",
		"bench/report/plot": module + "/food",
		"bench/results":     "gonum.org/v1/plot/vg",
		"bench/threshold":   module + "/bench/results",
		"internal/ledger":   module + "/internal/worker",
		"internal/nowhere":  "fmt",
		"food":              "github.com/google/uuid",
		"food/deeper":       module + "/internal/ledger",
		"choreography":      module + "/orchestration",
		"orchestration":     module + "/bench/load",
		"bench":             "github.com/nats-io/nats.go/jetstream",
		"bench/plan":        module + "/bench",
		"bench/load":        "go.temporal.io/sdk/client",
		"bench/report":      module + "/bench/fault",
		"bench/invariant":   module + "/food",
		"cmd/sagabench":     "go.temporal.io/server/temporal",
		"internal/flow":     module + "/internal/lists",
		"internal/child":    "github.com/nats-io/nats-server/v2/server",
		"bench/baseline":    module + "/workshop/lab",
		"internal/twins":    "go.opentelemetry.io/otel/sdk/trace",
		"workshop/3-x/main": module + "/food",
		"internal/stuck":    "github.com/cloudevents/sdk-go/v2/event",
	} {
		planted := map[string][]string{module + "/" + pkg: {"fmt", imported}}
		if found := violations(planted); len(found) == 0 {
			t.Errorf("%s imports %s, and nothing was found", pkg, imported)
		}
	}
}

// The Temporal server takes minutes to compile, so the program that is edited
// must not contain it, by whatever detour.
func TestTheTemporalServerStaysOutside(t *testing.T) {
	deps := func(pkg string) string {
		out, err := exec.Command("go", "list", "-deps", module+"/"+pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if strings.Contains(deps("internal/twins/worker"), "github.com/nats-io/nats-server/") {
		t.Error("the worker alone contains the NATS server, which takes a second to link")
	}
	if strings.Contains(deps("cmd/sagabench"), "go.temporal.io/server/") {
		t.Error("cmd/sagabench contains the Temporal server")
	}
	if !strings.Contains(deps("cmd/temporal-devserver"), "go.temporal.io/server/") {
		t.Error("the check does not find the server where it is")
	}
}

// Only one file names both styles.
func TestOneFileNamesBothStyles(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}`, module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var both []string
	for file := range strings.Lines(string(out)) {
		file = strings.TrimSpace(file)
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(source)
		if strings.Contains(text, `"`+module+`/choreography"`) && strings.Contains(text, `"`+module+`/orchestration"`) {
			both = append(both, file[strings.LastIndex(file, "/")+1:])
		}
	}
	if !slices.Equal(both, []string{"twins.go"}) {
		t.Errorf("both styles are imported by %q, want twins.go alone", both)
	}
}

// learners reports whether a package is a program of an exercise. Those are in no layer:
// of ours they know the kit alone.
func learners(pkg string) bool {
	folder, ok := strings.CutPrefix(pkg, module+"/workshop/")
	return ok && folder[0] >= '0' && folder[0] <= '9'
}

func violations(packages map[string][]string) (found []string) {
	for pkg, imports := range packages {
		if learners(pkg) {
			for _, imported := range imports {
				if ours(imported) && !within(imported, module+"/workshop/kit") {
					found = append(found, fmt.Sprintf("%s imports %s: a learner has the kit alone", pkg, imported))
				}
			}
			continue
		}
		if layerOf(pkg) < 0 {
			found = append(found, fmt.Sprintf("%s is in no layer: list it above what it imports", pkg))
		}
		for _, imported := range imports {
			if ours(imported) && layerOf(imported) >= layerOf(pkg) {
				found = append(found, fmt.Sprintf("%s imports %s, which is not below it", pkg, imported))
			}
			for _, r := range rules {
				if within(pkg, module+"/"+r.of) && !r.may(imported) {
					found = append(found, fmt.Sprintf("%s imports %s: %s", pkg, imported, r.why))
				}
			}
			for _, e := range everywhere {
				commands := pkg == module+"/cmd/sagabench" && e.imported == module+"/workshop"
				if within(imported, e.imported) && !within(pkg, e.onlyIn) && !commands {
					found = append(found, fmt.Sprintf("%s imports %s, which only %s may: %s", pkg, imported, e.onlyIn, e.why))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// listed returns the imports of each package's own code.
func listed(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = append([]string{}, p.Imports...)
	}
	if len(packages) < 10 {
		t.Fatalf("go list knows %d packages only", len(packages))
	}
	return packages
}

func within(p, path string) bool { return p == path || strings.HasPrefix(p, path+"/") }

// words are what the twins share.
func words(p string) bool {
	return within(p, module+"/food") || within(p, module+"/internal/flow") || within(p, module+"/internal/story") || within(p, module+"/internal/stuck")
}

// spans are the words of OpenTelemetry, with nothing that makes or sends a span.
func spans(p string) bool {
	return slices.Contains([]string{
		"go.opentelemetry.io/otel/attribute", "go.opentelemetry.io/otel/codes", "go.opentelemetry.io/otel/propagation", "go.opentelemetry.io/otel/trace",
	}, p)
}

func ours(p string) bool { return within(p, module) }

func standard(p string) bool { return !strings.Contains(strings.Split(p, "/")[0], ".") }

func engine(p string) bool { return within(p, "github.com/nats-io") || within(p, "go.temporal.io") }
