package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// svgText finds a text, its weight and its size, as the library writes them.
var svgText = regexp.MustCompile(`(?s)<text ([^>]*font-weight:(normal|bold)[^>]*font-size:([0-9.]+)px[^>]*)>([^<]*)</text>`)

// fitText makes text in an SVG independent of the fonts that a reader has. The
// library names one font and lays out by its widths. Here others may take its
// place, and each text is told how wide it is to be, so that a wider font can't
// run into its neighbour.
func fitText(svg []byte) []byte {
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	return svgText.ReplaceAllFunc(svg, func(found []byte) []byte {
		m := svgText.FindSubmatch(found)
		size, err := strconv.ParseFloat(string(m[3]), 64)
		text := html.UnescapeString(string(m[4]))
		if err != nil || text == "" {
			return found
		}
		width := words(size, ink, string(m[2]) == "bold").Width(text)
		return fmt.Appendf(nil, `<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" %s>%s</text>`, width/vg.Points(1), m[1], m[4])
	})
}
