package orchestration

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// More surprises at a time show nothing that two don't, and one would not be enough.
func TestTwoSurprisesAreEnough(t *testing.T) {
	t.Parallel()
	var flows []any
	for n := 1; n <= 3; n++ {
		f := explore(n)
		if n > 1 && len(f.Gaps) > 0 {
			t.Errorf("with %d surprises there are gaps: %q", n, f.Gaps)
		}
		flows = append(flows, f)
	}
	if diff := cmp.Diff(flows[1], flows[2]); diff != "" {
		t.Errorf("with a third surprise (-two +three):\n%s", diff)
	}
	if cmp.Equal(flows[0], flows[1]) {
		t.Error("one surprise is enough")
	}
}

// The explorer sees what goes through the executor. So nothing else in the flow may make
// calls, or wait for anything but answers, the customer and a person.
func TestTheFlowGoesThroughTheExecutor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || path == "flow.go" {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "workflow" && slices.ContainsFunc(unseen, func(name string) bool { return strings.HasPrefix(s.Sel.Name, name) }) {
					found[s.Sel.Name] = append(found[s.Sel.Name], path)
				}
			}
			return true
		})
	}
	want := map[string][]string{
		"ExecuteActivity":      {"activities.go"}, // an executor
		"ExecuteLocalActivity": {"local.go"},      // the other one
		"GetSignalChannel":     {"compensation.go"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("the explorer does not see this (-want +got):\n%s", diff)
	}
}

// unseen are what else a workflow could act with, or wait for.
var unseen = []string{"Execute", "Sleep", "NewTimer", "Await", "GetSignalChannel", "SetUpdateHandler", "SetQueryHandler", "SideEffect", "MutableSideEffect", "SignalExternal", "RequestCancelExternal", "NewContinueAsNew", "Now"}
