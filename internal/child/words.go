package child

import (
	"bytes"
	"strings"
	"sync"
)

// lastWords keeps the line on standard error with which a Go program ends of itself.
// What follows it is the program's goroutines.
type lastWords struct {
	mu   sync.Mutex
	line []byte // that has not ended yet
	last string
}

// maxLine bounds what is kept of a line.
const maxLine = 1 << 10

func (w *lastWords) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := b
	for w.last == "" && len(rest) > 0 {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		w.line = append(w.line, line[:min(len(line), maxLine-len(w.line))]...)
		if rest = after; !ended {
			break
		}
		if s := string(w.line); strings.HasPrefix(s, "panic: ") || strings.HasPrefix(s, "fatal error: ") {
			w.last = s
		}
		w.line = w.line[:0]
	}
	return len(b), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
