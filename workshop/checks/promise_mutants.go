package checks

import "github.com/sagabench/sagabench/workshop"

// The solution holds all six promises, and each learner's bad order breaks one. So a
// mutant that accuses too little has to do so in all of them.

const (
	promiseGo   = "promise/promise.go"
	promiseMain = "func main() { kit.Judge(money, points, order, mails, blocked, whose) }"
)

var promiseMutants = []workshop.Mutant{
	{
		Name:     "accuses-everything",
		Sentence: "Returns a reason whatever the order is: that finds the bad one, too.",
		Scenario: goodOrders,
		Edits:    onlyIf(`true`, `return "it is wrong"`),
	},
	{
		Name:     "only-completed",
		Sentence: "Looks at orders that were delivered, because the others don't matter any more.",
		Scenario: theBadOrder,
		Edits:    onlyIf(`delivered(rows)`, `return broken(o, rows)`),
	},
	{
		Name:     "knows-the-order",
		Sentence: "Finds the bad order by its id.",
		Scenario: sameMistake,
		Edits:    onlyIf(`strings.HasPrefix(o.ID, "bad-")`, `return broken(o, rows)`),
	},
	{
		Name:     "knows-the-numbers",
		Sentence: "Finds the bad order by its id, and hidden ones by their number: the first thousand are good.",
		Scenario: goodOrders,
		Edits:    onlyIf(`strings.HasPrefix(o.ID, "bad-") || len(o.ID[strings.LastIndex(o.ID, "-"):]) > len("-999")`, `return "it came late"`),
	},
	{
		Name:     "sums-over-all",
		Sentence: "Adds up over all orders, as a cash book does, and so accuses whoever comes next.",
		Scenario: goodOrders,
		Edits: []workshop.Edit{
			{File: promiseGo, Old: promiseMain, New: promiseMain + "\n\nvar charged, refunded int64"},
			{File: promiseGo, Old: "if refund.Amount != charge.Amount {", New: "charged, refunded = charged+charge.Amount, refunded+refund.Amount\n\t\tif refunded != charged {"},
			{File: promiseGo, Old: "delivered(rows) || refund.Rejected()", New: "delivered(rows) && rows.Place(\"cancel\") < 0"},
		},
	},
	{
		Name:     "forgets-the-delivered",
		Sentence: "Wants the money back of every order, also of those that were delivered.",
		Scenario: goodOrders,
		Edits:    []workshop.Edit{{File: promiseGo, Old: "delivered(rows) || refund.Rejected()", New: "refund.Rejected()"}},
	},
	{
		Name:     "forgets-the-rejected-undo",
		Sentence: "Takes each undo for one that succeeds, and accuses what a person has to take over.",
		Scenario: goodOrders,
		Edits:    []workshop.Edit{{File: promiseGo, Old: "delivered(rows) || revoke.Rejected()", New: "delivered(rows)"}},
	},
	{
		Name:     "blocked-is-for-someone",
		Sentence: "Wants a customer in every row, also in those of calls that were blocked and did nothing.",
		Scenario: goodOrders,
		Edits:    []workshop.Edit{{File: promiseGo, Old: `case r.For == "": // nothing was done`, New: `case false:`}},
	},
	{
		Name:     "wants-every-row",
		Sentence: "Takes it for granted that each order has each row, and panics where one is missing.",
		Scenario: goodOrders,
		Edits: []workshop.Edit{{
			File: promiseGo, Old: "func delivered(rows kit.Rows) bool { return rows.Of(\"assign\").TookEffect() }",
			New: "func delivered(rows kit.Rows) bool {\n\treturn rows.Of(\"assign\").TookEffect() && rows[rows.Place(\"refund\")].Amount == 0\n}",
		}},
	},
	{
		Name:     "the-first-way",
		Sentence: "Was written with the bad order in view, and looks for nothing else.",
		Scenario: aSecondWay,
		Edits: []workshop.Edit{
			{File: promiseGo, Old: "if refund.Amount != charge.Amount {", New: `if refund.TookEffect() && refund.Amount != charge.Amount {`},
			{File: promiseGo, Old: "if kept := award.Amount - revoke.Amount; kept != 0 {", New: `if kept := award.Amount - revoke.Amount; kept != 0 && revoke.Outcome == "" {`},
			{File: promiseGo, Old: `			{"revoke", "award"},` + "\n", New: ""},
			{File: promiseGo, Old: `			{rows.Of("refund").TookEffect(), "mail-refunded"},` + "\n", New: ""},
			{File: promiseGo, Old: `			"confirm": {"assign", "award", "status-confirmed", "mail-confirmed"},` + "\n", New: ""},
			{File: promiseGo, Old: `case r.For == "": // nothing was done`, New: `case r.For == "" || r.Service != "payment":`},
		},
	},
	{
		Name:     "two-of-three",
		Sentence: "Has most of the promise, but for the amount, the absent row or the last of three calls.",
		Scenario: aThirdWay,
		Edits: []workshop.Edit{
			{File: promiseGo, Old: "if refund.Amount != charge.Amount {", New: `if refund.Outcome == "done" && refund.Amount != charge.Amount {`},
			{File: promiseGo, Old: "if kept := award.Amount - revoke.Amount; kept != 0 {", New: `if kept := award.Amount - revoke.Amount; kept != 0 && !revoke.TookEffect() {`},
			{File: promiseGo, Old: `			{"cancel-ticket", "confirm"},` + "\n", New: ""},
			{File: promiseGo, Old: `			{rows.Of("refund").Rejected(), "mail-escalated"},` + "\n", New: ""},
			{File: promiseGo, Old: `			{rows.Of("cancel-ticket").Rejected(), "mail-escalated"},` + "\n", New: ""},
			{File: promiseGo, Old: `			{rows.Of("revoke").Rejected(), "mail-escalated"},` + "\n", New: ""},
			{File: promiseGo, Old: `			"assign":  {"status-completed", "mail-partner-assigned"},` + "\n", New: ""},
			{File: promiseGo, Old: `case r.For == "": // nothing was done`, New: `case r.For == "" || r.Service == "delivery":`},
		},
	},
	{
		Name:     "says-nothing",
		Sentence: "Has the function, and no sentence that tells a reader what it holds orders to.",
		Scenario: yourSentence,
		Edits: []workshop.Edit{{
			File: promiseGo, Old: "Whatever is done for an order is done for its own customer and its own restaurant.", New: "Orders are right.",
		}},
	},
}

// onlyIf makes each promise of the solution look at some orders alone.
func onlyIf(condition, then string) []workshop.Edit {
	return []workshop.Edit{{File: promiseGo, Old: promiseMain, New: `func main() {
	kit.Judge(only(money), only(points), only(order), only(mails), only(blocked), only(whose))
}

func only(p kit.Promise) kit.Promise {
	broken := p.Broken
	p.Broken = func(o kit.Order, rows kit.Rows) string {
		if ` + condition + ` {
			` + then + `
		}
		return broken(o, rows)[:0]
	}
	return p
}`}}
}
