package orchestration_test

import (
	"context"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
	"github.com/sagabench/sagabench/orchestration"
)

// What a worker is without, another program does: its tasks wait for that.
func TestWithout(t *testing.T) {
	c := open(t, devservertest.Temporal(t).Addr(), food.DefaultPolicy)
	begin := func(without string) {
		part := c.config
		part.Without = without
		w, err := orchestration.Work(t.Context(), part, c.services)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close(context.Background()) })
		if n := orchestration.Parts(w); n != 6 {
			t.Errorf("without %s %d parts work, want 6", without, n)
		}
	}
	begin(string(food.Loyalty))
	c.submit(t, "o-1")
	c.has(t, "o-1", food.StatusCompleted, food.MailPartnerAssigned, food.StatusConfirmed, food.MailConfirmed)
	if got := show(c.of("o-1")); strings.Contains(got, string(food.Award)) {
		t.Errorf("points were awarded by a worker without loyalty:\n%s", got)
	}
	begin("workflow")
	if got, err := c.result(t, "o-1"); err != nil || got != food.Completed {
		t.Errorf("it is %s, %v", got, err)
	}
}

func TestWithoutIsChecked(t *testing.T) {
	for want, c := range map[string]orchestration.Config{
		"want a service or": {Without: "kitchen"},
		"one worker is all": {Without: "payment", Local: true},
	} {
		c.Name, c.Policy = "food-1", food.DefaultPolicy
		if _, err := orchestration.Work(t.Context(), c, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %s", err, want)
		}
	}
}
