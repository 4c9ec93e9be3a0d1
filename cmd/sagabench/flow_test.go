package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/internal/flow"
)

// A drawing stands below the command that makes it: in a page within a fence,
//
//	<!-- sagabench flow -->
//	```
//
// and in a comment of Go as lines that are indented.
//
//	// Drawn by sagabench flow --style choreography:
var (
	drawnInPage    = regexp.MustCompile("(?m)^(<!-- (sagabench flow.*) -->\n```.*\n)((?s:.*?))^```$")
	drawnInComment = regexp.MustCompile(`(?m)^(// Drawn by (sagabench flow.*):\n//\n)((?://\t.*\n|//\n//\t.*\n)+)`)
)

// The drawings of the flow in README, docs and the twins' own documentation are those of
// the code.
func TestFlowDrawings(t *testing.T) {
	t.Chdir("../..")
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, page := range append(docs, "README.md", "choreography/doc.go", "orchestration/doc.go") {
		old := read(t, page)
		fresh, n := redrawn(t, old)
		found[page] = n
		switch {
		case fresh == old:
		case *update:
			if err := os.WriteFile(page, []byte(fresh), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s does not show the flow as it is: it has no %q; read the difference that this makes: make golden", page, firstNew(old, fresh))
		}
	}
	for page, want := range map[string]int{"README.md": 1, "choreography/doc.go": 1, "orchestration/doc.go": 1, "docs/flow.md": 4} {
		if found[page] != want {
			t.Errorf("%s has %d drawings, want %d", page, found[page], want)
		}
	}
}

// firstNew is the first line of a text that another one does not have there.
func firstNew(old, fresh string) string {
	was := strings.Split(old, "\n")
	for i, line := range strings.Split(fresh, "\n") {
		if i >= len(was) || was[i] != line {
			return line
		}
	}
	return ""
}

// redrawn is a page with its drawings as the code is now, and how many it has.
func redrawn(t *testing.T, page string) (fresh string, n int) {
	t.Helper()
	draw := func(form *regexp.Regexp, margin string) {
		page = form.ReplaceAllStringFunc(page, func(block string) string {
			part := form.FindStringSubmatch(block)
			var out, errs strings.Builder
			if code := execute(t.Context(), strings.Fields(part[2])[1:], &out, &errs); code != exitOK {
				t.Errorf("%s: exit %d: %s", part[2], code, &errs)
			}
			n++
			drawing := ""
			for line := range strings.Lines(out.String()) {
				drawing += strings.TrimRight(margin+strings.TrimSuffix(line, "\n"), "\t") + "\n"
			}
			return part[1] + drawing + block[len(part[1])+len(part[3]):]
		})
	}
	draw(drawnInPage, "")
	draw(drawnInComment, "//\t")
	return page, n
}

// The check bites: a drawing that somebody has changed is found, in a page and in a comment.
func TestFlowDrawingFaultsAreFound(t *testing.T) {
	for name, empty := range map[string]string{
		"page":    "<!-- sagabench flow --style choreography -->\n```\n```\nmore\n",
		"comment": "// Drawn by sagabench flow --style choreography:\n//\n//\tempty\n//\n// # More\n",
	} {
		good, n := redrawn(t, empty)
		if n != 1 || !strings.Contains(good, "payment_success") || !strings.HasSuffix(good, strings.TrimPrefix(empty[len(empty)-5:], "\n")) {
			t.Fatalf("%s: %d drawings:\n%s", name, n, good)
		}
		if again, _ := redrawn(t, strings.Replace(good, "payment_success", "payment_done", 1)); again != good {
			t.Errorf("%s: a changed drawing becomes\n%s", name, again)
		}
	}
}

func TestFlowUsage(t *testing.T) {
	foreign := t.TempDir()
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "run.json"), []byte(`{"schema":3,`), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"--style choreografy":             `unknown style "choreografy"; did you mean "choreography"?`,
		"--style kafka":                   `unknown style "kafka"; want one of choreography, orchestration`,
		"--style baseline":                "the baseline has no engine, and no flow; want choreography or orchestration",
		"-o mermaid":                      "mermaid draws one style: add --style choreography or --style orchestration",
		"-o xml":                          `unknown output "xml"; want text, mermaid or json`,
		"--style x -o y":                  `unknown output "y"`,
		"a b":                             "flow takes one run folder at most, got 2; see sagabench flow --help",
		foreign:                           foreign + " has no run.json: not a run folder: name one that 'sagabench bench' wrote",
		damaged:                           "the run folder is damaged: restore it, or run it again",
		filepath.Join(foreign, "nothing"): "not a run folder",
		"../../reports/sample -o mermaid": "mermaid draws one style, and the run has several: add --style",
		"../../reports/sample --style orchestratoin": `did you mean "orchestration"?`,
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), append([]string{"flow"}, strings.Fields(args)...), &out, &errs)
		if code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), want) {
			t.Errorf("flow %s: exit %d, %s%s, want %q", args, code, &out, &errs, want)
		}
	}
}

// Nothing happened in the sample that the flow does not have, and every call that follows
// did. So what the explorer found is what the real workflow does.
func TestFlowOfTheSample(t *testing.T) {
	var out, errs bytes.Buffer
	began := time.Now()
	if code := execute(t.Context(), []string{"flow", "../../reports/sample", "-o", "json"}, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	if took := time.Since(began); took > 10*time.Second { // on a busy machine; it takes less than one
		t.Errorf("it took %v", took)
	}
	var found struct{ Flows []flow.Observed }
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Flows) != 2 {
		t.Fatalf("%d flows", len(found.Flows))
	}
	for _, o := range found.Flows {
		if o.Orders < 1000 || len(o.Stray) > 0 {
			t.Errorf("%s: %d orders; called without a cause: %v", o.Style, o.Orders, o.Stray)
		}
		for _, e := range o.Edges {
			for _, c := range e.Then {
				if n := e.Seen.Then[c]; n != e.Seen.Orders {
					t.Errorf("%s: after %v, %s was called in %d of %d orders", o.Style, e.Place, c, n, e.Seen.Orders)
				}
			}
		}
		if seen := fmt.Sprint(o.Never); strings.Contains(seen, "{charge done}") {
			t.Errorf("%s: never seen: %s", o.Style, seen)
		}
	}
}
