package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

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

// What is collected of a class has each style, and nothing of a person but an alias.
func TestCheckJSON(t *testing.T) {
	l := newToyLearner(t)
	if printed, code := l.types("init", l.dir, "--alias", "ada"); code != exitOK {
		t.Fatal(printed)
	}
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.solves("choreography")
	printed, code := l.types("check", "9", "-o", "json")
	var r checkReport
	if err := json.Unmarshal([]byte(printed), &r); err != nil || code != exitMissed {
		t.Fatalf("exit %d, %v: %s", code, err, printed)
	}
	e := r.Exercises[0]
	if r.Learner != 7 || r.Alias != "ada" || r.Sagabench == "" || e.Verdict != "failed" || e.Done || e.Predicted != nil || len(e.Styles) != 2 {
		t.Errorf("%+v", r)
	}
	if s := e.Styles[0]; s.Style != "choreography" || s.Verdict != "passed" || s.Scenario != "" || s.Seed != 0 {
		t.Errorf("%+v", s)
	}
	if s := e.Styles[1]; s.Verdict != "failed" || s.Scenario != "small numbers" || s.Seed != 1 || s.Expected != "2" || s.Seen != "1" {
		t.Errorf("%+v", s)
	}
	if host, _ := os.Hostname(); host != "" && strings.Contains(printed, host) || strings.Contains(printed, l.dir) {
		t.Errorf("the report names the machine, or the folder: %s", printed)
	}
	l.solves("orchestration")
	printed, code = l.types("check", "9", "-o", "json")
	if err := json.Unmarshal([]byte(printed), &r); err != nil || code != exitOK || r.Exercises[0].Predicted == nil || *r.Exercises[0].Predicted != (predicted{2, 2}) {
		t.Errorf("exit %d, %v: %s", code, err, printed)
	}
	printed, _ = l.types("list", "-o", "json")
	var list listReport
	if err := json.Unmarshal([]byte(printed), &list); err != nil || !list.Exercises[0].Done || list.Exercises[0].Styles["orchestration"].Passed != 2 {
		t.Errorf("%v: %s", err, printed)
	}
}

// The later seeds count as the first does.
func TestLaterSeeds(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.writes("9-toy/choreography/main.go", strings.Replace(toyProgram, "return n", "if n == 6 { return 0 }; return 2 * n", 1))
	printed, code := l.types("check", "--style", "choreography", "--seed", "4")
	if code != exitMissed || !strings.HasPrefix(printed, "✗ 9 Toy · choreography · small numbers · seed 6 ") {
		t.Errorf("exit %d: %s", code, printed)
	}
	if _, code := l.types("check", "--style", "choreography", "--seed", "1"); code != exitOK {
		t.Errorf("seeds 1 to 3: exit %d", code)
	}
}

// What a learner has edited that is given makes no difference, which a line says, and their own file is never
// written by anything but reset.
func TestGivenFilesAreIntact(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	l.writes("kit/kit.go", "package broken, on purpose")
	l.writes("9-toy/choreography/given.go", "package broken, on purpose")
	l.writes("go.mod", "module broken\n\ngo 1.26\n")
	l.solves("choreography")
	printed, code := l.types("check", "--style", "choreography")
	if want := "9-toy/choreography/given.go was changed (and 2 more); the check uses the\noriginals\n"; code != exitOK || !strings.Contains(printed, want) {
		t.Errorf("exit %d: %s, want %s", code, printed, want)
	}
	if got := read(t, filepath.Join(l.dir, "kit/kit.go")); got != "package broken, on purpose" {
		t.Errorf("the learner's edit is gone: %s", got)
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

// A file of the learner's that changes while their program runs is named, whatever the
// verdict.
func TestChangedMeanwhile(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	exercises[0].Check = func(context.Context, workshop.Job) (workshop.Result, error) {
		l.writes("9-toy/orchestration/main.go", "package gone")
		return workshop.Result{Verdict: workshop.Passed}, nil
	}
	if printed, _ := l.types("check", "9", "--style", "choreography"); !strings.Contains(printed, "Note: 9-toy/orchestration/main.go was changed while") {
		t.Error(printed)
	}
}

// A check that finds no end is ended, and what it says is not of the program. What is
// built does not count.
func TestCheckLimit(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	was := checkLimit
	checkLimit = 20 * time.Millisecond // a build takes longer
	defer func() { checkLimit = was }()
	exercises[0].Check = func(ctx context.Context, j workshop.Job) (workshop.Result, error) {
		if _, err := j.Machine.Build(ctx, j.Dir, "9-toy/choreography"); err != nil {
			return workshop.Result{}, err
		}
		<-ctx.Done()
		return workshop.Result{}, ctx.Err()
	}
	printed, code := l.types("check", "9", "--style", "choreography")
	if code != exitInconclusive || !strings.Contains(printed, "did not come to an end within 20ms") {
		t.Errorf("exit %d: %s", code, printed)
	}
}

// A machine without servers is an error, with where to look.
func TestLearnWithoutServers(t *testing.T) {
	t.Setenv("PATH", "")
	m, err := newMachine(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := m.Temporal(t.Context()); err == nil || !strings.Contains(err.Error(), "temporal-devserver is neither") || !strings.Contains(err.Error(), "sagabench doctor") {
		t.Errorf("got %v", err)
	}
}

// Servers start once however many ask, start again when they have died, and end with the
// machine, which leaves nothing behind.
func TestMachine(t *testing.T) {
	m, err := newMachine(t.Context(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 4 {
		for _, server := range []func(context.Context) (string, error){m.NATS, m.Temporal} {
			all.Go(func() {
				at, err := server(t.Context())
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[at] = true
			})
		}
	}
	all.Wait()
	if len(seen) != 2 {
		t.Fatalf("servers at %v, want two", seen)
	}
	first := m.nats.server
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.NATS(t.Context()); err != nil || m.nats.server == first {
		t.Errorf("a server that has died was not started again: %v", err)
	}
	temp, err := m.Temp()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	<-m.nats.server.Done()
	<-m.temporal.server.Done()
	if _, err := os.Stat(temp); err == nil {
		t.Error("a temporary folder is left behind")
	}
}

// lines collects what is printed, for whoever waits for it.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// await waits until something is printed after the first so many bytes.
func (l *lines) await(t *testing.T, from int, want string) (end int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(10 * time.Millisecond) {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if i := strings.Index(text[from:], want); i >= 0 {
			return from + i + len(want)
		}
	}
	t.Fatalf("never printed %q, but\n%s", want, l.text.String())
	return 0
}

// A save is answered within three seconds, for the style whose file it is, and Ctrl-C is
// how a watch ends.
func TestWatch(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	ctx, interrupt := context.WithCancel(t.Context())
	var out lines
	ended := make(chan int, 1)
	go func() { ended <- execute(ctx, []string{"learn", "watch", "9", "--dir", l.dir}, &out, &out) }()
	at := out.await(t, 0, "✗ 9 Toy · choreography")
	at = out.await(t, at, "✗ 9 Toy · orchestration")
	saved := time.Now()
	l.solves("choreography")
	at = out.await(t, at, "✓ 9 Toy · choreography")
	if took := time.Since(saved); took > 3*time.Second {
		t.Errorf("a save was answered after %v", took)
	}
	at = out.await(t, at, "check 9 --style orchestration")
	l.writes("9-toy/orchestration/main.go", strings.Replace(toyProgram, "return n", "return m", 1))
	at = out.await(t, at, "undefined: m")
	l.solves("orchestration")
	at = out.await(t, at, "✓ 9 Toy · orchestration")
	at = out.await(t, at, "every exercise has passed")
	// Both styles follow from the answers.
	l.writes("9-toy/answers.yaml", "parity: odd\ntwice: 14\n")
	at = out.await(t, at, "✗ 9 Toy · choreography · your answers")
	out.await(t, at, "✗ 9 Toy · orchestration · your answers")
	interrupt()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
	all := out.text.String()
	if first := all[:strings.Index(all, "✓")]; strings.Count(first, "─ \n") > 0 || strings.Count(all, "✗ 9 Toy · orchestration · small") != 1 {
		t.Errorf("a style was checked whose files were not saved:\n%s", all)
	}
}

// Checks that are interrupted say so, and leave nothing behind.
func TestCheckIsInterrupted(t *testing.T) {
	l := newToyLearner(t)
	l.writes("9-toy/answers.yaml", rightAnswers)
	ctx, interrupt := context.WithCancel(t.Context())
	exercises[0].Check = func(ctx context.Context, _ workshop.Job) (workshop.Result, error) {
		interrupt()
		<-ctx.Done()
		return workshop.Result{}, ctx.Err()
	}
	var out strings.Builder
	if code := execute(ctx, []string{"learn", "check", "9", "--dir", l.dir}, &out, &out); code != exitInterrupted || out.String() != "sagabench: interrupted\n" {
		t.Errorf("exit %d: %s", code, &out)
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
