// This program holds orders against one promise: the one that the given checker lacks.
package main

import "github.com/sagabench/sagabench/workshop/kit"

func main() { kit.Judge(promise) }

var promise = kit.Promise{
	// TODO: what your function looks for, as a sentence that is true of every good
	// order: "An order that …", "What was …", "No …". At least eight words.
	Sentence: "",
	Broken:   broken,
}

// broken returns why an order breaks the promise, and "" if it keeps it.
//
// What you have for that (kit/promise.go):
//
//	rows                 all that the ledger has of this order, oldest first
//	rows.Of("refund")    the row of an action; the zero Row if there is none
//	rows.Place("refund") where it stands, from 0; -1 if there is none
//	r.TookEffect()       done, and an undo did not find "nothing_to_undo"
//	r.Rejected()         refused, or given up after the last attempt
//	r.Overtaken()        blocked, because it came too late
//	r.For, r.Amount      whom and what it was for; cents, or points
//	o                    what was ordered: o.Customer, o.Restaurant, o.Items
func broken(o kit.Order, rows kit.Rows) string {
	// TODO
	return ""
}
