// Package ceiling finds out how many orders a second a system can do, and which
// share of an engine's ceiling that is.
//
// Every other measurement offers orders at a rate and asks how the system copes.
// A ceiling has no rate: [Saturate] keeps a fixed number of orders under way and
// places the next when one has ended. So nothing queues without bound, neither
// side is pushed into collapse, and no latency may be read from it.
//
// A machine's mood changes from minute to minute. So the ceiling and the style
// are measured in turns, and a [Share] is a ratio of two neighbours in time.
package ceiling
