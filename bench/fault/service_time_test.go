package fault_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sagabench/sagabench/bench/fault"
	"github.com/sagabench/sagabench/food"
)

func call(n int, s food.Service, a food.Action, attempt int) food.Call {
	return food.Call{Order: fmt.Sprint("o-", n), Service: s, Action: a, Attempt: attempt}
}

func TestServiceTimes(t *testing.T) {
	confirm, charge := call(1, food.Restaurant, food.Confirm, 1), call(1, food.Payment, food.Charge, 1)
	mail := call(1, food.Notification, food.MailConfirmed, 1)
	for _, c := range []struct {
		written string
		call    food.Call
		want    time.Duration
	}{
		{"", confirm, 0},
		{"none", confirm, 0},
		{"10ms", confirm, 10 * time.Millisecond},
		{"10ms", charge, 10 * time.Millisecond},
		{"restaurant.confirm=12ms", confirm, 12 * time.Millisecond},
		{"restaurant.confirm=12ms", charge, 0},
		{"payment=5ms", charge, 5 * time.Millisecond},
		{"notification.mail=5ms", mail, 5 * time.Millisecond},
	} {
		st, err := fault.ParseServiceTime(c.written)
		if err != nil {
			t.Fatal(err)
		}
		if got := st.Of(1, c.call); got != c.want {
			t.Errorf("%q: %v takes %v, want %v", c.written, c.call, got, c.want)
		}
	}
	for written, want := range map[string]string{
		"fast": "want none, realistic, or a time", "0s": "want none", "-1s": "want none", "5s": "up to 1s", "10": "want none",
		"restaurant.confrim=10ms": `did you mean "confirm"?`, "restaurant.confirm=": "want none", "=10ms": `no service ""`,
	} {
		if _, err := fault.ParseServiceTime(written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", written, err, want)
		}
	}
}

// A realistic time has the median and the tail that it states, is the same for
// every attempt and under every style, and differs by order, action and seed.
func TestRealisticServiceTime(t *testing.T) {
	st, err := fault.ParseServiceTime("realistic")
	if err != nil {
		t.Fatal(err)
	}
	var times []float64
	for n := range 20_000 {
		d := st.Of(1, call(n, food.Payment, food.Charge, 1))
		if d != st.Of(1, call(n, food.Payment, food.Charge, 7)) {
			t.Fatalf("order %d takes another time at its seventh attempt", n)
		}
		if d <= 0 || d > fault.MaxServiceTime {
			t.Fatalf("order %d takes %v", n, d)
		}
		times = append(times, float64(d)/float64(time.Millisecond))
	}
	slices.Sort(times)
	for q, want := range map[float64]float64{0.5: 30, 0.9: 30 * math.Exp(0.7*1.2816), 0.99: 30 * math.Exp(0.7*2.3263)} {
		if got := times[int(q*float64(len(times)))]; math.Abs(got/want-1) > 0.05 {
			t.Errorf("p%g is %.1f ms, want %.1f", 100*q, got, want)
		}
	}
	one := st.Of(1, call(1, food.Payment, food.Charge, 1))
	if one == st.Of(2, call(1, food.Payment, food.Charge, 1)) || one == st.Of(1, call(1, food.Payment, food.Refund, 1)) {
		t.Error("seed or action makes no difference")
	}
}

// The time passes before the effect, once per call.
func TestServiceTimeIsSpent(t *testing.T) {
	st, err := fault.ParseServiceTime("20ms")
	if err != nil {
		t.Fatal(err)
	}
	begin, before := time.Now(), time.Duration(0)
	err = st.Interceptor(1)(t.Context(), call(1, food.Loyalty, food.Award, 1), func(context.Context) error {
		before = time.Since(begin)
		return nil
	})
	if err != nil || before < 20*time.Millisecond {
		t.Errorf("the effect came after %v: %v", before, err)
	}
}
