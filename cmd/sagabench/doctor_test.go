package main

import (
	"runtime"
	"strings"
	"testing"
)

// What is promised of a system is what is done for it: the gate runs on
// linux/amd64, and only compiles for macOS.
func TestSupport(t *testing.T) {
	for system, want := range map[string]string{
		"linux/amd64":   "linux/amd64: tested",
		"linux/arm64":   "linux/arm64: tested on linux/amd64 only",
		"darwin/arm64":  "darwin/arm64: built, not run by us",
		"darwin/amd64":  "darwin/amd64: built, not run by us",
		"freebsd/amd64": "freebsd/amd64: neither built nor run by us",
	} {
		goos, goarch, _ := strings.Cut(system, "/")
		if got := support(goos, goarch); got != want {
			t.Errorf("support of %s is %q, want %q", system, got, want)
		}
	}
}

// Doctor prints the system that it runs on, and that alone fails nothing.
func TestDoctorPrintsTheSystem(t *testing.T) {
	var out, errs strings.Builder
	code := execute(t.Context(), []string{"doctor"}, &out, &errs)
	if want := "ok   system           " + support(runtime.GOOS, runtime.GOARCH) + "\n"; !strings.Contains(out.String(), want) {
		t.Errorf("doctor printed\n%swant %q in it", &out, want)
	}
	if bad := strings.Contains(out.String(), "BAD"); bad != (code != exitOK) {
		t.Errorf("exit %d\n%s%s", code, &out, &errs)
	}
}
