package ceiling_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sagabench/sagabench/bench/ceiling"
)

// none is the processor time of processes that compute nothing.
func none() map[string]float64 { return nil }

// With ten orders under way that live for ten milliseconds each, a thousand end
// in a second, whatever the ramp and the drain are.
func TestSaturate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := ceiling.NewEnded()
		ended.Add(5) // of a measurement before
		used := 0.0
		rate, err := ceiling.Saturate(t.Context(), ceiling.Load{
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
		submit func(*ceiling.Ended, int) error
		want   string
	}{
		{"submit", func(*ceiling.Ended, int) error { return refused }, "submit order 0: refused"},
		{"nothing ends", func(*ceiling.Ended, int) error { return nil }, "8 orders had not ended"},
		{"one is lost", func(e *ceiling.Ended, n int) error {
			if n != 3 {
				time.AfterFunc(time.Millisecond, func() { e.Add(1) })
			}
			return nil
		}, "not all of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := ceiling.NewEnded()
				_, err := ceiling.Saturate(t.Context(), ceiling.Load{
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

func rates(perSecond ...float64) (all []ceiling.Rate) {
	for _, v := range perSecond {
		all = append(all, ceiling.Rate{PerSecond: v, CPU: map[string]float64{"server": 100 / v}})
	}
	return all
}

// The share is the median of the ratios and not the ratio of the medians: a
// machine that was slow for one pair was slow for both.
func TestShare(t *testing.T) {
	s := ceiling.NewShare("choreography", 0.65, rates(70, 30, 160), rates(100, 50, 200))
	if s.Orders != 70 || s.Ceiling != 100 || s.Share != 0.7 {
		t.Errorf("%v of %v is %v, want 70 of 100 and 0.7", s.Orders, s.Ceiling, s.Share)
	}
	if want := (100.0 / 100) / (100.0 / 70); math.Abs(s.CPUShare-want) > 1e-9 {
		t.Errorf("share by processor time %v, want %v", s.CPUShare, want)
	}
	if want := (ceiling.Interval{Kind: "range", Lo: 0.6, Hi: 0.8, N: 3}); s.Interval != want {
		t.Errorf("interval %v, want %v", s.Interval, want)
	}
	six := rates(1, 2, 3, 4, 5, 6)
	if s = ceiling.NewShare("x", 0, six, six); s.Interval.Kind != "ci95" || s.Interval.N != 6 {
		t.Errorf("six repeats give %v, want an interval", s.Interval)
	}
}

func TestResult(t *testing.T) {
	r := ceiling.Result{Durability: "process", Repeats: 1, Styles: []ceiling.Share{
		ceiling.NewShare("choreography", 0.65, rates(60), rates(100)),
		ceiling.NewShare("orchestration", 0.9, rates(38), rates(40)),
	}}
	r.Untuned = ceiling.NewUntuned("orchestration", 1.0/6, 21, []float64{40}, []float64{400})
	var out strings.Builder
	if err := r.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"0.60 to 0.60   0.65       missed", "0.95 to 0.95   0.90       met", "0.167     met"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if !r.Missed() {
		t.Error("a share of 0.6 where 0.65 is wanted is not called missed")
	}
	if (ceiling.Result{Styles: r.Styles[1:], Untuned: r.Untuned}).Missed() {
		t.Error("bounds that were kept are called missed")
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `"styles":[{"style":"choreography","orders_per_s":60,"ceiling_per_s":100,"share":0.6,"interval":{"kind":"range","lo":0.6,"hi":0.6,"n":1},"at_least":0.65,`
	if !strings.Contains(string(text), want) {
		t.Errorf("no %s in %s", want, text)
	}
}
