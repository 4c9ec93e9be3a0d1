package checks

import (
	"fmt"
	"math"
	"slices"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/bench/variants"
)

// Sound runs, of which something is reported that is not so.
var lyingRuns = []recipe{
	{
		diagnosis: diagnosis{
			Name: "orders-left-out", Kind: kindLie, Why: "orders-left-out", Style: choreo, Shown: of(sawFewer, choreo),
			Story: "The slowest orders of the choreography were taken out of every file.",
			Whys:  []string{"called-warm-up", "settles", "goods", "slow-payment", "full-service"},
		},
		plan: friday(41, "", dinner(noCourier)),
		doctor: func(u *undoctored) {
			leaveOut(u.cell(choreo, "dinner", 1), slowestOf(u.cell(choreo, "dinner", 1), 5), true)
		},
		first: func(n evidence) string { return n.missing(choreo, "dinner") },
		claims: func(n evidence) []string {
			return []string{n.took(choreo, "dinner"), n.median(orch, "lunch"), n.settledAll(orch), n.took(choreo, "lunch")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "offers-left-out", Kind: kindLie, Why: "orders-left-out", Style: orch, Shown: of(sawFewer, orch),
			Story: "The slowest orders of the orchestration were taken out of orders.csv.gz, and of no other file.",
			Whys:  []string{"times-edited", "settles", "once", "full-engine", "outage"},
		},
		plan:   friday(42, "", dinner(noCourier)),
		doctor: func(u *undoctored) { leaveOut(u.cell(orch, "lunch", 1), slowestOf(u.cell(orch, "lunch", 1), 4), false) },
		first:  func(n evidence) string { return n.missing(orch, "lunch") },
		claims: func(n evidence) []string {
			return []string{n.took(orch, "lunch"), n.median(choreo, "lunch"), n.noneWrong(choreo), n.refunded(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "called-warm-up", Kind: kindLie, Why: "called-warm-up", Style: orch, Shown: of(sawFewer, orch),
			Story: "The slowest measured orders of the orchestration were marked as warm-up.",
			Whys:  []string{"orders-left-out", "settles", "ends-as-drawn", "slow-restaurant", "full-engine"},
		},
		plan: friday(43, "", dinner(noCourier)),
		doctor: func(u *undoctored) {
			c := u.cell(orch, "lunch", 1)
			slow := slowestOf(c, 4)
			for i := range c.Orders {
				c.Orders[i].Warmup = c.Orders[i].Warmup || slices.Contains(slow, c.Orders[i].ID)
			}
		},
		first: func(n evidence) string {
			return n.earliest(orch, "lunch", func(c record.Cell, o record.Order) bool { return o.Warmup && o.Due >= c.Begin })
		},
		claims: func(n evidence) []string {
			return []string{n.took(orch, "lunch"), n.median(choreo, "lunch"), n.noneWrong(choreo), n.took(orch, "dinner")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "times-edited", Kind: kindLie, Why: "times-edited", Style: choreo, Shown: sawDoubt,
			Story: "The times of the slowest orders of the choreography were divided by ten; their rows in the ledger were forgotten.",
			Whys:  []string{"called-warm-up", "causes-first", "on-time", "slow-delivery", "outage"},
		},
		plan: friday(44, "", dinner(noCourier)),
		doctor: func(u *undoctored) {
			c := u.cell(choreo, "dinner", 1)
			slow := slowestOf(c, 4)
			for i := range c.Orders {
				if o := &c.Orders[i]; slices.Contains(slow, o.ID) {
					for _, v := range []*float64{&o.Sent, &o.Accept, &o.Decision, &o.Settled} {
						*v = math.Round(*v*100) / 1000
					}
				}
			}
		},
		first: func(n evidence) string { return n.disagreeing(choreo, "dinner") },
		claims: func(n evidence) []string {
			return []string{n.took(choreo, "dinner"), n.median(orch, "lunch"), n.noneWrong(orch), n.took(choreo, "lunch")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "send-clock", Kind: kindLie, Why: "send-clock", Style: choreo, Shown: of(sawLate, choreo),
			Story: "The generator waited for each answer before it sent the next order, the server was away for a while, and times were then counted from sending.",
			Whys:  []string{"times-edited", "on-time", "settles", "full-service", "slow-payment"},
		},
		edits: []variants.Edit{{File: "bench/load/offer.go", Old: "		running.Go(func() {\n", New: "		(func(send func()) { send() })(func() {\n"}},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 45
policy: {attempts: 4, first_backoff: 60ms, max_backoff: 200ms, call_timeout: 1s, redelivery: 2s}
scenarios:
  - {name: lunch, rate: 12, during: 2s, warmup: 500ms}
  - {name: dinner, rate: 12, during: 2500ms, styles: [orchestration]}
  - {name: dinner, rate: 12, during: 2500ms, styles: [choreography], faults: ['server:pause@600ms+900ms']}
`,
		doctor: func(u *undoctored) {
			c := u.cell(choreo, "dinner", 1)
			for i := range c.Orders {
				o := &c.Orders[i]
				for _, v := range []*float64{&o.Accept, &o.Decision, &o.Settled} {
					*v -= o.Sent
				}
				o.Due, o.Sent = o.Due+o.Sent, 0
			}
		},
		first: func(n evidence) string { return n.moved(choreo, "dinner") },
		claims: func(n evidence) []string {
			return []string{n.within(choreo, "dinner", 50), n.median(orch, "lunch"), n.settledAll(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "pooled", Kind: kindLie, Why: "pooled", Style: orch, Shown: sawNone,
			Story: "The median that is claimed is one over completed and rejected orders of both scenarios together.",
			Whys:  []string{"orders-left-out", "settles", "ends-as-drawn", "slow-delivery", "full-engine"},
		},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 46
scenarios:
  - {name: lunch, rate: 12, during: 2s, warmup: 500ms}
  - {name: dinner, rate: 12, during: 2500ms, service_time: realistic, faults: ['payment.charge:refuse@50%']}
`,
		first: func(n evidence) string { return ranked(n.measured(orch, ""), 0.5).ID },
		claims: func(n evidence) []string {
			mixed := fmt.Sprintf("Half of all orders of the orchestration settle within %.3f ms.", ranked(n.measured(orch, ""), 0.5).Settled)
			return []string{mixed, n.median(orch, "lunch"), n.settledAll(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "too-few", Kind: kindLie, Why: "too-few", Style: choreo, Shown: sawSmall,
			Story: "The p99 that is claimed is the slowest of 24 orders.",
			Whys:  []string{"called-warm-up", "on-time", "once", "full-service", "slow-loyalty"},
		},
		plan:  friday(47, "", dinner(noCourier)),
		first: func(n evidence) string { return ranked(n.measured(choreo, "lunch"), 0.99).ID },
		claims: func(n evidence) []string {
			p99 := fmt.Sprintf("At lunch, 99 %% of the orders of the choreography settle within %.3f ms.", ranked(n.measured(choreo, "lunch"), 0.99).Settled)
			return []string{p99, n.median(orch, "lunch"), n.refunded(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "repeat-left-out", Kind: kindLie, Why: "repeat-left-out", Style: orch, Shown: of(sawCells, orch),
			Story: "Of three repeats the orchestration's slowest was taken out, and the choreography kept all of its own.",
			Whys:  []string{"times-edited", "settles", "calls-explained", "full-engine", "slow-restaurant"},
		},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 48
repeats: 3
policy: {attempts: 4, first_backoff: 60ms, max_backoff: 200ms, call_timeout: 1s, redelivery: 2s}
scenarios:
  - {name: lunch, rate: 12, during: 2s}
`,
		doctor: func(u *undoctored) {
			worst, longest := 0, 0.0
			for i, d := range u.cells {
				if m := ranked(d.Orders, 0.5).Settled; d.Cell.Style == orch && m > longest {
					worst, longest = i, m
				}
			}
			u.cells = slices.Delete(u.cells, worst, worst+1)
		},
		first: func(n evidence) string { return n.missing(orch, "lunch") },
		claims: func(n evidence) []string {
			return []string{n.spread(orch, "lunch"), n.spread(choreo, "lunch"), n.settledAll(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "unequal-durability", Kind: kindLie, Why: "unequal-durability", Style: choreo, Shown: sawParity,
			Story: "NATS kept the orders in memory, and Temporal in files; the run is titled as if both had kept them in files.",
			Whys:  []string{"unequal-faults", "once", "settles", "full-engine", "slow-loyalty"},
		},
		edits: []variants.Edit{{
			File: "cmd/sagabench/served.go", Old: "	own, err := s.server.start(",
			New: "	if s.style == \"choreography\" {\n		b.Durability = \"memory\"\n	}\n	own, err := s.server.start(",
		}, {
			File: "internal/twins/twins.go", Old: "Memory: t.Env.Durability == durability.Memory,", New: "Memory: t.Env.Durability != durability.Power,",
		}},
		plan:  friday(49, "", dinner(noCourier)),
		first: func(n evidence) string { return n.measured(choreo, "lunch")[0].ID },
		claims: func(n evidence) []string {
			return []string{"0 accepted orders of the choreography are lost when its server is killed.", n.median(orch, "lunch"), n.refunded(orch), n.noneWrong(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "unequal-faults", Kind: kindLie, Why: "unequal-faults", Style: orch, Shown: sawRules,
			Story: "The choreography was offered a dinner at which half of the charges are declined, and the orchestration one at which hardly any is.",
			Whys:  []string{"orders-left-out", "ends-as-drawn", "money", "slow-payment", "full-service"},
		},
		plan: friday(50, "",
			`{name: dinner, rate: 12, during: 2500ms, styles: [choreography], faults: ['payment.charge:refuse@50%']}`,
			`{name: dinner, rate: 12, during: 2500ms, styles: [orchestration], faults: ['payment.charge:refuse@8%']}`),
		first: func(n evidence) string { return n.otherwise("dinner") },
		claims: func(n evidence) []string {
			return []string{n.share("dinner"), n.median(orch, "lunch"), n.settledAll(choreo), n.noneWrong(orch)}
		},
	},
}
