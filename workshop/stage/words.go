package stage

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sagabench/sagabench/food"
)

// past is an action as it reads when it has happened.
func past(a food.Action) string {
	words := map[food.Action]string{
		food.Charge: "charged", food.Refund: "refunded", food.Confirm: "confirmed", food.CancelTicket: "taken back from the kitchen",
		food.Assign: "given to a courier", food.Award: "rewarded with points", food.Revoke: "stripped of its points", food.Cancel: "cancelled",
	}
	if word, ok := words[a]; ok {
		return word
	}
	return "done: " + string(a)
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string { return strings.TrimSuffix(sentenceHead(s), ".") + "." }

// sentenceHead begins with a capital.
func sentenceHead(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// brief is a row in two or three words.
func (st *Stage) brief(r food.Row) string {
	s := string(r.Action)
	switch {
	case r.Reason == food.NothingToUndo:
		return s + ": nothing to undo"
	case r.Outcome != food.Done:
		return s + ": " + string(r.Outcome)
	case r.Service == food.Payment:
		return fmt.Sprintf("%s %v", s, r.Amount)
	case r.Service == food.Loyalty:
		return fmt.Sprintf("%s %d points", s, r.Amount)
	}
	return s
}
