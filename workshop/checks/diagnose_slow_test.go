package checks

// Runs in which all is right, and something takes long or is full.
var slowRuns = []recipe{
	{
		diagnosis: diagnosis{
			Name: "slow-payment", Kind: kindSlow, Why: "slow-payment", Style: choreo, Shown: wait(choreo, "payment: charge"),
			Story: "Charges took 150 ms in the choreography, and no plan knew of it.",
			Whys:  []string{"slow-delivery", "on-time", "money", "send-clock", "orders-left-out"},
		},
		edits: unknownTo(choreo, "payment.charge=150ms"), plan: friday(31, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.coordination(choreo, "lunch"), n.median(orch, "lunch"), n.settledAll(choreo), n.took(orch, "dinner")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "slow-restaurant", Kind: kindSlow, Why: "slow-restaurant", Style: orch, Shown: wait(orch, "restaurant: confirm"),
			Story: "The kitchen took 250 ms to confirm in the orchestration, and no plan knew of it.",
			Whys:  []string{"full-engine", "settles", "ends-as-drawn", "repeat-left-out", "called-warm-up"},
		},
		edits: unknownTo(orch, "restaurant.confirm=250ms"), plan: friday(32, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.coordination(orch, "lunch"), n.median(choreo, "lunch"), n.refunded(orch), n.keptUp(orch, "lunch")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "slow-delivery", Kind: kindSlow, Why: "slow-delivery", Style: both, Shown: wait(choreo, "delivery: assign"),
			Story: "To find a courier took 200 ms in both styles, and no plan knew of it.",
			Whys:  []string{"full-engine", "on-time", "goods", "times-edited", "send-clock"},
		},
		edits: unknownTo(both, "delivery.assign=200ms"), plan: friday(33, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.coordination(choreo, "lunch"), n.median(orch, "lunch"), n.settledAll(orch), n.refunded(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "slow-notification", Kind: kindSlow, Why: "slow-notification", Style: choreo, Shown: wait(choreo, "mail: confirmed"),
			Story: "Each mail took 180 ms in the choreography: orders are decided as fast as ever, and settle late.",
			Whys:  []string{"full-service", "no-stale-news", "causes-first", "times-edited", "called-warm-up"},
		},
		edits: unknownTo(choreo, "notification.mail=180ms"), plan: friday(34, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.coordination(choreo, "lunch"), n.median(orch, "lunch"), n.keptUp(choreo, "dinner"), n.took(orch, "lunch")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "slow-loyalty", Kind: kindSlow, Why: "slow-loyalty", Style: orch, Shown: of(sawMedian, orch),
			Story: "To award points took 300 ms in the orchestration.",
			Whys:  []string{"slow-delivery", "goods", "calls-explained", "called-warm-up", "orders-left-out"},
		},
		edits: unknownTo(orch, "loyalty.award=300ms"), plan: friday(35, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.coordination(orch, "lunch"), n.median(choreo, "lunch"), n.settledAll(choreo), n.refunded(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "full-engine", Kind: kindSlow, Why: "full-engine", Style: orch, Shown: of(sawSaturated, orch),
			Story: "Orders came at 90 a second, more than Temporal on SQLite settles on two cores.",
			Whys:  []string{"full-service", "on-time", "settles", "send-clock", "times-edited"},
		},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 36
scenarios:
  - {name: lunch, rate: 12, during: 2s, warmup: 500ms}
  - {name: dinner, rate: 90, during: 600ms}
`,
		claims: func(n evidence) []string {
			return []string{n.waited(orch, "dinner"), n.median(choreo, "lunch"), n.keptUp(choreo, "dinner"), n.settledAll(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "full-service", Kind: kindSlow, Why: "full-service", Style: both, Shown: of(sawSaturated, choreo),
			Story: "The restaurant takes one call at a time, 200 ms each, and 18 orders came in a second: it can do 5.",
			Whys:  []string{"full-engine", "settles", "once", "orders-left-out", "send-clock"},
		},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 37
scenarios:
  - {name: lunch, rate: 12, during: 2s, warmup: 500ms}
  - {name: dinner, rate: 18, during: 2s, concurrency: 1, service_time: restaurant.confirm=200ms}
`,
		claims: func(n evidence) []string {
			return []string{n.waited(choreo, "dinner"), n.median(orch, "lunch"), n.settledAll(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "outage", Kind: kindSlow, Why: "outage", Style: both, Shown: sawOutage,
			Story: "The payment service was away for 900 ms.",
			Whys:  []string{"full-service", "money", "on-time", "send-clock", "unequal-faults"},
		},
		plan: `name: friday
styles: [choreography, orchestration]
seed: 38
scenarios:
  - {name: lunch, rate: 12, during: 2s}
  - {name: dinner, kind: outage, rate: 10, during: 3500ms, faults: ['payment:outage@1s+900ms', 'delivery.assign:refuse@15%']}
`,
		claims: func(n evidence) []string {
			return []string{n.p99(choreo, "dinner"), n.median(orch, "lunch"), n.settledAll(orch), n.faulted(choreo)}
		},
	},
}
