package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// A process that is stopped stands still, and one that goes on does not.
func TestStillness(t *testing.T) {
	still := stillness()
	stop := fmt.Sprintf("kill -STOP %d; sleep 0.4; kill -CONT %[1]d", os.Getpid())
	if out, err := exec.Command("sh", "-c", stop).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	time.Sleep(50 * time.Millisecond) // the clock is read again
	if got := still(); got < 350*time.Millisecond {
		t.Errorf("stood still for %v, want 400 ms", got)
	}
	still = stillness()
	time.Sleep(60 * time.Millisecond)
	if got := still(); got <= 0 || got > 250*time.Millisecond {
		t.Errorf("went on, and stood still for %v", got)
	}
}
