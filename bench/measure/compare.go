package measure

// A Comparison holds one metric of both styles in one scenario. The ratio is
// orchestration over choreography.
type Comparison struct {
	Metric        string `json:"metric"`
	Scenario      string `json:"scenario"`
	Choreography  Num    `json:"choreography"`  // pooled over repeats
	Orchestration Num    `json:"orchestration"` // pooled over repeats
	Pairs         []Pair `json:"pairs"`
	Judgement
}

// A Pair is one repeat of both styles.
type Pair struct {
	Repeat        int `json:"repeat"`
	Choreography  Num `json:"choreography"`
	Orchestration Num `json:"orchestration"`
	Ratio         Num `json:"ratio"`
}

// compared are the styles that comparisons, pairs and parities have fields for,
// the reference first. Others, such as the baseline, are shown beside them.
var compared = []string{"choreography", "orchestration"}

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

// side reads the metric of a pool, repeat by repeat.
func (m Metric) side(p Pool) series {
	s := series{style: p.Style, of: map[int]Num{}}
	s.all, s.why = m.Of(p)
	for _, c := range p.Cells {
		s.of[c.Repeat] = m.In(c)
	}
	return s
}

// Between compares two pools by one metric. ok is false when neither has it.
func (m Metric) Between(a, b Pool) (c Contrast, ok bool) {
	x, y := m.side(a), m.side(b)
	c = Contrast{
		Style: a.Style, A: a.Scenario, B: b.Scenario, Metric: m.Name,
		InA: x.all, InB: y.all, Judgement: judge(x, y),
	}
	return c, x.all.OK() || y.all.OK()
}

// compare sets styles against the first of them, in every scenario that both ran.
func compare(pools []Pool, styles []string) []Comparison {
	out := []Comparison{}
	for _, a := range pools {
		if a.Style != styles[0] || !a.GivesLatency() {
			continue
		}
		for _, style := range styles[1:] {
			if b, both := findPool(pools, style, a.Scenario); both && b.GivesLatency() {
				out = append(out, compareLatencies(a, b)...)
			}
		}
	}
	return out
}

// compareLatencies has the medians whenever one side has such orders, and higher
// percentiles where both support them.
func compareLatencies(a, b Pool) (all []Comparison) {
	for _, m := range betweenStyles() {
		x, y := m.side(a), m.side(b)
		neither := x.why == noSuchOrder && y.why == noSuchOrder
		if !neither && (m.percentile == "p50" || x.all.OK() && y.all.OK()) {
			all = append(all, newComparison(m.Name, a.Scenario, x, y))
		}
	}
	return all
}

// newComparison sets a style against the reference x.
func newComparison(metric, scenario string, x, y series) Comparison {
	c := Comparison{
		Metric: metric, Scenario: scenario, Choreography: x.all, Orchestration: y.all,
		Pairs: []Pair{}, Judgement: judge(x, y),
	}
	repeats, a, b := paired(x, y)
	for i, repeat := range repeats {
		ratio := None // nothing is twice as long as never
		if a[i].Finite() && b[i].Finite() {
			ratio = b[i] / a[i]
		}
		c.Pairs = append(c.Pairs, Pair{repeat, a[i], b[i], ratio})
	}
	for _, s := range []series{x, y} {
		if !s.all.OK() {
			c.Reasons[s.style] = s.why
		}
	}
	return c
}

// plain are the metrics by which a plan contrasts scenarios: ten that every
// style has, so that chance has a known number of tries.
var plain = []string{
	"accept.p50_ms", "accept.p90_ms", "decision.p50_ms", "decision.p90_ms", "settled.p50_ms", "settled.p90_ms",
	"achieved_per_s", "server_busy_cores", "worker_busy_cores", "harness_busy_cores",
}

// contrasts compares the scenarios that the plan names in pairs, style by style.
// A pair that the run did not come to is left out.
func contrasts(pools []Pool, pairs [][2]string) (all []Contrast) {
	for _, pair := range pairs {
		for _, a := range pools {
			b, both := findPool(pools, a.Style, pair[1])
			if a.Scenario != pair[0] || !both {
				continue
			}
			for _, name := range plain {
				m, _ := MetricNamed(name)
				if c, ok := m.Between(a, b); ok {
					all = append(all, c)
				}
			}
		}
	}
	return all
}
