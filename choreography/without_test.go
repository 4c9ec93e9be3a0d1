package choreography_test

import (
	"strings"
	"testing"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// What a worker is without, another program does: its events wait for that.
func TestWithout(t *testing.T) {
	c, w := config(devservertest.NATS(t).URL()), newWorld(t)
	rest := c
	rest.Without = string(food.Loyalty)
	work(t, rest, w)
	co := open(t, c)
	place(t, co, "o-1")
	w.until(t, "all but the award", func() bool { return len(w.rows["o-1"]) == len(food.Required[food.Completed])-1 })
	if _, ok := w.row("o-1", food.Award); ok {
		t.Error("points were awarded by a worker without loyalty")
	}
	eventually(t, "its event waits", func() bool { return counters(t, co)["pending"] == 1 })

	work(t, c, w)
	if got := w.settled(t, "o-1"); got != food.Completed {
		t.Errorf("it is %s", got)
	}
	rest.Without = "workflow"
	if _, err := choreography.Work(t.Context(), rest, nil); err == nil || !strings.Contains(err.Error(), "want a service") {
		t.Errorf("without a workflow: %v", err)
	}
}
