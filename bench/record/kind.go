package record

// Kinds of scenario: what a cell may be used for.
const (
	KindUnloaded   = "unloaded"   // latency at a rate far below what any style can take
	KindRefused    = "refused"    // latency against the share of refused orders, at a common rate
	KindFailures   = "failures"   // transient failures, lost replies, slow calls
	KindOutage     = "outage"     // a service is away for a while
	KindLoaded     = "loaded"     // latency at a share of each style's own capacity
	KindRung       = "rung"       // a step on the way up, run once, no claim
	KindSaturation = "saturation" // overload: the rate that comes out; no latency
	KindCustom     = "custom"     // set up by flags

	// Two kinds leave no cell of their own. A ladder looks for the highest rate
	// that a style keeps up with: its cells are rungs, and a [Knee] is what it
	// finds. A ceiling finds out what the style's engine allows with nothing
	// behind its traffic: it leaves a [Ceiling], and no order to judge.
	KindLadder  = "ladder"
	KindCeiling = "ceiling"
)

// Kinds lists them.
var Kinds = []string{
	KindUnloaded, KindRefused, KindFailures, KindOutage, KindLoaded,
	KindRung, KindSaturation, KindCustom, KindLadder, KindCeiling,
}
