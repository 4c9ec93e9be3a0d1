package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/report/plot"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/internal/flow"
)

// Styles are what only those who know the styles can add. All of it may be missing.
type Styles struct {
	Flows []flow.Flow                        // as they are in the code; what the orders did is drawn on them
	Lanes func(order string) ([]byte, error) // draws one order of the folder as SVG
}

// Draw opens a run folder and writes everything that is derived from its raw
// files, over what was there before. On an error in the raw files, see
// [results.Open], nothing is written.
func Draw(dir string, s Styles) (measure.Results, error) {
	judged, err := results.Open(dir)
	if err != nil {
		return measure.Results{}, err
	}
	if judged.Flows, err = results.Observe(judged.Folder, s.Flows); err != nil {
		return measure.Results{}, err
	}
	d := &data{Judged: judged, followed: s.Lanes != nil}
	if err := d.keepExamples(); err != nil {
		return measure.Results{}, err
	}
	files, err := d.files()
	if err != nil {
		return measure.Results{}, err
	}
	if s.Lanes != nil {
		lanes, err := d.lanes(s.Lanes)
		if err != nil {
			return measure.Results{}, err
		}
		files = append(files, lanes...)
	}
	if err := save(dir, files); err != nil {
		return measure.Results{}, fmt.Errorf("write the report: %w", err)
	}
	return judged.Results, nil
}

// files draws everything and writes nothing.
func (d *data) files() (files []file, err error) {
	add := func(name string, text []byte, failed error) {
		if files = append(files, file{name, text}); failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, failed))
		}
	}
	doc, err := d.document()
	if err != nil {
		return nil, err
	}
	var numbers bytes.Buffer
	enc := json.NewEncoder(&numbers)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	failed := enc.Encode(d.Results)
	add(ResultsFile, numbers.Bytes(), failed)
	add(BenchFile, benchText(d.Results), nil)
	add(MarkdownFile, markdown(doc), nil)
	page, failed := doc.page()
	add(PageFile, page, failed)
	for _, f := range doc.Figures {
		svg, failed := f.drawing().SVG(plot.Wide)
		add(PlotsDir+"/"+f.Name+".svg", svg, failed)
		png, failed := f.drawing().PNG()
		add(PlotsDir+"/"+f.Name+".png", png, failed)
	}
	for name, sample := range d.histograms() {
		text, failed := hgrm(sample)
		add(HgrmDir+"/"+name+".hgrm", text, failed)
	}
	return files, err
}
