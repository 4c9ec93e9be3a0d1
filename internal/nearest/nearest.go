// Package nearest finds the word that was probably meant.
package nearest

// Word returns the candidate that is nearest to what was typed, and false when
// none is near enough to be worth suggesting: a third of the letters may be off,
// two at least.
func Word[W ~string](typed string, candidates []W) (best W, ok bool) {
	least := max(2, len(typed)/3) + 1
	for _, c := range candidates {
		if d := distance(typed, string(c)); d < least && d < len(c) {
			best, least, ok = c, d, true
		}
	}
	return best, ok
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
