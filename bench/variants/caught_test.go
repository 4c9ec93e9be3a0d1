package variants

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/bench/invariant"
)

const caughtFile = "caught.json"

// The committed results are those of the table as it is, and show that no invariant
// could be left out.
func TestCaught(t *testing.T) {
	text, err := os.ReadFile(caughtFile)
	if err != nil {
		t.Fatal(err)
	}
	var c Caught
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range shortcomings(c, All, invariantNames()) {
		t.Error(wrong)
	}
}

func invariantNames() (names []string) {
	for _, inv := range invariant.All {
		names = append(names, inv.Name)
	}
	return names
}

// mostBySettles bounds how many variants may be caught by "settles" alone: that an
// order hangs says the least about why.
const mostBySettles = 10

// shortcomings is all that is wrong with committed results.
func shortcomings(c Caught, table []Variant, invariants []string) (bad []string) {
	if len(c.Seeds) < 3 || c.Revision == "" {
		bad = append(bad, "want three seeds, and the revision")
	}
	ran := map[string]bool{}
	var settles []string
	only := map[string]bool{}
	for _, one := range c.Variants {
		ran[one.Name+" "+one.Style] = true
		if len(one.Ever) == 1 {
			only[one.Ever[0]] = true
			if one.Ever[0] == "settles" && !slices.Contains(settles, one.Name) {
				settles = append(settles, one.Name)
			}
		}
		i := slices.IndexFunc(table, func(v Variant) bool { return v.Name == one.Name })
		switch {
		case i < 0:
			bad = append(bad, one.Name+" is not in the table")
		case one.Want != table[i].Want():
			bad = append(bad, fmt.Sprintf("%s was to be caught by %s, and now by %s", one.Name, one.Want, table[i].Want()))
		case table[i].Catch != "" && !slices.Contains(one.Always, one.Want):
			bad = append(bad, fmt.Sprintf("%s (%s) is not caught by %s at every seed", one.Name, one.Style, one.Want))
		}
	}
	for _, v := range table {
		for _, style := range v.Styles {
			if v.Harmless == "" && !ran[v.Name+" "+style] {
				bad = append(bad, fmt.Sprintf("%s (%s) was not run", v.Name, style))
			}
		}
	}
	for _, name := range invariants {
		if !only[name] {
			bad = append(bad, name+" is the only catcher of no variant")
		}
	}
	if len(settles) > mostBySettles {
		bad = append(bad, fmt.Sprintf("%d variants are caught by settles alone, want at most %d: %s", len(settles), mostBySettles, strings.Join(settles, ", ")))
	}
	return bad
}

// The check bites.
func TestShortcomingsAreFound(t *testing.T) {
	table := []Variant{{Name: "a", Styles: choreography, Catch: "settles"}, {Name: "b", Styles: orchestration, Catch: "money"}}
	good := func() Caught {
		return Caught{"r", []uint64{1, 2, 3}, []Catch{
			{"a", choreography[0], "settles", []string{"settles"}, []string{"settles"}, true, ""},
			{"b", orchestration[0], "money", []string{"money"}, []string{"money"}, true, ""},
		}}
	}
	names := []string{"settles", "money"}
	if bad := shortcomings(good(), table, names); bad != nil {
		t.Fatalf("a good file has %q", bad)
	}
	for want, spoil := range map[string]func(*Caught){
		"want three seeds":          func(c *Caught) { c.Seeds = c.Seeds[:2] },
		"and the revision":          func(c *Caught) { c.Revision = "" },
		"b (orchestration) was not": func(c *Caught) { c.Variants = c.Variants[:1] },
		"z is not in the table":     func(c *Caught) { c.Variants = append(c.Variants, Catch{Name: "z"}) },
		"a was to be caught by":     func(c *Caught) { c.Variants[0].Want = "once" },
		"a (choreography) is not":   func(c *Caught) { c.Variants[0].Always = nil },
		"money is the only catcher": func(c *Caught) { c.Variants[1].Ever = []string{"money", "once"} },
		"caught by settles alone": func(c *Caught) {
			for i := range mostBySettles {
				c.Variants = append(c.Variants, Catch{Name: fmt.Sprint("more", i), Ever: []string{"settles"}})
			}
		},
	} {
		c := good()
		spoil(&c)
		if bad := shortcomings(c, table, names); !strings.Contains(strings.Join(bad, "\n"), want) {
			t.Errorf("found %q, want %q", bad, want)
		}
	}
}
