package program

import "testing"

// What recovers a panic writes a heading of its own above the stack.
func TestTraceIn(t *testing.T) {
	const trace = `coroutine root [panic]:
main.(*saga).takeBack(0xc000123456, {0x1, 0x2})
	/home/ada/learn/4-die-or-cancel/orchestration/workflow.go:79 +0x1d
main.placeOrder({0x1, 0x2}, {{}})
	/home/ada/learn/4-die-or-cancel/orchestration/workflow.go:21 +0x9c
github.com/sagabench/sagabench/workshop/kit/orch.Main.func1.1({0x1, 0x2})
	/home/ada/learn/kit/orch/orch.go:31 +0x8a`
	got := traceIn(trace, "4-die-or-cancel/orchestration")
	if len(got) != 1 || got[0].String() != "4-die-or-cancel/orchestration/workflow.go:79, in (*saga).takeBack" {
		t.Errorf("it leads to %v", got)
	}
	for _, none := range []string{"", "coroutine root [panic]:", "no trace"} {
		if got := traceIn(none, "4-die-or-cancel/orchestration"); len(got) > 0 {
			t.Errorf("%q leads to %v", none, got)
		}
	}
}
