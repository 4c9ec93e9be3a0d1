package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sagabench/sagabench/workshop"
)

// failures are outcomes that show everything that a failure may show.
func failures() map[string]outcome {
	money := workshop.Result{
		Verdict: workshop.Failed, Scenario: "every reply is lost once",
		Sentence: "Order o-1 was charged twice. The provider took your second request for a new one: its key was new.",
		Lanes: workshop.Lanes{Order: "o-1", Heads: []string{"your payment service", "the provider", "Ada's account"}, Lines: []workshop.Line{
			{MS: 0, Cells: []string{"receives order_placed, delivery 1", "", ""}},
			{MS: 1, Cells: []string{`charge 17.40, key "o-1-1"`, "──► takes it", "−17.40"}},
			{MS: 1.2, Cells: []string{"", "◄ ✗ the reply is lost", ""}},
			{MS: 22, Cells: []string{"receives order_placed, delivery 2", "", ""}},
			{MS: 23, Cells: []string{`charge 17.40, key "o-1-2"`, "──► unknown key: takes it", "−34.80"}, Here: true},
			{MS: 24, Cells: []string{"publishes payment_success", "", ""}},
		}},
		Expected: "charge 17.40 once", Seen: "charge 17.40, charge 17.40",
	}
	long := money
	long.Expected = "every customer whose kitchen has refused gets the whole sum of the order back, and gets it once"
	long.Lanes = workshop.Lanes{Heads: []string{"a program whose name is long", "another one", "a third one", "the last of them"}, Lines: []workshop.Line{
		{MS: 12345.6, Cells: []string{strings.Repeat("unbroken", 6), "short", "", "some words that go on and on for longer than a column has room"}, Here: true},
		{MS: 12346, Cells: []string{"too few"}},
	}}
	long.Printed = "2026/11/22 hello\n\ttabbed \x1b[31mred\x1b[0m \x00\nlast line\n"
	return map[string]outcome{
		"short":   {style: "choreography", seed: 1, seconds: 0.2, result: money},
		"long":    {style: "orchestration", seed: 18446744073709551615, seconds: 123.4, result: long},
		"bare":    {seed: 2, seconds: 1, result: workshop.Result{Verdict: workshop.Failed, Scenario: "all well", Sentence: "It is wrong."}},
		"unknown": {style: "choreography", seed: 3, seconds: 4, result: workshop.Result{Scenario: "killed after the effect", Sentence: "Nothing was killed."}},
	}
}

func shownOn(p *paper, o outcome) string {
	var b strings.Builder
	p.out = &b
	c := checking{learnFlags: &learnFlags{dir: "."}, exercise: workshop.Exercise{Number: 3, Title: "Twice is once", Folder: "3-twice-is-once", Yours: []string{"x"}}}
	p.outcome(c, o)
	return b.String()
}

// The message of a failure is what learners work with. It is read in the golden file.
func TestFailureMessage(t *testing.T) {
	var all strings.Builder
	for _, name := range []string{"short", "long", "bare", "unknown"} {
		all.WriteString(shownOn(&paper{}, failures()[name]) + "\n")
	}
	all.WriteString("In ASCII:\n\n" + shownOn(&paper{ascii: true}, failures()["short"]))
	golden(t, "failures.txt", all.String())
}

// Every line fits 80 columns, but for what the learner's program printed; none has what a
// terminal obeys; and without UTF-8 all of it is ASCII.
func TestEightyColumns(t *testing.T) {
	for name, o := range failures() {
		shown := shownOn(&paper{ascii: true}, o)
		shown, _, _ = strings.Cut(shown, "  your program printed")
		for line := range strings.SplitSeq(shownOn(&paper{}, o), "\n") {
			if n := utf8.RuneCountInString(line); n > paperWidth {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.ContainsAny(line, "\x1b\x00\t") {
				t.Errorf("%s: %q", name, line)
			}
		}
		if i := strings.IndexFunc(shown, func(r rune) bool { return r > 0x7e }); i >= 0 {
			t.Errorf("%s: without UTF-8 there is %q", name, shown[i:])
		}
	}
}

// Of what a program prints the last twenty lines are shown, and how many came before.
func TestPrintedIsCut(t *testing.T) {
	for n, before := range map[int]string{20: "", 21: "    … 1 line before these\n", 25: "    … 5 lines before these\n"} {
		var out, printed, want strings.Builder
		for i := range n {
			fmt.Fprintf(&printed, "line %d\n", i+1)
			if i >= n-20 {
				fmt.Fprintf(&want, "    line %d\n", i+1)
			}
		}
		(&paper{out: &out}).printed(printed.String(), true)
		if got, want := out.String(), "\n  your program printed\n"+before+want.String(); got != want {
			t.Errorf("of %d lines are shown\n%s\nwant\n%s", n, got, want)
		}
	}
}

// Hints are wider in their file than on paper: words are broken anew, code is not.
func TestPage(t *testing.T) {
	words := strings.Repeat("some words ", 12)
	var b strings.Builder
	(&paper{out: &b}).page("*Choreography.* " + words + "\n" + words + "\n\n- " + words + "\n  and more\n- short\n\n    as  it is\n\n```go\n" +
		"\t// " + words + "\n\tx  := 1\n```\n")
	golden(t, "page.txt", b.String())
	for line := range strings.SplitSeq(b.String(), "\n") {
		if width(line) > paperWidth {
			t.Errorf("%d columns: %s", width(line), line)
		}
	}
}

// Colour is for terminals alone, and changes no text.
func TestColour(t *testing.T) {
	o := failures()["short"]
	plain, coloured := shownOn(&paper{}, o), shownOn(&paper{colour: true}, o)
	if plain == coloured || strings.Contains(plain, "\x1b") {
		t.Error("there is no colour, or where it must not be")
	}
	for _, code := range []string{"\x1b[31m", "\x1b[0m"} {
		coloured = strings.ReplaceAll(coloured, code, "")
	}
	if coloured != plain {
		t.Errorf("colour changes the text:\n%s", coloured)
	}
	if newPaper(&strings.Builder{}).colour {
		t.Error("colour without a terminal")
	}
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "", true}, {"", "", "C", false}, {"", "", "POSIX", false}, {"", "", "C.UTF-8", true}, {"", "", "de_DE.utf8", true},
		{"C", "", "en_US.UTF-8", false}, {"", "en_US.UTF-8", "C", true}, {"", "", "de_DE.ISO-8859-1", false},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_CTYPE", c.ctype)
		t.Setenv("LANG", c.lang)
		if got := utf8Locale(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// A command can be pasted, also where it is broken.
func TestCommandsCanBePasted(t *testing.T) {
	var b strings.Builder
	p := &paper{out: &b}
	f := learnFlags{dir: "/a/very/long/path/to/a/folder"}
	p.command("again", f.again("check", "3", "--style", "choreography", "--scenario", "it's a - b", "--seed", "1"))
	want := `  again     sagabench learn check 3 --style choreography \
              --scenario 'it'\''s a - b' --seed 1 \
              --dir /a/very/long/path/to/a/folder
`
	if b.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", b.String(), want)
	}
}

// Seeds are named where they make a difference.
func TestSeedsThatWerePlayed(t *testing.T) {
	c := checking{learnFlags: &learnFlags{}}
	c.exercise.Number, c.exercise.Title = 3, "Twice is once"
	o := outcome{seed: 2, result: workshop.Result{Scenario: "all well"}}
	if got := c.played([]uint64{1, 2, 3}) + "," + c.played([]uint64{2}); got != "seeds 1 2 3,seed 2" {
		t.Errorf("got %q", got)
	}
	if !slices.Contains(c.against(o), "--seed") {
		t.Errorf("it is another run: %q", c.against(o))
	}
	c.exercise.OfLearner = true
	if got := c.played([]uint64{1}); got != "" || slices.Contains(c.against(o), "--seed") {
		t.Errorf("its seed makes no difference: %q, %q", got, c.against(o))
	}
	if got := (&checkFlags{seed: 4}).seeds(c.exercise); len(got) != 1 {
		t.Errorf("it is played at %v", got)
	}
}
