package report

import (
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/internal/lists"
)

// How styles are drawn, in every plot.

// looks are those of the styles that the project comes with. Colours are Okabe and
// Ito's, which colour-blind readers can distinguish; dashes and shapes show the same
// in a grey print.
var looks = map[string]plot.Look{
	record.Choreography:  {Color: plot.RGB(0x0072B2), Shape: plot.Disc},
	record.Orchestration: {Color: plot.RGB(0xD55E00), Shape: plot.Box, Dashes: []plot.Length{7, 3}},
	record.Baseline:      {Color: plot.RGB(0x6B7280), Shape: plot.Wedge, Dashes: dotted},
}

// others are for the styles after them, in turn.
var others = []plot.Look{
	{Color: plot.RGB(0x009E73), Shape: plot.Diamond, Dashes: []plot.Length{4, 2, 1, 2}},
	{Color: plot.RGB(0xCC79A7), Shape: plot.Pillar, Dashes: []plot.Length{2, 2}},
}

// look is how a style of this run is drawn.
func (d *data) look(style string) plot.Look {
	if l, ok := looks[style]; ok {
		return l
	}
	// The others are those without a colour of their own.
	theirs := lists.Filter(d.styles(), func(s string) bool { return looks[s].Color.A == 0 })
	return others[slices.Index(theirs, style)%len(others)]
}

var dotted = []plot.Length{1.5, 2.5}
