package kit

import (
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
)

// stacksOnQuit lets the checker ask with SIGQUIT where the program stands, when nothing
// happens any more: it gets the stacks, and the program ends. What the Go runtime prints
// at that signal leaves out goroutines that run, and an endless loop is one.
//
// It also bounds the stacks: an endless recursion then ends at 64 MB at once, and not
// after seconds at the runtime's gigabyte.
func stacksOnQuit(checker *os.File) {
	debug.SetMaxStack(64 << 20)
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		<-quit
		stacks := make([]byte, 1<<20)
		checker.Write(stacks[:runtime.Stack(stacks, true)])
		os.Exit(2)
	}()
}
