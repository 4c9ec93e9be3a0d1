// Package report draws what a run found. It reads a run folder and nothing
// else: raw files in, derived files out.
//
//	run.json orders effects faults ──► judge ──► measure ──┬─► results.json
//	                                                       ├─► index.html, report.md
//	                                                       ├─► bench.txt
//	                                                       └─► plots/*.svg, *.png
//
// Drawing is a pure function of the raw files. Drawn twice, the files are the
// same to the byte, so a report can be checked into a repository and redrawn by
// whoever doubts it.
//
// Sentences about the findings are made from the numbers, with n and range. A
// plot without data is left out, and the report says which and why.
package report
