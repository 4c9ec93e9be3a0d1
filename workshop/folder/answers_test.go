package folder_test

import (
	"strings"
	"testing"
)

// All that is wrong comes at once, with lines and what would do.
func TestAnswers(t *testing.T) {
	f, e := initiated(t)
	for _, c := range []struct {
		file string
		want []string // in this order; none: it is right
	}{
		{"parity: Odd\nlast.digit: 7\n", nil},
		{"last.digit: '7'\nparity: \"odd\" # I think\n", nil},
		{"", []string{"parity is missing", "last.digit is missing"}},
		{"# nothing\n", []string{"parity is missing", "want one of even | odd", "last.digit is missing"}},
		{"parity:\nlast.digit: ~\n", []string{"line 1: parity has no answer yet", "line 2: last.digit has no answer yet"}},
		{"parity: eevn\n\nlast.dgit: 3\n", []string{`line 1: parity: "eevn" is no choice; did you mean "even"?`, `line 3: there is no question "last.dgit"; did you mean "last.digit"?`, "last.digit is missing"}},
		{"parity: odd\nparity: even\nlast.digit: 7\n", []string{"line 2: parity is answered twice"}},
		{"parity: [odd]\nlast.digit: {a: 7}\n", []string{"line 1: parity: want a word", "line 2: last.digit: want a word"}},
		{"- odd\n- 7\n", []string{"want a line for each question"}},
		{"parity: it is: odd\nlast.digit: 7\n", []string{"put quotes around"}},
		{"parity: \x00\n", []string{"control characters"}},
	} {
		put(t, f, "9-toy/answers.yaml", c.file)
		given, err := f.Answers(e, 7)
		if c.want == nil {
			if err != nil || len(given) != 2 || len(given.Misses(e.Questions(7))) > 0 {
				t.Errorf("%q: %v, %v", c.file, given, err)
			}
			continue
		}
		rest := mistake(t, err)
		for _, want := range c.want {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%q: %v\nwant %q in it, in this order", c.file, err, want)
				break
			}
			rest = after
		}
		if given != nil {
			t.Errorf("%q: answers %v beside an error", c.file, given)
		}
	}
}

// Without questions there is no file, and none is asked for.
func TestNoQuestions(t *testing.T) {
	f, e := initiated(t)
	e.Questions = nil
	if a, err := f.Answers(e, 7); a != nil || err != nil {
		t.Errorf("%v, %v", a, err)
	}
}
