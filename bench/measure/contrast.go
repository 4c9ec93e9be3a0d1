package measure

import "slices"

// A Contrast holds one metric of one style under two conditions: two scenarios
// of a run, or one scenario in two runs. The ratio is B over A.
type Contrast struct {
	Style  string `json:"style"`
	A      string `json:"a"`
	B      string `json:"b"`
	Metric string `json:"metric"`
	InA    Num    `json:"value_a"` // over all repeats
	InB    Num    `json:"value_b"`
	Judgement
}

// A Side is one style in one scenario: its repeats, and all of them together.
type Side struct {
	Name  string // what the side is called beside the other
	Cells []Cell // by repeat, but for those cut short; what one can't claim, it does not give
	Pool  Pool
}

// Sides lists what a run has of every style and scenario, in order of first
// appearance.
func (r Results) Sides() []Side {
	var all []Side
	for _, p := range r.Pools {
		s := Side{Name: p.Scenario, Pool: p}
		for _, c := range r.Cells {
			if c.Style == p.Style && c.Scenario == p.Scenario && !c.Cut {
				s.Cells = append(s.Cells, c)
			}
		}
		slices.SortStableFunc(s.Cells, func(a, b Cell) int { return a.Repeat - b.Repeat })
		all = append(all, s)
	}
	return all
}

// Between compares two sides by one metric. ok is false when neither has it.
func (m Metric) Between(a, b Side) (c Contrast, ok bool) {
	read := func(s Side) (v Num, of map[int]Num) {
		of = map[int]Num{}
		for _, cell := range s.Cells {
			of[cell.Repeat] = m.Cell(cell)
		}
		return m.Of(s), of
	}
	x, ofX := read(a)
	y, ofY := read(b)
	_, inA, inB := paired(ofX, ofY)
	if !x.OK() && !y.OK() {
		return Contrast{}, false
	}
	c = Contrast{Style: a.Pool.Style, A: a.Name, B: b.Name, Metric: m.Name, InA: x, InB: y, Judgement: judge(x, y, inA, inB)}
	return c, true
}

// plain are the metrics by which a plan contrasts scenarios: ten that every
// style has, so that chance has a known number of tries.
var plain = []string{
	"accept.p50_ms", "accept.p90_ms", "decision.p50_ms", "decision.p90_ms", "settled.p50_ms", "settled.p90_ms",
	"achieved_per_s", "server_busy_cores", "worker_busy_cores", "harness_busy_cores",
}

// contrasts compares the scenarios that the plan names in pairs, style by style.
// A pair that the run did not come to is left out.
func contrasts(r Results, pairs [][2]string) (all []Contrast) {
	sides := r.Sides()
	for _, pair := range pairs {
		for _, a := range sides {
			i := slices.IndexFunc(sides, func(b Side) bool { return b.Pool.Style == a.Pool.Style && b.Name == pair[1] })
			if a.Name != pair[0] || i < 0 {
				continue
			}
			for _, name := range plain {
				m, _ := MetricNamed(name)
				if c, ok := m.Between(a, sides[i]); ok {
					all = append(all, c)
				}
			}
		}
	}
	return all
}
