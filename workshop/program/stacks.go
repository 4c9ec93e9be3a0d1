package program

import (
	"regexp"
	"slices"
	"strings"
)

// A Place is where a goroutine stands in a program's own files.
type Place struct {
	File  string // below the learner's folder
	Line  string // "" where the compiler knows none: of a loop in which nothing is
	Func  string
	State string // of the goroutine: "running", "chan receive", …
}

// String is such as "3-twice-is-once/choreography/payments.go:82, in react".
func (p Place) String() string {
	if p.Line == "" {
		return p.File + ", in " + p.Func
	}
	return p.File + ":" + p.Line + ", in " + p.Func
}

// Places are where goroutines stand.
type Places []Place

var (
	goroutineLine = regexp.MustCompile(`^goroutine \d+ .*\[([^\],]+)`)
	fileLine      = regexp.MustCompile(`^\t(.+\.go):(\d+)( |$)`)
	funcLine      = regexp.MustCompile(`^(\S.*)\(.*\)$`)
	literal       = regexp.MustCompile(`(\.func\d+|\.gowrap\d+|\.\d+|-fm)+$`)
)

// A goroutine is one of a dump: its frames in the program's files, innermost first.
type goroutine struct {
	state  string
	frames Places
	begun  bool // it stands in the kit, called by main, and has nothing more to do
}

// goroutinesIn reads a dump of the Go runtime. What it can't read it leaves out: programs
// print at the same time.
func goroutinesIn(dump, folder string) (all []goroutine) {
	var function string
	for line := range strings.Lines(dump) {
		line = strings.TrimRight(line, "\r\n")
		if m := goroutineLine.FindStringSubmatch(line); m != nil {
			all = append(all, goroutine{state: m[1]})
			continue
		}
		if len(all) == 0 {
			continue
		}
		g := &all[len(all)-1]
		if m := fileLine.FindStringSubmatch(line); m != nil {
			if i := strings.LastIndex(m[1], "/"+folder+"/"); folder != "" && i >= 0 && function != "" {
				g.frames = append(g.frames, Place{m[1][i+1:], lineOf(m[2]), function, g.state})
			} else if len(g.frames) == 0 && strings.HasSuffix(function, "workshop/kit.run") {
				g.begun = true
			}
		} else if m := funcLine.FindStringSubmatch(line); m != nil && !strings.HasPrefix(line, "created by ") {
			function = nameOf(m[1])
		} else {
			function = ""
		}
	}
	return all
}

// lineOf leaves out the first line of a file, in which no code is.
func lineOf(line string) string {
	if line == "1" {
		return ""
	}
	return line
}

// nameOf is a function as it is written in its file.
func nameOf(function string) string {
	name, ours := strings.CutPrefix(function, "main.")
	if !ours {
		return function
	}
	return literal.ReplaceAllString(name, "")
}

// crashIn returns where a program crashed: in its own file, as deep as possible. The
// goroutine that crashed comes first.
func crashIn(stacks, folder string) Places {
	for _, g := range goroutinesIn(stacks, folder) {
		if len(g.frames) > 0 {
			return g.frames[:1]
		}
	}
	return nil
}

// traceIn returns where in a program's own file the stack trace of a recovered panic
// leads. Its first line may be any.
func traceIn(stack, folder string) Places {
	_, frames, _ := strings.Cut(stack, "\n")
	return crashIn("goroutine 1 [panic]:\n"+frames, folder)
}

// placesIn returns where the goroutines of a dump stand, each place once. First come
// those that run, then those that wait for something in the program itself; who waits for
// a message or an answer may well be idle.
func placesIn(dump, folder string) (places Places) {
	for _, g := range goroutinesIn(dump, folder) {
		if len(g.frames) > 0 && !g.begun && !slices.Contains(places, g.frames[0]) {
			places = append(places, g.frames[0])
		}
	}
	slices.SortStableFunc(places, func(a, b Place) int { return idleness(a.State) - idleness(b.State) })
	return places
}

func idleness(state string) int {
	switch state {
	case "running", "runnable":
		return 0
	case "select", "chan receive", "IO wait", "syscall":
		return 2
	}
	return 1
}
