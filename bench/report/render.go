package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A file is a derived file, by its name in the run folder.
type file struct {
	name string
	text []byte
}

// render turns the document into files. It writes nothing.
func render(doc document, r Results) (files []file, err error) {
	put := func(name string, text []byte) { files = append(files, file{name, text}) }
	var numbers bytes.Buffer
	enc := json.NewEncoder(&numbers)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("%s: %w", ResultsFile, err)
	}
	put(ResultsFile, numbers.Bytes())
	put(BenchFile, benchLines(r))
	put(MarkdownFile, markdown(doc))
	page, err := doc.page()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	put(PageFile, page)
	for _, f := range doc.figures() {
		svg, err := f.SVG(wide)
		if err != nil {
			return nil, err
		}
		png, err := f.PNG()
		if err != nil {
			return nil, err
		}
		put(PlotsDir+"/"+f.Name+".svg", svg)
		put(PlotsDir+"/"+f.Name+".png", png)
	}
	return files, nil
}

// figures lists the document's figures in order.
func (doc document) figures() (all []*figure) {
	if doc.Key != nil {
		all = append(all, doc.Key)
	}
	for _, s := range doc.Sections {
		if s.Figure != nil {
			all = append(all, s.Figure)
		}
	}
	return all
}

// benchLines writes the run in the format of Go benchmarks, one line per cell, so
// that benchstat can compare styles and runs: benchstat -col /style bench.txt. What can't be claimed is not in it.
func benchLines(r Results) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "run: %s\nplan: %s\nseed: %d\ndurability: %s\nverdict: %s\npkg: github.com/sagabench/sagabench\n\n", r.RunID, r.Plan, r.Seed, r.Durability, r.Verdict)
	for _, c := range r.Cells {
		fmt.Fprintf(&b, "BenchmarkOrder/style=%s/scenario=%s", c.Style, c.Scenario)
		if c.Kind != record.KindSaturation { // there each style is offered more than fits it
			fmt.Fprintf(&b, "/offered=%g", float64(c.Offered))
		}
		b.WriteString(" 1")
		if !c.Cut {
			fmt.Fprintf(&b, " %.6g orders/s", float64(c.Achieved))
		}
		if c.Share.OK() {
			fmt.Fprintf(&b, " %.6g of-ceiling", float64(c.Share))
		}
		for _, e := range food.Endings {
			for _, q := range measure.UsualPercentiles {
				if v := c.ByOutcome[e].Settled.At(q); v.OK() { // +Inf too: a lost order is not left out
					fmt.Fprintf(&b, " %.6g %s%s-ms", float64(v), prefix(e), q)
				}
			}
		}
		if v := c.Latency.Compensation.At("p50"); v.OK() {
			fmt.Fprintf(&b, " %.6g compensation-p50-ms", float64(v))
		}
		if v := c.Cost.ServerCPU; v.OK() {
			fmt.Fprintf(&b, " %.6g server-cpu-ms/order", float64(v))
		}
		fmt.Fprintf(&b, " %d never-settled", c.Orders.Offered-c.Orders.Settled)
		fmt.Fprintf(&b, " %d violations\n", len(c.Violations))
	}
	return []byte(b.String())
}

// prefix tells outcomes apart. Completed orders are the plain case.
func prefix(e food.Ending) string {
	if e == food.Completed {
		return ""
	}
	return string(e) + "-"
}
