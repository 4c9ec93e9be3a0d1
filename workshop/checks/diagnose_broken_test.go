package checks

import (
	"github.com/sagabench/sagabench/bench/variants"
	"github.com/sagabench/sagabench/food"
)

// Runs of a style that breaks a promise.
var brokenRuns = []recipe{
	{
		diagnosis: diagnosis{
			Name: "goods", Kind: kindBroken, Why: "goods", Style: orch, Shown: of(sawMissing, orch),
			Story: "The workflow registers no compensation for the points: an order without a courier keeps them.",
			Whys:  []string{"once", "slow-loyalty", "full-engine", "orders-left-out", "send-clock"},
		},
		breaks: []string{"points-not-revoked"}, plan: friday(21, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.p99(choreo, "lunch"), n.median(orch, "lunch"), n.noneWrong(choreo), n.keptUp(choreo, "dinner")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "on-time", Kind: kindBroken, Why: "on-time", Style: choreo, Shown: of(sawEarly, choreo),
			Story: "The participants nak without a delay: a call that failed is made again at once.",
			Whys:  []string{"once", "outage", "full-service", "unequal-durability", "called-warm-up"},
		},
		breaks: []string{"nak-at-once"}, plan: friday(22, "", dinner("restaurant.confirm:fail(2)@12%", noCourier)),
		claims: func(n evidence) []string {
			return []string{n.few(orch, "dinner", food.NoPartner), n.median(choreo, "lunch"), n.settledAll(choreo), n.faulted(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "causes-first", Kind: kindBroken, Why: "causes-first", Style: choreo, Shown: sawMail,
			Story: "The notification service mails \"refunded\" when the order is rejected, and \"cancelled\" when the refund is there.",
			Whys:  []string{"money", "slow-notification", "slow-payment", "times-edited", "repeat-left-out"},
		},
		breaks: []string{"mails-exchanged"}, plan: friday(23, "", dinner(noCourier)),
		claims: func(n evidence) []string {
			return []string{n.most(choreo, "lunch"), n.median(choreo, "lunch"), n.refunded(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "ends-as-drawn", Kind: kindBroken, Why: "ends-as-drawn", Style: both, Shown: sawGivenUp,
			Story: "The services give a deciding call up one attempt early, in both styles.",
			Whys:  []string{"goods", "outage", "slow-restaurant", "unequal-faults", "called-warm-up"},
		},
		breaks: []string{"gives-up-early"}, plan: friday(24, "", dinner("restaurant.confirm:fail(3)@12%", "payment.charge:fail(1)@15%")),
		claims: func(n evidence) []string {
			return []string{n.price(orch, "lunch"), n.median(orch, "lunch"), n.settledAll(orch), n.faulted(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "money", Kind: kindBroken, Why: "money", Style: both, Shown: sawCent,
			Story: "The ledger gives back a cent less than was charged.",
			Whys:  []string{"goods", "slow-payment", "full-service", "orders-left-out", "times-edited"},
		},
		breaks: []string{"refund-a-cent-short"}, plan: friday(25, "", dinner(noKitchen)),
		claims: func(n evidence) []string {
			return []string{n.p99(orch, "lunch"), n.median(choreo, "lunch"), n.settledAll(orch), n.keptUp(choreo, "dinner")}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "calls-explained", Kind: kindBroken, Why: "calls-explained", Style: choreo, Shown: of(sawAgain, choreo),
			Story: "The participants call a service, and when it has refused they call it once more to be sure; the key hides it.",
			Whys:  []string{"settles", "full-service", "slow-restaurant", "called-warm-up", "unequal-durability"},
		},
		edits: []variants.Edit{{
			File: "choreography/participant.go", Old: "	row, err := s.steps[r.does](ctx, e.Order, attempt)\n",
			New: "	row, err := s.steps[r.does](ctx, e.Order, attempt)\n	if err == nil && row.Rejected() {\n		row, err = s.steps[r.does](ctx, e.Order, attempt)\n	}\n",
		}},
		plan: friday(26, "", dinner(noKitchen)),
		claims: func(n evidence) []string {
			return []string{n.power(choreo), n.median(orch, "lunch"), n.refunded(choreo), n.noneWrong(orch)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "settles", Kind: kindBroken, Why: "settles", Style: choreo, Shown: of(sawUnsettled, choreo),
			Story: "A participant publishes the rejection of a refused call, and nothing when it was given up: those who would react wait for ever.",
			Whys:  []string{"on-time", "outage", "full-engine", "orders-left-out", "send-clock"},
		},
		breaks: []string{"giving-up-is-silent"}, plan: friday(27, "", dinner("restaurant.confirm:fail(4)@12%", noCourier)),
		claims: func(n evidence) []string {
			return []string{n.most(orch, "lunch"), n.median(choreo, "lunch"), n.settledAll(orch), n.faulted(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "no-stray-rows", Kind: kindBroken, Why: "no-stray-rows", Style: orch, Shown: of(sawStray, orch),
			Story: "The workflow leaves the compensation of a refused step registered: a declined card is refunded.",
			Whys:  []string{"settles", "slow-payment", "full-engine", "unequal-faults", "times-edited"},
		},
		breaks: []string{"refusal-compensated"}, plan: friday(28, "", dinner(noMoney)),
		claims: func(n evidence) []string {
			return []string{n.never(choreo), n.median(orch, "lunch"), n.keptUp(orch, "lunch"), n.settledAll(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "no-stale-news", Kind: kindBroken, Why: "no-stale-news", Style: both, Shown: sawNews,
			Story: "The order service lets a late \"confirmed\" follow \"cancelled\" in the customer's app.",
			Whys:  []string{"money", "slow-delivery", "full-service", "times-edited", "unequal-durability"},
		},
		breaks: []string{"confirmed-after-cancelled"}, plan: friday(29, "", dinner(noCourier, "order.status-confirmed:slow(300ms)@100%")),
		claims: func(n evidence) []string {
			return []string{n.p99(choreo, "dinner"), n.median(orch, "lunch"), n.refunded(choreo), n.settledAll(choreo)}
		},
	},
	{
		diagnosis: diagnosis{
			Name: "once", Kind: kindBroken, Why: "once", Style: both, Shown: sawSecond,
			Story: "The provider forgets idempotency keys, so that a call whose reply was lost takes effect again.",
			Whys:  []string{"settles", "outage", "slow-payment", "called-warm-up", "repeat-left-out"},
		},
		breaks: []string{"keyless"}, plan: friday(30, "", dinner("payment.charge:lose-reply@12%", noKitchen)),
		claims: func(n evidence) []string {
			return []string{n.power(orch), n.median(choreo, "lunch"), n.settledAll(orch), n.faulted(orch)}
		},
	},
}
