package plot

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"regexp"
	"strconv"
	"strings"

	xfont "golang.org/x/image/font"
	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of text, in points. They are the same on every plot.
const (
	titleSize  = 11
	headSize   = 9.5
	textSize   = 9
	tickSize   = 8.5
	lineHeight = Length(13)
)

// typeface is sans serif, and comes with the plotting library: a PNG needs no
// font of the machine.
var typeface = font.Font{Typeface: "Liberation", Variant: "Sans"}

// words is a text style. The zero alignment is left and on the baseline.
func words(size float64, c color.Color, bold bool) draw.TextStyle {
	f := font.From(typeface, Length(size))
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: gonum.DefaultTextHandler}
}

func centered(s draw.TextStyle) draw.TextStyle {
	s.XAlign = draw.XCenter
	return s
}

// write puts a text at a point.
func write(c draw.Canvas, s draw.TextStyle, x, y Length, text string) {
	c.FillText(s, vg.Point{X: x, Y: y}, text)
}

// fit shortens text that is too long for one line.
func fit(text string, s draw.TextStyle, width Length) string {
	if s.Width(text) <= width {
		return text
	}
	short := []rune(text)
	for len(short) > 1 && s.Width(string(short)+"…") > width {
		short = short[:len(short)-1]
	}
	return string(short) + "…"
}

// wrap breaks text into lines that fit.
func wrap(text string, s draw.TextStyle, width Length) (lines []string) {
	for _, word := range strings.Fields(text) {
		if last := len(lines) - 1; last >= 0 && s.Width(lines[last]+" "+word) <= width {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// writeLines puts a text that may take several lines below a height, and returns
// that of its end.
func writeLines(c draw.Canvas, s draw.TextStyle, x, top, width Length, text string) (bottom Length) {
	for _, line := range wrap(text, s, width) {
		top -= lineHeight
		write(c, s, x, top+3, line)
	}
	return top
}

// svgText finds a text, its weight and its size, as the library writes them.
var svgText = regexp.MustCompile(`(?s)<text ([^>]*font-weight:(normal|bold)[^>]*font-size:([0-9.]+)px[^>]*)>([^<]*)</text>`)

// fitText makes text in an SVG independent of the fonts that a reader has. The
// library names one font and lays out by its widths. Here others may take its
// place, and each text has the width that it is to take, so that a wider font can't
// run into its neighbour.
func fitText(svg []byte) []byte {
	const one = "font-family:Liberation Sans"
	svg = bytes.ReplaceAll(svg, []byte(one+";"), []byte(one+",Arial,Helvetica,sans-serif;"))
	return svgText.ReplaceAllFunc(svg, func(found []byte) []byte {
		m := svgText.FindSubmatch(found)
		size, err := strconv.ParseFloat(string(m[3]), 64)
		text := html.UnescapeString(string(m[4]))
		if err != nil || text == "" {
			return found
		}
		width := words(size, Ink, string(m[2]) == "bold").Width(text)
		return fmt.Appendf(nil, `<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" %s>%s</text>`, width/vg.Points(1), m[1], m[4])
	})
}
