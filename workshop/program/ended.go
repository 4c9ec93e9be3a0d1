package program

import (
	"debug/buildinfo"
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// An Ended is how a program ended that should not have.
type Ended struct {
	Sentence string // for who wrote the program
	Places   Places // in their files, where that is known
	Printed  string // the end of what it printed
	Status   int    // that it exited with; -1 if a signal ended it
}

func (e *Ended) Error() string { return e.Sentence }

// judge makes of the end of the process what learners read. Nil: it was wanted.
func (p *Program) judge() *Ended {
	p.mu.Lock()
	asked, reason := p.asked, p.reason
	p.mu.Unlock()
	state := p.cmd.ProcessState
	if message, places := p.panicked(); message != "" {
		_, before, _ := p.printed.read()
		e := &Ended{Sentence: "your program panicked: " + message, Places: places, Printed: before, Status: state.ExitCode()}
		if len(places) > 0 {
			e.Sentence += ", at " + places[0].String()
		}
		return e
	}
	e := &Ended{Sentence: reason, Printed: p.Printed(), Status: state.ExitCode()}
	switch {
	case asked:
		return nil
	case state.Exited(): // before it was killed, if it was
		e.Sentence = fmt.Sprintf("your program ended by itself with status %d", e.Status)
		if last := lastLine(e.Printed); e.Status != 0 && last != "" {
			e.Sentence += ", and last printed: " + last
		}
	case reason == wanted:
		return nil
	case reason == "":
		e.Sentence = fmt.Sprintf("your program was ended by the system (%v)", state)
	}
	return e
}

// panicked returns what a program has panicked with, and where. That a panic was printed
// does not suffice: it may have been survived.
func (p *Program) panicked() (message string, places Places) {
	_, _, death := p.printed.read()
	first, stacks, _ := strings.Cut(death, "\n")
	message, panics := strings.CutPrefix(first, "panic: ")
	if !panics {
		message, panics = strings.CutPrefix(first, "fatal error: ")
	}
	if !panics || p.cmd.ProcessState.ExitCode() != 2 || !strings.Contains(stacks, "\ngoroutine ") {
		return "", nil
	}
	message, _, _ = strings.Cut(message, " [recovered")
	return shortened(message), crashIn(stacks, p.folder())
}

// folder is the program's, below the learner's: "3-twice-is-once/choreography". The
// program itself knows it.
func (p *Program) folder() string {
	info, err := buildinfo.ReadFile(p.exe)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(info.Path, workshop.Module+"/")
}

// Trace returns where in the program's own files the stack trace of a panic leads that was
// recovered in the program: the innermost place, if there is any.
func (p *Program) Trace(stack string) Places { return traceIn(stack, p.folder()) }

func lastLine(text string) string {
	return shortened(text[strings.LastIndex(text, "\n")+1:])
}

// shortened is a text that fits into a sentence.
func shortened(text string) string {
	const most = 160
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func size(bytes uint64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
