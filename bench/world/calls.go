package world

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/journal"
)

// noting notes each attempt at a call before anything else happens to it. What
// can't be noted does not happen, and the journal's Close returns why.
func noting(calls *journal.Journal) food.Interceptor {
	return func(ctx context.Context, c food.Call, next func(context.Context) error) error {
		var line [192]byte // longer ones cost an allocation
		if err := calls.Write(appendCall(line[:0], c, time.Now())); err != nil {
			return fmt.Errorf("%w: it can't be noted: %w", food.ErrFailure, err)
		}
		return next(ctx)
	}
}

// appendCall writes a call as "nanoseconds attempt service action order". The order
// is quoted, because no one has looked yet whether it is a valid id.
func appendCall(line []byte, c food.Call, at time.Time) []byte {
	line = strconv.AppendInt(line, at.UnixNano(), 10)
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(c.Attempt), 10)
	line = append(line, ' ')
	line = append(line, c.Service...)
	line = append(line, ' ')
	line = append(line, c.Action...)
	line = append(line, ' ')
	line = strconv.AppendQuote(line, c.Order)
	return append(line, '\n')
}

// ReadCalls returns the calls that worlds have noted in a file, with times from
// start on. A call that a killed process was about to note was not made.
func ReadCalls(path string, start time.Time) ([]record.Call, error) {
	text, err := journal.Read(path)
	if err != nil {
		return nil, err
	}
	calls := make([]record.Call, 0, bytes.Count(text, []byte{'\n'}))
	for line := range strings.Lines(string(text)) {
		c, err := parseCall(strings.TrimSuffix(line, "\n"), start)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, len(calls)+1, err)
		}
		calls = append(calls, c)
	}
	return calls, nil
}

func parseCall(line string, start time.Time) (c record.Call, err error) {
	fields := strings.SplitN(line, " ", 5)
	if len(fields) < 5 {
		return c, fmt.Errorf("%q is no call", line)
	}
	at, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return c, err
	}
	c = record.Call{Service: fields[2], Action: fields[3], At: float64(time.Unix(0, at).Sub(start)) / 1e6}
	if c.Attempt, err = strconv.Atoi(fields[1]); err != nil {
		return c, err
	}
	c.Order, err = strconv.Unquote(fields[4])
	return c, err
}
