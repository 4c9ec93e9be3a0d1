// Package twins is how the programs open the two styles that have an engine: the
// side that places orders, the side that works on them, and the worker process that
// the second one lives in. It alone names both.
//
// It knows no server and draws nothing. So a program that is a worker and nothing
// else, internal/twins/worker, builds in a second.
package twins
