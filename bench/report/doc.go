// Package report draws what a run found. It draws judged results and nothing else:
// raw files in, derived files out.
//
//	raw files ──► results.Open ──┬─► results.json
//	                             ├─► index.html, report.md
//	                             ├─► bench.txt, hgrm/*.hgrm
//	                             └─► plots/*.svg, *.png
//
// Drawing is a pure function of the raw files. Drawn twice, the files are the
// same to the byte, so a report can be checked into a repository and redrawn by
// whoever doubts it.
//
// Each section of a report is one file here, with its figure, its tables and its
// findings. document.go puts them in their order.
//
// A judged result is one whose invariants were checked: the verdict stands above the
// numbers, because a style that loses orders or leaves them uncompensated is fast for
// nothing. Percentiles, intervals and ratios are those of package measure; here they
// are only written and drawn.
//
// Sentences about the findings are made from the numbers, with n and range. A
// plot without data is left out, and the report lists which and why.
package report
