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
// Sentences about the findings are made from the numbers, with n and range. A
// plot without data is left out, and the report says which and why.
package report
