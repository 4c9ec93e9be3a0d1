package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/variants"
)

// One variant is built, run and caught, and the intact twin holds beside it.
func TestVariantIsCaught(t *testing.T) {
	var out, errs strings.Builder
	if code := execute(t.Context(), []string{"variants", "--only", "mails-exchanged", "-o", "json"}, &out, &errs); code != exitOK {
		t.Fatalf("exit %d: %s", code, &errs)
	}
	var found struct{ Results []variants.Result }
	if err := json.Unmarshal([]byte(out.String()), &found); err != nil {
		t.Fatal(err)
	}
	if len(found.Results) != 2 || found.Results[0].Name != variants.Intact || found.Results[0].Verdict != invariant.Holds ||
		found.Results[1].Name != "mails-exchanged" || found.Results[1].Verdict != invariant.Broken || !found.Results[1].Right {
		t.Errorf("got %+v", found.Results)
	}
}

// A variant that was not caught, and an intact twin that does not hold, are both
// misses, and one that is caught by something else is no catch.
func TestMissed(t *testing.T) {
	right := variants.Result{Name: "a", Style: "choreography", Right: true}
	wrong := variants.Result{Name: "b", Style: "choreography", Seed: 1}
	again := wrong
	again.Seed = 2
	if err := missed([]variants.Result{right}); err != nil {
		t.Errorf("got %v", err)
	}
	err := missed([]variants.Result{right, wrong, again})
	if e, ok := err.(exit); !ok || e.code != exitBroken || !strings.HasSuffix(err.Error(), "3: b (choreography)") {
		t.Errorf("got %v", err)
	}
}

func TestVariantsUsage(t *testing.T) {
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{"--only nowhere", "no variant is called nowhere…", exitUsage},
		{"--seeds 0", "--seeds 0: want 1 to 100", exitUsage},
		{"--quick --write x.json", "--write of some variants updates a file that a run of all has written: open x.json", exitUsage},
		{"--quick --write ../../bench/variants/caught.json", "is of seeds [1 2 3], and this run of [1]", exitUsage},
		{"--list", "", exitOK},
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), append([]string{"variants"}, strings.Fields(c.args)...), &out, &errs)
		if code != c.code || !strings.Contains(errs.String(), c.want) {
			t.Errorf("variants %s: exit %d, %s", c.args, code, &errs)
		}
		if code == exitOK && strings.Count(out.String(), "\n") != len(variants.All) {
			t.Errorf("the list has %d lines, and there are %d variants", strings.Count(out.String(), "\n"), len(variants.All))
		}
	}
}

// Outside of the source tree there is nothing to build from, and that is all that is
// printed.
func TestVariantsWithoutSource(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs strings.Builder
	code := execute(t.Context(), []string{"variants", "--quick"}, &out, &errs)
	if want := "sagabench: " + variants.ErrNoSource.Error() + "\n"; code != exitError || errs.String() != want {
		t.Errorf("exit %d, %q, want %q", code, &errs, want)
	}
}
