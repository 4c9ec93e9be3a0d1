// Package nearest finds the word that was probably meant.
package nearest

import (
	"cmp"
	"fmt"
	"strings"
)

// Hint is the end of an error message: it names the candidate that is nearest to
// what was typed, and is empty when none is near enough to be worth
// suggesting. A third of the letters may be off, two at least.
func Hint[W ~string](typed string, candidates []W) (hint string) {
	least := max(2, len(typed)/3) + 1
	for _, c := range candidates {
		if d := distance(typed, string(c)); d < least && d < len(c) {
			hint, least = fmt.Sprintf("; did you mean %q?", string(c)), d
		}
	}
	return hint
}

// HintOrAll is a [Hint] that names all candidates when none is near.
func HintOrAll[W ~string](typed string, candidates []W) string {
	all := make([]string, len(candidates))
	for i, c := range candidates {
		all[i] = string(c)
	}
	return cmp.Or(Hint(typed, candidates), "; want one of "+strings.Join(all, ", "))
}

// distance counts the letters to insert, drop or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for k := range row {
		row[k] = k
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for k := range len(b) {
			change := diagonal
			if a[i] != b[k] {
				change++
			}
			diagonal = row[k+1]
			row[k+1] = min(change, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(b)]
}
