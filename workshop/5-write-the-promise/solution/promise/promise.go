// This program holds orders against six promises. Your bad order breaks one of them, and
// that of the person beside you perhaps another.
package main

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/workshop/kit"
)

func main() { kit.Judge(money, points, order, mails, blocked, whose) }

var money = kit.Promise{
	Sentence: "An order that was not delivered gets back exactly what it was charged, unless the refund was rejected.",
	Broken: func(_ kit.Order, rows kit.Rows) string {
		charge, refund := rows.Of("charge"), rows.Of("refund")
		if delivered(rows) || refund.Rejected() { // then a person gives it back
			return ""
		}
		if refund.Amount != charge.Amount {
			return fmt.Sprintf("charged %d cents and refunded %d", charge.Amount, refund.Amount)
		}
		return ""
	},
}

var points = kit.Promise{
	Sentence: "An order that was not delivered keeps no points, unless they could not be revoked.",
	Broken: func(_ kit.Order, rows kit.Rows) string {
		award, revoke := rows.Of("award"), rows.Of("revoke")
		if delivered(rows) || revoke.Rejected() {
			return ""
		}
		if kept := award.Amount - revoke.Amount; kept != 0 {
			return fmt.Sprintf("%d points are kept", kept)
		}
		return ""
	},
}

var order = kit.Promise{
	Sentence: "What a compensation has undone was done before it, and not after.",
	Broken: func(_ kit.Order, rows kit.Rows) string {
		for _, pair := range [][2]string{
			{"refund", "charge"},
			{"revoke", "award"},
			{"cancel-ticket", "confirm"},
		} {
			undo, forward := rows.Place(pair[0]), rows.Place(pair[1])
			if rows.Of(pair[0]).TookEffect() && (forward < 0 || forward > undo) {
				return pair[0] + " undid what came after it"
			}
		}
		return ""
	},
}

var mails = kit.Promise{
	Sentence: "The customer gets a mail of each thing that has gone wrong, been given back, or been sent.",
	Broken: func(_ kit.Order, rows kit.Rows) string {
		for _, p := range []struct {
			happened bool
			mail     string
		}{
			{rows.Of("charge").Rejected(), "mail-payment-failed"},
			{rows.Of("confirm").Rejected(), "mail-cancelled"},
			{rows.Of("assign").Rejected(), "mail-cancelled"},
			{rows.Of("cancel").TookEffect(), "mail-cancelled"},
			{rows.Of("assign").TookEffect(), "mail-partner-assigned"},
			{rows.Of("refund").TookEffect(), "mail-refunded"},
			{rows.Of("refund").Rejected(), "mail-escalated"},
			{rows.Of("cancel-ticket").Rejected(), "mail-escalated"},
			{rows.Of("revoke").Rejected(), "mail-escalated"},
		} {
			if p.happened && !rows.Of(p.mail).TookEffect() {
				return "the customer did not get " + p.mail
			}
		}
		return ""
	},
}

var blocked = kit.Promise{
	Sentence: "Nothing is done that follows from a call which came too late to be done itself.",
	Broken: func(_ kit.Order, rows kit.Rows) string {
		for call, next := range map[string][]string{
			"charge":  {"confirm"},
			"confirm": {"assign", "award", "status-confirmed", "mail-confirmed"},
			"assign":  {"status-completed", "mail-partner-assigned"},
		} {
			for _, action := range next {
				if rows.Of(call).Overtaken() && rows.Of(action).TookEffect() {
					return action + " was done, and " + call + " was blocked"
				}
			}
		}
		return ""
	},
}

var whose = kit.Promise{
	Sentence: "Whatever is done for an order is done for its own customer and its own restaurant.",
	Broken: func(o kit.Order, rows kit.Rows) string {
		for _, r := range rows {
			right := r.For == o.Customer
			switch {
			case r.For == "": // nothing was done
				right = true
			case r.Service == "restaurant":
				right = strings.HasPrefix(r.For, o.Restaurant+": ")
			case r.Action == "assign":
				right = r.For == o.Restaurant+" to "+o.Customer
			}
			if !right {
				return r.Action + " is for " + r.For
			}
		}
		return ""
	},
}

// delivered says whether a partner has the order, so that nothing is taken back.
func delivered(rows kit.Rows) bool { return rows.Of("assign").TookEffect() }
