package plot

import (
	"bytes"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A Figure is a chart under its title. SVG and PNG come from the same drawing.
type Figure struct {
	Title string
	Chart Chart
}

// A Chart draws itself in any layout.
type Chart interface {
	height(l Layout) Length
	draw(c draw.Canvas, l Layout)
}

// SVG draws the figure as a file of its own. Its error is that of the library.
func (f Figure) SVG(l Layout) ([]byte, error) {
	svg, err := f.draw(l, func(w, h Length) vg.CanvasWriterTo { return vgsvg.New(w, h) })
	return fitText(svg), err
}

// PNG draws it for places that take no SVG. Its error is that of the library.
func (f Figure) PNG() ([]byte, error) {
	return f.draw(Wide, func(w, h Length) vg.CanvasWriterTo {
		return vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(128))}
	})
}

// draw puts title and chart on a canvas of the size that they take.
func (f Figure) draw(l Layout, canvas func(w, h Length) vg.CanvasWriterTo) ([]byte, error) {
	bold := words(titleSize, Ink, true)
	title := wrap(f.Title, bold, l.inner())
	sheet := canvas(l.width, f.Chart.height(l)+2*margin+4+Length(len(title))*lineHeight)
	c := draw.New(sheet)
	fill(c, paper, c.Min.X, c.Min.Y, c.Max.X, c.Max.Y)
	c = draw.Crop(c, margin, -margin, margin, -margin)
	for _, line := range title {
		c.Max.Y -= lineHeight
		write(c, bold, c.Min.X, c.Max.Y+2, line)
	}
	c.Max.Y -= 4
	f.Chart.draw(c, l)
	var file bytes.Buffer
	_, err := sheet.WriteTo(&file)
	return file.Bytes(), err
}
