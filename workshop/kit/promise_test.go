package kit

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	const in = `{"order":{"id":"a"},"rows":[{"action":"charge","outcome":"done"}]}
{"order":{"id":"b"},"rows":[{"action":"charge","outcome":"refused"}]}
{"order":{"id":"c"}}
`
	first := Promise{"The charge is done.", func(_ Order, rows Rows) string {
		if rows[0].Rejected() { // panics without a row
			return "it is not"
		}
		return ""
	}}
	second := Promise{"It never gets here after the first is broken.", func(o Order, _ Rows) string {
		if o.ID == "b" {
			return "it did"
		}
		return ""
	}}
	var out strings.Builder
	if err := judge(strings.NewReader(in), &out, []Promise{first, second}); err != nil {
		t.Fatal(err)
	}
	from := json.NewDecoder(strings.NewReader(out.String()))
	var sentences []string
	if err := from.Decode(&sentences); err != nil || len(sentences) != 2 || sentences[0] != first.Sentence {
		t.Errorf("%q: %v", sentences, err)
	}
	for _, want := range []Ruling{{Order: "a"}, {Order: "b", Why: "it is not"}, {Order: "c", Panic: "runtime error: index out of range [0] with length 0"}} {
		var got Ruling
		if err := from.Decode(&got); err != nil || got != want {
			t.Errorf("got %+v, want %+v: %v", got, want, err)
		}
	}
	if err := judge(strings.NewReader("no order"), io.Discard, nil); err == nil {
		t.Error("what is no order was judged")
	}
}

func TestRows(t *testing.T) {
	rows := Rows{
		{Action: "charge", Outcome: "done"}, {Action: "refund", Outcome: "done", Reason: "nothing_to_undo"},
		{Action: "confirm", Outcome: "blocked", Reason: "undone"}, {Action: "assign", Outcome: "blocked", Reason: "gave_up"},
	}
	for action, want := range map[string][3]bool{
		"charge": {true}, "refund": {}, "confirm": {2: true}, "assign": {1: true}, "award": {},
	} {
		if r := rows.Of(action); [3]bool{r.TookEffect(), r.Rejected(), r.Overtaken()} != want {
			t.Errorf("%s: %+v", action, r)
		}
	}
	if rows.Place("assign") != 3 || rows.Place("award") != -1 {
		t.Error("a row is somewhere else")
	}
}
