package program

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// kept is how much is kept of what a program prints, from its end.
const kept = 16 << 10

// keptOfDeath bounds what is kept of the stacks that the Go runtime prints.
const keptOfDeath = 1 << 20

// lastWords begin the line with which the Go runtime ends a program. What follows is the
// program's goroutines, if it has ended. If it goes on, it has printed that line itself.
var lastWords = []string{"panic: ", "fatal error: ", "SIGQUIT: "}

// printed keeps the end of what a program prints, and what comes after the last line
// that may be its end.
type printed struct {
	mu     sync.Mutex
	line   []byte // that has not ended yet
	tail   []byte // what is written to it stays as it is: it is cut by copying
	before []byte // the tail as it was before death
	death  []byte
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for part := range bytes.Lines(b) {
		p.line = append(p.line, part...)
		if part[len(part)-1] == '\n' || len(p.line) > kept {
			p.endLine()
		}
	}
	return len(b), nil
}

func (p *printed) endLine() {
	if slices.ContainsFunc(lastWords, func(words string) bool { return bytes.HasPrefix(p.line, []byte(words)) }) {
		p.before, p.death = p.tail[:len(p.tail):len(p.tail)], p.line[:0:0]
	}
	if p.death != nil && len(p.death) < keptOfDeath {
		p.death = append(p.death, p.line...)
	}
	if p.tail = append(p.tail, p.line...); len(p.tail) > 2*kept {
		p.tail = bytes.Clone(p.tail[len(p.tail)-kept:])
	}
	p.line = p.line[:0]
}

// read returns the end of what was printed, what comes before the line that may have
// been the last, and what comes from there on.
func (p *printed) read() (all, before, death string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return ending(slices.Concat(p.tail, p.line)), ending(p.before), string(p.death) + string(p.line)
}

// ending is the last that is kept, in whole lines.
func ending(text []byte) string {
	if len(text) > kept {
		text = text[len(text)-kept:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return strings.TrimSpace(string(text))
}

// answers are what came on descriptor 3: the program's, and then stacks, if it was asked
// for them.
type answers struct {
	mu     sync.Mutex
	text   []byte
	stacks []byte
	dumps  bool
	last   time.Time // that something came
}

func (a *answers) Write(b []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	to := &a.text
	if a.dumps {
		to = &a.stacks
	}
	*to, a.last = append(*to, b...), time.Now()
	return len(b), nil
}

// dumpFollows notes that what comes from now on are stacks.
func (a *answers) dumpFollows() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dumps = true
}

func (a *answers) bytes() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return bytes.Clone(a.text)
}

func (a *answers) dump() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return string(a.stacks)
}

func (a *answers) quietFor() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.last)
}

// counted writes so many bytes and then drops them, once with notice.
type counted struct {
	to      io.Writer
	left    int
	tooMuch func()
}

func (c *counted) Write(b []byte) (int, error) {
	if c.left < 0 {
		return len(b), nil
	}
	c.left -= len(b)
	c.to.Write(b[:len(b)+min(0, c.left)])
	if c.left < 0 {
		c.tooMuch()
	}
	return len(b), nil
}
