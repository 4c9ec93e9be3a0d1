package checks

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A renaming gives a recording to one learner: its run, its orders and its customers get
// names that no one else's have. Times and amounts stay, and so does what is true of it.
type renaming struct {
	run       record.Run
	runID     string
	orders    map[string]string
	customers []int          // by the old number
	cells     map[string]int // runFolders in the run
}

// An order's faults are drawn by its id. So the new id must be one for which the lottery
// draws the same as for the old one, or the judge would find the run wrong. It is found by
// trying.
func newRenaming(draw *rand.Rand, r recording, runID string) (*renaming, error) {
	n := &renaming{runID: runID, orders: map[string]string{}, cells: map[string]int{}}
	if err := json.Unmarshal(r.files[record.RunFile], &n.run); err != nil {
		return nil, err
	}
	faults := map[string]*fault.Plan{} // by cell
	for i, c := range n.run.Cells {
		rules, err := fault.ParseAll(c.Faults)
		if err != nil {
			return nil, err
		}
		n.cells[c.ID], faults[c.ID] = i, fault.NewPlan(n.run.Seed, rules)
	}
	for _, c := range draw.Perm(customerNumbers) {
		n.customers = append(n.customers, c+1)
	}
	of, ids, err := plansOf(r, faults)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, id := range ids {
		fresh := freshID(draw)
		for taken[fresh] || lottery(of[id], fresh) != lottery(of[id], id) {
			fresh = freshID(draw)
		}
		taken[fresh], n.orders[id] = true, fresh
	}
	return n, nil
}

// customerNumbers are those that customers may have, from 1.
const customerNumbers = 999

// freshID is an id such as o-k7m2p, without letters that look like others.
func freshID(draw *rand.Rand) string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	id := []byte("o-")
	for range 5 {
		id = append(id, letters[draw.IntN(len(letters))])
	}
	return string(id)
}

// lottery is all that is drawn for an order of that id.
func lottery(plans []*fault.Plan, id string) string {
	var drawn strings.Builder
	for _, p := range plans {
		for _, s := range food.AllServices {
			for _, a := range food.Actions[s] {
				for _, r := range p.Picks(id, s, a) {
					drawn.WriteString(r.Written + " " + string(a) + "\n")
				}
			}
		}
	}
	return drawn.String()
}

// plansOf are the plans of the cells that an order is in, and the ids of all orders.
func plansOf(r recording, plans map[string]*fault.Plan) (of map[string][]*fault.Plan, ids []string, err error) {
	of = map[string][]*fault.Plan{}
	for _, file := range []string{record.OrdersFile, record.EffectsFile} {
		rows, err := csv.NewReader(bytes.NewReader(r.files[file])).ReadAll()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		cell, order := slices.Index(rows[0], "cell"), slices.Index(rows[0], "order")
		for _, row := range rows[1:] {
			id, plan := row[order], plans[row[cell]]
			if of[id] == nil {
				ids = append(ids, id)
			}
			if !slices.Contains(of[id], plan) {
				of[id] = append(of[id], plan)
			}
		}
	}
	return of, ids, nil
}

// files are the raw files as a learner gets them.
func (n *renaming) files(r recording) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range rawFiles {
		text := r.files[name]
		var err error
		switch {
		case name == record.RunFile, name == record.SamplesFile: // they name no order
			text = n.inText(text, "")
		case strings.HasSuffix(name, ".csv.gz"):
			text, err = n.inTable(text)
		default:
			text, err = n.inLines(text)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if strings.HasSuffix(name, ".gz") {
			text = gzipped(text)
		}
		files[name] = text
	}
	return files, nil
}

func gzipped(text []byte) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	zip.Write(text) // in memory nothing goes wrong
	zip.Close()
	return out.Bytes()
}

var customer = regexp.MustCompile(`customer-[0-9]{3}`)

// inText renames the run, the customers and one order, wherever their names stand.
func (n *renaming) inText(text []byte, order string) []byte {
	text = bytes.ReplaceAll(text, []byte(n.run.ID), []byte(n.runID))
	if order != "" {
		text = bytes.ReplaceAll(text, []byte(order), []byte(n.orders[order]))
	}
	return customer.ReplaceAllFunc(text, func(name []byte) []byte {
		var number int
		fmt.Sscanf(string(name), "customer-%d", &number)
		return fmt.Appendf(nil, "customer-%03d", n.customers[number%customerNumbers])
	})
}

// A line of a file, and where it belongs: cell by cell, and in a cell by order.
type rawLine struct {
	cell, order string
	text        []byte
}

// sorted puts lines into the order in which a run folder has them. Those of an order keep
// theirs.
func (n *renaming) sorted(lines []rawLine) []byte {
	slices.SortStableFunc(lines, func(a, b rawLine) int {
		return cmp.Or(n.cells[a.cell]-n.cells[b.cell], strings.Compare(n.orders[a.order], n.orders[b.order]))
	})
	var all bytes.Buffer
	for _, l := range lines {
		all.Write(n.inText(l.text, l.order))
	}
	return all.Bytes()
}

// inTable renames in a CSV file. No field has a line break in it.
func (n *renaming) inTable(text []byte) ([]byte, error) {
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	names := strings.Split(string(head), ",")
	cell, order := slices.Index(names, "cell"), slices.Index(names, "order")
	var lines []rawLine
	for line := range bytes.Lines(rest) {
		fields, err := csv.NewReader(bytes.NewReader(line)).Read()
		if err != nil {
			return nil, err
		}
		lines = append(lines, rawLine{fields[cell], fields[order], line})
	}
	return slices.Concat(head, []byte("\n"), n.sorted(lines)), nil
}

// inLines renames in a file of a JSON object a line.
func (n *renaming) inLines(text []byte) ([]byte, error) {
	var lines []rawLine
	for line := range bytes.Lines(text) {
		var of struct{ Cell, Order string }
		if err := json.Unmarshal(line, &of); err != nil {
			return nil, err
		}
		lines = append(lines, rawLine{of.Cell, of.Order, line})
	}
	return n.sorted(lines), nil
}
