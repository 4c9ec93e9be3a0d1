package tracing_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
	"github.com/sagabench/sagabench/internal/tracing"
	"github.com/sagabench/sagabench/internal/tracing/tracingtest"
)

var lunch = food.Order{ID: "o-1", Customer: "ada", Restaurant: "noodle-bar", Items: []food.Item{{Dish: "ramen", Quantity: 2, Price: 11_50}}}

func open(t *testing.T, endpoint string, warnings *strings.Builder) *tracing.Traces {
	t.Helper()
	traces, err := tracing.Open(t.Context(), endpoint, "food", warnings)
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

func services(t *testing.T, around ...food.Interceptor) *food.Services {
	t.Helper()
	l := ledger.NewMemory(ledger.Options{})
	t.Cleanup(func() { l.Close() })
	return food.NewServices(l, food.DefaultPolicy, around...)
}

// An order that is asked for twice, and cancelled, has one trace, whose id can be known
// beforehand; another order has another.
func TestATraceIsAnOrders(t *testing.T) {
	collector, warnings := tracingtest.Start(t), &strings.Builder{}
	traces := open(t, collector.URL, warnings)
	s := services(t, traces.Calls()...)
	for _, what := range []string{"submit", "submit", "cancel"} {
		if err := traces.Ask(t.Context(), what, lunch.ID, func(ctx context.Context) error {
			_, err := s.Charge(ctx, lunch, 1)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	away := errors.New("away")
	if err := traces.Ask(t.Context(), "submit", "o-2", func(context.Context) error { return away }); err != away {
		t.Errorf("Ask returned %v", err)
	}
	traces.Close()
	all := collector.Traces()
	one, other := all[tracing.TraceID("food", "o-1").String()], all[tracing.TraceID("food", "o-2").String()]
	if len(all) != 2 || len(one) != 6 || len(other) != 1 {
		t.Fatalf("%d traces, %d spans of o-1 and %d of o-2, want 2, 6 and 1", len(all), len(one), len(other))
	}
	if other[0].Failed != "away" || other[0].Service != "customer" || other[0].Parent != "" {
		t.Errorf("o-2: %+v", other[0])
	}
	if warnings.Len() > 0 {
		t.Errorf("printed %s", warnings)
	}
}

// A span of a call has its service, its attempt, and what came of it.
func TestSpanOfACall(t *testing.T) {
	collector := tracingtest.Start(t)
	traces := open(t, collector.URL, &strings.Builder{})
	attempts := 0
	s := services(t, append(traces.Calls(), func(ctx context.Context, _ food.Call, next func(context.Context) error) error {
		if attempts++; attempts == 1 {
			return food.ErrFailure
		}
		return next(food.Refusing(ctx, "no funds"))
	})...)
	s.Charge(t.Context(), lunch, 1)
	s.Charge(t.Context(), lunch, 2)
	traces.Close()
	spans := collector.Spans()
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2", len(spans))
	}
	for i, s := range spans {
		if s.Service != "payment" || s.Name != "payment.charge" || s.Attributes["food.order"] != "o-1" || s.Attributes["food.attempt"] != int64(i+1) {
			t.Errorf("span %d is %+v", i+1, s)
		}
	}
	if spans[0].Failed == "" || spans[0].Attributes["food.outcome"] != nil {
		t.Errorf("the failure is %+v", spans[0])
	}
	if spans[1].Failed != "" || spans[1].Attributes["food.outcome"] != "refused" || spans[1].Attributes["food.reason"] != "no funds" {
		t.Errorf("the refusal is %+v", spans[1])
	}
}

// Spans that a collector does not take are counted, and harm no order.
func TestLostSpansAreCounted(t *testing.T) {
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInsufficientStorage) }))
	defer full.Close()
	for _, endpoint := range []string{full.URL, "http://127.0.0.1:1"} {
		warnings := &strings.Builder{}
		traces := open(t, endpoint, warnings)
		s := services(t, traces.Calls()...)
		if row, err := s.Charge(t.Context(), lunch, 1); err != nil || !row.TookEffect() {
			t.Errorf("%s: charge: %+v, %v", endpoint, row, err)
		}
		traces.Close()
		if want := "sagabench: 1 of 1 spans did not reach " + endpoint + ": "; !strings.HasPrefix(warnings.String(), want) {
			t.Errorf("printed %q, want %q", warnings, want)
		}
	}
}

// A collector is asked by what it would be sent, and only one that takes that will do.
func TestCheck(t *testing.T) {
	if err := tracing.Check(t.Context(), tracingtest.Start(t).URL); err != nil {
		t.Error(err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	for _, endpoint := range []string{other.URL, "http://127.0.0.1:1"} {
		if err := tracing.Check(t.Context(), endpoint); err == nil || !strings.Contains(err.Error(), "no OpenTelemetry collector takes traces at "+endpoint) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// Tracing that is off does nothing, and allocates nothing.
func TestOff(t *testing.T) {
	traces, err := tracing.Open(t.Context(), "", "food", nil)
	if err != nil || traces != nil || traces.Tracer("payment") != nil || traces.Calls() != nil {
		t.Fatalf("off is %v, %v", traces, err)
	}
	do := func(context.Context) error { return nil }
	if n := testing.AllocsPerRun(100, func() { _ = traces.Ask(context.Background(), "submit", "o-1", do) }); n > 0 {
		t.Errorf("it allocates %v times an order", n)
	}
	traces.Close()
}
