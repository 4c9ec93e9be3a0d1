// Package durabilitytest counts how often a process makes the system write to the disk.
package durabilitytest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// syncCalls are the system calls by which a program waits for the disk.
const syncCalls = "fsync,fdatasync,sync,syncfs,sync_file_range,msync"

// Syncs wraps a command in strace, and returns it with a count of the syncs that its
// process has made so far. Without strace, or where it may not trace, the test is
// skipped. Nothing else shows that a durability acts, so make test says it aloud.
func Syncs(tb testing.TB, command []string) (traced []string, count func() int) {
	tb.Helper()
	log := filepath.Join(tb.TempDir(), "strace")
	strace := []string{"strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", "--signal=none", "--trace=" + syncCalls, "--output=" + log, "--"}
	if out, err := exec.Command(strace[0], append(strace[1:], "true")...).CombinedOutput(); err != nil {
		tb.Skipf("strace does not run here: %v %s", err, out)
	}
	return append(strace, command...), func() int {
		tb.Helper()
		text, err := os.ReadFile(log)
		if err != nil {
			tb.Fatal(err)
		}
		// A call that another thread interrupts has two lines, and one parenthesis that opens.
		return bytes.Count(text, []byte("sync(")) + bytes.Count(text, []byte("syncfs(")) + bytes.Count(text, []byte("sync_file_range("))
	}
}
