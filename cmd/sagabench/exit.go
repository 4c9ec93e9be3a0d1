package main

// Exit codes. Thresholds lead to 10, and to 12 where they can't be judged; a
// verdict to 11 and 12.
const (
	exitOK           = 0
	exitError        = 1
	exitUsage        = 2
	exitMissed       = 10
	exitBroken       = 11
	exitInconclusive = 12
	exitInterrupted  = 130
)

// An exit is an error that knows its exit code. Anything else is 1.
type exit struct {
	code int
	err  error // nil: everything has been printed
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// usage marks an error as the user's to fix: nothing has been started.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return exit{exitUsage, err}
}
