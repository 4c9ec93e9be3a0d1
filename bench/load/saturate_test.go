package load_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/load"
)

// none is the CPU time of processes that compute nothing.
func none() map[string]float64 { return nil }

// With ten orders under way that live for ten milliseconds each, a thousand end
// in a second, whatever the ramp and the drain are.
func TestSaturate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := load.NewEnded()
		ended.Add(5) // of a measurement before
		used := 0.0
		rate, err := load.Saturate(t.Context(), load.Saturation{
			InFlight: 10, Ramp: 95 * time.Millisecond, During: time.Second,
			Submit: func(context.Context, int) error {
				time.AfterFunc(10*time.Millisecond, func() { ended.Add(1) })
				return nil
			},
			Used: func() map[string]float64 { used += 500; return map[string]float64{"worker": used} },
		}, ended)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(rate.PerSecond-1000) > 15 {
			t.Errorf("%v orders/s, want 1000", rate.PerSecond)
		}
		if got := rate.CPU["worker"]; math.Abs(got-0.5) > 0.01 {
			t.Errorf("%v ms per order, want 0.5", got)
		}
	})
}

func TestSaturateFails(t *testing.T) {
	refused := errors.New("refused")
	for _, c := range []struct {
		name   string
		submit func(*load.Ended, int) error
		want   string
	}{
		{"submit", func(*load.Ended, int) error { return refused }, "submit order 0: refused"},
		{"nothing ends", func(*load.Ended, int) error { return nil }, "8 orders had not ended"},
		{"one is lost", func(e *load.Ended, n int) error {
			if n != 3 {
				time.AfterFunc(time.Millisecond, func() { e.Add(1) })
			}
			return nil
		}, "not all of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := load.NewEnded()
				_, err := load.Saturate(t.Context(), load.Saturation{
					InFlight: 8, Ramp: time.Millisecond, During: 100 * time.Millisecond, Used: none,
					Submit: func(_ context.Context, n int) error {
						if n > 0 && c.name == "submit" {
							return nil
						}
						return c.submit(ended, n)
					},
				}, ended)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q in it", err, c.want)
				}
			})
		})
	}
}
