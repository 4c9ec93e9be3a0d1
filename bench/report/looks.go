package report

import (
	"image/color"

	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/food"
)

// How styles and outcomes are drawn, in every plot.

// lookOf a style. Colours are Okabe and Ito's, which colour-blind readers can tell
// apart; dashes and shapes say the same in a grey print.
func lookOf(style string) plot.Look {
	switch style {
	case choreography:
		return plot.Look{Color: plot.RGB(0x0072B2), Shape: plot.Disc}
	case orchestration:
		return plot.Look{Color: plot.RGB(0xD55E00), Shape: plot.Box, Dashes: []plot.Length{7, 3}}
	}
	return plot.Look{Color: plot.RGB(0x6B7280), Shape: plot.Wedge, Dashes: dotted}
}

var dotted = []plot.Length{1.5, 2.5}

// endingColors go from light to dark, so that a grey print keeps them apart.
var endingColors = map[food.Ending]color.NRGBA{
	food.Completed:        plot.RGB(0xD6E8DC),
	food.PaymentDeclined:  plot.RGB(0xEFC56A),
	food.RestaurantFailed: plot.RGB(0x6FA8C9),
	food.NoPartner:        plot.RGB(0x7D5BA6),
}
