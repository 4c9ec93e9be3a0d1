// Package variants tries the judge: it breaks the twins, one mistake at a time, and
// looks whether the verdict of a bench notices. A judge that no broken twin can pass
// is worth its "holds".
//
// A variant is a small edit of the source, the kind that a tired engineer makes. Most
// are built as the worker alone: the harness, the judge and the twins' other side
// stay as they are. The intact twins run the same cells at the same seeds, and must
// hold, so that a cell which is too hard is no catch.
//
//	table ──► build ──► run ──► judge ──► result
//
// The sources stay clean: the compiler is given the edits as an overlay.
package variants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/record"
)

// A Variant is a twin with one mistake.
type Variant struct {
	Name     string
	Mistake  string // its kind, in few words; variants of one kind differ in place
	Sentence string // what the careless engineer did

	Styles []string // that it breaks
	Seat   Seat
	Cells  []string // under which it is run
	Catch  string   // the invariant that must catch it

	// Harmless says why no bench can tell the variant from the intact twins. It is run
	// all the same, and must hold: what catches it has found something new.
	Harmless string

	// Blind marks a variant that breaks the instrument alone: there the verdict is
	// to be unknown, and Catch is empty.
	Blind bool

	Quick bool // is always run: there is one for each invariant
	Edits []Edit
}

// An Edit replaces what stands in a file exactly once.
type Edit struct{ File, Old, New string }

// A Seat is which of the two programs has the mistake.
type Seat string

const (
	Worker Seat = "worker" // the worker alone
	Whole  Seat = "whole"  // the program that places the orders too; the intact one judges
)

var (
	choreography  = []string{record.Choreography}
	orchestration = []string{record.Orchestration}
	both          = []string{record.Choreography, record.Orchestration}
)

// All lists the variants in the order in which they are run.
var All = slices.Concat(inChoreography, inOrchestration, inWorld, ofCustomers)

// Find returns the variants whose names begin with one of the prefixes.
func Find(prefixes []string) (found []Variant, err error) {
	for _, p := range prefixes {
		if !slices.ContainsFunc(All, func(v Variant) bool { return strings.HasPrefix(v.Name, p) }) {
			return nil, fmt.Errorf("no variant is called %s…", p)
		}
	}
	for _, v := range All {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v.Name, p) }) {
			found = append(found, v)
		}
	}
	return found, nil
}

// apply returns a file's text with the edits of it.
func (v Variant) apply(file, text string) (string, error) {
	for _, e := range v.Edits {
		if e.File != file {
			continue
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("variant %s: %s has %q %d times, want once", v.Name, file, e.Old, n)
		}
		text = strings.Replace(text, e.Old, e.New, 1)
	}
	return text, nil
}

// files lists those that it edits, each once.
func (v Variant) files() (files []string) {
	for _, e := range v.Edits {
		if !slices.Contains(files, e.File) {
			files = append(files, e.File)
		}
	}
	return files
}
