package devserver

import (
	"slices"
	"strings"
)

// A Tail keeps the end of what is written to it. It is the part of a server's
// log that shows why it did not start, or what a test met, and is read when it has ended.
type Tail []byte

const tailBytes = 4 << 10

// routine marks what a NATS server logs of its ordinary doings: no reason for
// anything.
const routine = " [INF] "

func (t *Tail) Write(b []byte) (int, error) {
	*t = append(*t, b...)
	*t = slices.Delete(*t, 0, max(0, len(*t)-tailBytes))
	return len(b), nil
}

// String is the Tail from its first whole line on, without the routine.
func (t *Tail) String() string {
	text := string(*t)
	if len(text) == tailBytes {
		_, text, _ = strings.Cut(text, "\n")
	}
	lines := slices.Collect(strings.Lines(text))
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, routine) })
	return strings.TrimSpace(strings.Join(lines, ""))
}
