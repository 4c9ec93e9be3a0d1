package devserver

import (
	"strings"
	"sync"
)

// A tail keeps the end of what is written to it. It is the part of a server's
// log that tells why the server did not start.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 4 << 10

// routine marks what a NATS server says of its ordinary doings: no reason for
// anything.
const routine = " [INF] "

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(b), nil
}

// String is the tail from its first whole line on, without the routine.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := string(t.buf)
	if len(text) == tailBytes {
		_, text, _ = strings.Cut(text, "\n")
	}
	var said []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, routine) {
			said = append(said, line)
		}
	}
	return strings.TrimSpace(strings.Join(said, ""))
}
