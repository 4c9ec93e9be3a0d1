package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/workshop"
)

// A toyLearner has a folder with the toy, and types commands there.
type toyLearner struct {
	t      *testing.T
	dir    string
	inside bool // types there, and not from elsewhere by --dir
}

const rightAnswers = "parity: even\ntwice: 14\n"

func newToyLearner(t *testing.T) *toyLearner {
	t.Helper()
	was := exercises
	exercises = []workshop.Exercise{toyExercise()}
	t.Cleanup(func() { exercises = was })
	l := &toyLearner{t, filepath.Join(t.TempDir(), "mine"), false}
	if _, code := l.types("init", l.dir, "--seed", "7"); code != exitOK {
		t.Fatalf("init: exit %d", code)
	}
	return l
}

// types runs a command and returns what was printed, data and errors in one.
func (l *toyLearner) types(args ...string) (printed string, code int) {
	l.t.Helper()
	var out strings.Builder
	var errs lines
	args = append([]string{"learn"}, args...)
	if args[1] != "init" && !l.inside {
		args = append(args, "--dir", l.dir)
	}
	code = execute(l.t.Context(), args, &out, &errs)
	// A busy machine compiles for long, and says so.
	return out.String() + regexp.MustCompile(`(?m)^compiling .*\n`).ReplaceAllString(errs.text.String(), ""), code
}

func (l *toyLearner) writes(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// solves makes one style's program right.
func (l *toyLearner) solves(style string) {
	l.t.Helper()
	l.writes("9-toy/"+style+"/main.go", string(toyExercise().Solution()["9-toy/"+style+"/main.go"]))
}

var lasted = regexp.MustCompile(` +\d+\.\d s$`)

// steady is what was printed without what differs from run to run.
func (l *toyLearner) steady(printed string) string {
	var lines []string
	for line := range strings.SplitSeq(printed, "\n") {
		lines = append(lines, lasted.ReplaceAllString(strings.ReplaceAll(line, l.dir, "DIR"), "  0.0 s"))
	}
	printed = strings.Join(lines, "\n")
	return regexp.MustCompile(`backup/9-toy-\d{8}-\d{6}`).ReplaceAllString(printed, "backup/9-toy-TIME")
}

// A learner's way from the first look to the solution, as it is read.
func TestLearning(t *testing.T) {
	l := newToyLearner(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(l.dir)
	l.inside = true
	var session strings.Builder
	step := func(want int, args ...string) {
		t.Helper()
		printed, code := l.types(args...)
		session.WriteString("$ sagabench learn " + strings.Join(args, " ") + "\n" + l.steady(printed) + "\n")
		if code != want {
			t.Errorf("learn %s: exit %d, want %d\n%s", strings.Join(args, " "), code, want, printed)
		}
	}
	step(exitOK, "list")
	step(exitUsage, "check")
	l.writes("9-toy/answers.yaml", "parity: odd\ntwice: 14\n")
	step(exitMissed, "check", "9")
	step(exitOK, "hint", "9")
	l.solves("choreography")
	step(exitMissed, "check", "9-toy/")
	l.writes("9-toy/answers.yaml", rightAnswers)
	step(exitOK, "check", "9", "--style", "choreography", "--scenario", "large numbers", "--seed", "5")
	step(exitOK, "check", "9", "--style", "choreography")
	l.writes("9-toy/orchestration/main.go", strings.Replace(toyProgram, "return n", "return m", 1))
	step(exitUsage, "check", "--style", "orchestration")
	l.writes("9-toy/orchestration/main.go", strings.Replace(toyProgram, "n, _ :=", `fmt.Println("maybe"); return; n, _ :=`, 1))
	step(exitInconclusive, "check", "--style", "orchestration")
	l.solves("orchestration")
	step(exitOK, "check", "--all")
	step(exitOK, "list")
	step(exitOK, "hint", "9")
	step(exitOK, "reset", "9")
	step(exitOK, "hint", "9")
	t.Chdir(here)
	golden(t, "session.txt", session.String())
}

// golden compares with a file below testdata/learn, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "learn", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, path), got); diff != "" {
		t.Errorf("%s is otherwise: read the diff, and write it anew by -update\n%s", path, diff)
	}
}

// A folder of another program, a foreign one and none at all have a line each.
func TestLearnBadInput(t *testing.T) {
	l := newToyLearner(t)
	for args, want := range map[string][]string{
		"learn chekc":                                      {`unknown command "chekc"`, `did you mean "check"?`},
		"learn init":                                       {"takes one folder"},
		"learn init here":                                  {"the source of sagabench", "choose a folder outside of it"},
		"learn init " + l.dir + " --seed 8":                {"has seed 7"},
		"learn init x --alias a/b":                         {"--alias"},
		"learn init x --seed 0":                            {"--seed 0", "without --seed one is drawn"},
		"learn list --dir " + t.TempDir():                  {"is not a learner's folder", "learn init DIR"},
		"learn check --dir nowhere":                        {"is not a folder"},
		"learn check 8 --dir " + l.dir:                     {`no exercise "8"`, "9-toy"},
		"learn check 9 9":                                  {"takes one exercise"},
		"learn check 9 --all":                              {"leave out \"9\""},
		"learn check --all --style choreography":           {"leave out --style"},
		"learn check 9 --style choreografy --dir " + l.dir: {`no style "choreografy"`, `did you mean "choreography"?`},
		"learn check 9 --scenario large --dir " + l.dir:    {`no scenario "large"`, "large numbers"},
		"learn check 9 --seed -1":                          {"seed"},
		"learn check -o xml":                               {`unknown output "xml"`},
		"learn reset --dir " + l.dir:                       {"takes one exercise"},
		"learn hint toy --dir " + l.dir:                    {`no exercise "toy"`},
		"learn lint 9 --seeds 0":                           {"--seeds 0"},
		"learn lint 7":                                     {`no exercise "7"`},
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), strings.Fields(args), &out, &errs)
		if code != exitUsage || out.Len() > 0 {
			t.Errorf("%s: exit %d, want %d; printed %s", args, code, exitUsage, &out)
		}
		for _, w := range want {
			if !strings.Contains(errs.String(), w) {
				t.Errorf("%s: printed\n%swant %q in it", args, &errs, w)
			}
		}
	}
	if _, err := os.Stat("here"); err == nil {
		t.Error("init left something in the clone")
	}
}

// The toy is proved, but for a mistake that is none.
func TestLint(t *testing.T) {
	newToyLearner(t)
	t.Setenv(toyVariable, "1") // for what the README's commands start
	exercises[0].Mutants[0].Edits[0].New = "return n + n }"
	var out strings.Builder
	code := execute(t.Context(), []string{"learn", "lint", "9", "--seeds", "1"}, &out, &out)
	printed := out.String()
	if code != exitBroken || !strings.Contains(printed, "MISS 9 choreography    0 of 1 ") || !strings.Contains(printed, "seed 1: passes") || !strings.HasSuffix(printed, "sagabench: 1 of 20 proofs do not hold\n") {
		t.Errorf("exit %d: %s", code, printed)
	}
}
