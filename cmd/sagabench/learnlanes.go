package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// here marks where it went wrong.
const here = "◄ here"

// lanes prints a column for each who took part, as wide as there is room.
func (p *paper) lanes(l workshop.Lanes) {
	if len(l.Lines) == 0 {
		return
	}
	l, here := p.laneText(l), p.text(here)
	widths := laneWidths(l, width(here))
	row := func(ms string, cells []string, mark string) {
		wrapped := make([][]string, len(cells))
		height := 1
		for i, c := range cells {
			wrapped[i] = wrap(c, widths[i])
			height = max(height, len(wrapped[i]))
		}
		for y := range height {
			line := fmt.Sprintf("%5s", ms)
			for i := range cells {
				cell := ""
				if y < len(wrapped[i]) {
					cell = wrapped[i][y]
				}
				line += "  " + cell + strings.Repeat(" ", widths[i]-width(cell))
			}
			if mark != "" && y == height-1 {
				p.print(line + " " + p.inColour(hasFailed.colour, mark))
			} else {
				p.print(line)
			}
			ms = ""
		}
	}
	row(cmp.Or(l.First, "ms"), l.Heads, "")
	for _, line := range l.Lines {
		mark := ""
		if line.Here {
			mark = here
		}
		row(fmt.Sprintf("%.0f", line.MS), line.Cells, mark)
	}
}

// laneText is what can be shown of lanes, with a cell for each head.
func (p *paper) laneText(l workshop.Lanes) workshop.Lanes {
	show := func(cells []string) []string {
		shown := make([]string, len(l.Heads))
		for i := range min(len(cells), len(shown)) {
			shown[i] = p.text(printable(cells[i]))
		}
		return shown
	}
	l.Lines = slices.Clone(l.Lines)
	for i := range l.Lines {
		l.Lines[i].Cells = show(l.Lines[i].Cells)
	}
	l.Heads = show(l.Heads)
	return l
}

// laneWidths gives each column what it needs, and takes from the widest what there is no
// room for.
func laneWidths(l workshop.Lanes, here int) []int {
	room := paperWidth - 5
	widths := make([]int, len(l.Heads))
	for i, head := range l.Heads {
		widths[i] = max(width(head), 1)
		for _, line := range l.Lines {
			widths[i] = max(widths[i], width(line.Cells[i]))
		}
		room -= 2
	}
	if slices.ContainsFunc(l.Lines, func(line workshop.Line) bool { return line.Here }) {
		room -= 1 + here
	}
	for total(widths) > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 1 {
			break
		}
		widths[widest]--
	}
	return widths
}

func total(all []int) (sum int) {
	for _, n := range all {
		sum += n
	}
	return sum
}
