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
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
)

// A renaming gives a recording to one learner: its run, its orders and its customers get
// names that no one else's have, and the run another seed and another evening, so that
// neither tells which recording it is. What took how long stays, and so does what is true
// of it.
type renaming struct {
	run       record.Run
	runID     string
	seed      uint64
	later     time.Duration // than it was recorded
	orders    map[string]string
	customers []int          // by the old number
	cells     map[string]int // places in the run
}

// Runs begin on a Friday evening, within some hours.
var (
	firstOfEvening = time.Date(2026, time.November, 20, 17, 0, 0, 0, time.UTC)
	evening        = 5 * time.Hour
)

// An order's faults are drawn by the run's seed and its id. So the new id must be one for
// which the lottery of the new seed draws what the old one drew for the old id, or the judge
// would find the run wrong. It is found by trying.
func newRenaming(draw *rand.Rand, r recording, runID string) (*renaming, error) {
	n := &renaming{runID: runID, orders: map[string]string{}, cells: map[string]int{}}
	if err := json.Unmarshal(r.files[record.RunFile], &n.run); err != nil {
		return nil, err
	}
	n.seed = 1 + draw.Uint64N(999)
	n.later = firstOfEvening.Add(time.Duration(draw.Int64N(int64(evening)))).Sub(n.run.Started)
	old, now := map[string]*fault.Plan{}, map[string]*fault.Plan{} // by cell
	for i, c := range n.run.Cells {
		rules, err := fault.ParseAll(c.Faults)
		if err != nil {
			return nil, err
		}
		n.cells[c.ID] = i
		old[c.ID], now[c.ID] = fault.NewPlan(n.run.Seed, rules), fault.NewPlan(n.seed, rules)
	}
	for _, c := range draw.Perm(customerNumbers) {
		n.customers = append(n.customers, c+1)
	}
	cells, ids, err := cellsOf(r)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	for _, id := range ids {
		fresh := freshID(draw)
		for taken[fresh] || lottery(now, cells[id], fresh) != lottery(old, cells[id], id) {
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

// lottery is all that is drawn for an order of that id in some cells.
func lottery(plans map[string]*fault.Plan, cells []string, id string) string {
	var drawn strings.Builder
	for _, c := range cells {
		p := plans[c]
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

// cellsOf are the cells that an order is in, and the ids of all orders.
func cellsOf(r recording) (of map[string][]string, ids []string, err error) {
	of = map[string][]string{}
	for _, file := range []string{record.OrdersFile, record.EffectsFile} {
		rows, err := csv.NewReader(bytes.NewReader(r.files[file])).ReadAll()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		cell, order := slices.Index(rows[0], "cell"), slices.Index(rows[0], "order")
		for _, row := range rows[1:] {
			id := row[order]
			if of[id] == nil {
				ids = append(ids, id)
			}
			if !slices.Contains(of[id], row[cell]) {
				of[id] = append(of[id], row[cell])
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
		case name == record.RunFile:
			text = seed.ReplaceAll(n.inText(text, ""), fmt.Appendf(nil, `"seed": %d`, n.seed))
		case name == record.SamplesFile: // it names no order
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

var (
	customer = regexp.MustCompile(`customer-[0-9]{3}`)
	instant  = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z`)
	seed     = regexp.MustCompile(`"seed": [0-9]+`) // in run.json alone
)

// inText renames the run, the customers and one order, wherever their names stand, and puts
// all that happened on the other evening.
func (n *renaming) inText(text []byte, order string) []byte {
	text = bytes.ReplaceAll(text, []byte(n.run.ID), []byte(n.runID))
	if order != "" {
		text = bytes.ReplaceAll(text, []byte(order), []byte(n.orders[order]))
	}
	text = instant.ReplaceAllFunc(text, func(at []byte) []byte {
		t, err := time.Parse(time.RFC3339Nano, string(at))
		if err != nil {
			return at // looks like one, and is none
		}
		return []byte(t.Add(n.later).Format(time.RFC3339Nano))
	})
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
