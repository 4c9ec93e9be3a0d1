package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/bench/measure"
	"github.com/sagabench/sagabench/bench/record"
)

// What stands on the first screen besides the verdict and the findings.

// shortWarnings are the first few warnings, with the number of cells that each
// is about: a reader has to meet them before the numbers.
func (d *data) shortWarnings() (list []string) {
	const shown = 3
	texts, cells := d.warned()
	for _, w := range texts[:min(len(texts), shown)] {
		list = append(list, fmt.Sprintf("Warning: %s (%s).", strings.TrimSuffix(w, "."), count(len(cells[w]), "cell")))
	}
	if more := len(texts) - shown; more > 0 {
		list = append(list, fmt.Sprintf("And %s.", count(more, "more warning")))
	}
	return list
}

// scope says what the numbers are of.
func (d *data) scope() string {
	text := "These are numbers of the whole system on one machine"
	var machine []string
	if cores := d.run.Machine["cores"]; cores != "" {
		machine = append(machine, cores+" cores")
	}
	for _, key := range []string{"cpu", "memory"} {
		if value := d.run.Machine[key]; value != "" {
			machine = append(machine, value)
		}
	}
	if len(machine) > 0 {
		text += " (" + strings.Join(machine, ", ") + ")"
	}
	text += ": server, worker and load generator together, at durability " + d.run.Durability + ". "
	if own := d.ownServers(); own != "" {
		return text + d.topologyLimit()
	}
	return text + "The servers are embedded, a single process each, without a cluster, a network or replication; no number here is a property of an engine."
}

// saturating counts the measured orders behind a style's capacity.
func (d *data) saturating(style string) string {
	n := 0
	for _, c := range d.cellsWhere(func(c measure.Cell) bool {
		return c.Style == style && c.Saturated && c.Kind != record.KindRung && len(c.Faults) == 0 && c.Settings == record.Settings{}
	}) {
		n += c.Orders.Offered
	}
	return count(n, "order")
}
