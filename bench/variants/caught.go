package variants

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/sagabench/sagabench/bench/invariant"
	"github.com/sagabench/sagabench/bench/record"
)

// Want is what a variant must come to: the invariant that catches it, "unknown" where
// the instrument alone is broken, and "holds" where nothing can be seen.
func (v Variant) Want() string {
	switch {
	case v.Harmless != "":
		return invariant.Holds.String()
	case v.Blind:
		return invariant.Unknown.String()
	}
	return v.Catch
}

// Caught is the file that says which invariants caught what, caught.json.
type Caught struct {
	Revision string   `json:"revision"` // of the program that ran them
	Seeds    []uint64 `json:"seeds"`
	Variants []Catch  `json:"variants"`
}

// A Catch is what fired for one variant in one style.
type Catch struct {
	Name   string   `json:"name"`
	Style  string   `json:"style"`
	Want   string   `json:"want"`
	Always []string `json:"always"` // invariants that fired at every seed
	Ever   []string `json:"ever"`   // at any
	Caught bool     `json:"caught"` // by what must catch it, at every seed

	Revision string `json:"revision,omitempty"` // where it was run later than the others
}

// caughtBy adds up the results of all seeds.
func caughtBy(all []Result) (found []Catch) {
	for _, r := range all {
		if r.Name == Intact {
			continue
		}
		i := slices.IndexFunc(found, func(c Catch) bool { return c.Name == r.Name && c.Style == r.Style })
		if i < 0 {
			found = append(found, Catch{r.Name, r.Style, r.Want, slices.Clone(r.Fired), slices.Clone(r.Fired), r.Right, ""})
			continue
		}
		c := &found[i]
		c.Caught = c.Caught && r.Right
		c.Always = slices.DeleteFunc(c.Always, func(inv string) bool { return !slices.Contains(r.Fired, inv) })
		for _, inv := range r.Fired {
			if !slices.Contains(c.Ever, inv) {
				c.Ever = append(c.Ever, inv)
			}
		}
	}
	for _, c := range found {
		slices.Sort(c.Always)
		slices.Sort(c.Ever)
	}
	return found
}

//go:embed caught.json
var caught []byte

// Record is the judge's own record: how many of the variants its verdict has caught,
// in each style that they break, when the committed file was written. It is nil when
// there is none.
func Record() *record.Judge {
	var c Caught
	if err := json.Unmarshal(caught, &c); err != nil || len(c.Variants) == 0 {
		return nil
	}
	right := map[string]bool{}
	for _, v := range c.Variants {
		if v.Want == invariant.Holds.String() {
			continue // there is nothing to be caught
		}
		before, known := right[v.Name]
		right[v.Name] = v.Caught && (before || !known)
	}
	judge := &record.Judge{Of: len(right), Revision: c.Revision}
	for _, is := range right {
		if is {
			judge.Caught++
		}
	}
	return judge
}

// Write writes the file, of a run of all variants.
func Write(path, revision string, seeds []uint64, all []Result) error {
	return write(path, Caught{revision, seeds, caughtBy(all)})
}

// Update replaces in the file what some variants came to. They were run at as many
// seeds.
func Update(path, revision string, seeds []uint64, some []Result) error {
	c, err := Updatable(path, seeds)
	if err != nil {
		return err
	}
	for _, fresh := range caughtBy(some) {
		fresh.Revision = revision
		c.Variants = slices.DeleteFunc(c.Variants, func(old Catch) bool { return old.Name == fresh.Name && old.Style == fresh.Style })
		c.Variants = append(c.Variants, fresh)
	}
	return write(path, c)
}

// Updatable reads a file that a run of some variants may update, or returns why it
// may not.
func Updatable(path string, seeds []uint64) (c Caught, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("--write of some variants updates a file that a run of all has written: %w", err)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	if !slices.Equal(c.Seeds, seeds) {
		return c, fmt.Errorf("%s is of seeds %v, and this run of %v", path, c.Seeds, seeds)
	}
	return c, nil
}

func write(path string, c Caught) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
