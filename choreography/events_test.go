package choreography

import (
	"bytes"
	std "cmp"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
)

var lunch = food.Order{ID: "o-1", Customer: "ada", Restaurant: "noodle-bar", Items: []food.Item{{Dish: "ramen", Quantity: 2, Price: 11_50}}}

func TestEventTravels(t *testing.T) {
	said := placed(lunch).then(PaymentFailed, "no funds")
	data, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	heard, err := decode("cell", "cell.order.payment_failed.o-1", data)
	if err != nil {
		t.Fatal(err)
	}
	want := Event{Version: 1, ID: "o-1.payment_failed", Kind: PaymentFailed, Cause: "o-1.order_placed", Order: lunch, Reason: "no funds"}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Errorf("heard, minus what was said:\n%s", diff)
	}
}

// Each of these is one change away from an event that is understood.
func TestDecodeBelievesNothing(t *testing.T) {
	const (
		subject = "cell.order.order_placed.o-1"
		body    = `{"version":1,"id":"o-1.order_placed","event":"order_placed","order":{"id":"o-1","customer":"ada","restaurant":"noodle-bar","items":[{"dish":"ramen","quantity":2,"price":1150}]}}`
	)
	if _, err := decode("cell", subject, []byte(body)); err != nil {
		t.Fatalf("the sound event: %v", err)
	}
	for _, tt := range []struct {
		name         string
		subject      string // when it is another one
		from, become string
		want         string
	}{
		{"no JSON", "", `{"version"`, `version`, "not an event"},
		{"cut off", "", `]}}`, ``, "not an event"},
		{"two events", "", `]}}`, `]}}{}`, "something follows"},
		{"unknown field", "", `"id":"o-1.`, `"urgent":true,"id":"o-1.`, `unknown field "urgent"`},
		{"no version", "", `"version":1,`, ``, "version 0 is not known"},
		{"newer version", "", `"version":1`, `"version":2`, "version 2 is not known"},
		{"newer version with a new field", "", `"version":1`, `"version":2,"urgent":true`, "version 2 is not known"},
		{"unknown event", "", `"event":"order_placed"`, `"event":"order_eaten"`, `event "order_eaten" is not known`},
		{"event of another subject", "cell.order.payment_success.o-1", ``, ``, "subject and body differ"},
		{"order of another subject", "cell.order.order_placed.o-2", ``, ``, "subject and body differ"},
		{"subject of another name", "kitchen.order.order_placed.o-1", ``, ``, "subject and body differ"},
		{"id of another event", "", `"id":"o-1.order_placed"`, `"id":"o-1.payment_success"`, "want <order>.<event>"},
		{"amount that is no integer", "", `1150`, `11.5`, "not an event"},
		{"order without items", "", `{"dish":"ramen","quantity":2,"price":1150}`, ``, "not an order"},
		{"order that pays the customer", "", `1150`, `-1150`, "not an order"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(body, tt.from, tt.become, 1)
			_, err := decode("cell", std.Or(tt.subject, subject), []byte(broken))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("decode(%s) = %v; want an error with %q", broken, err, tt.want)
			}
			// Nor does a broken event harm the one that comes after it.
			if e, err := decode("cell", subject, []byte(body+" \n")); err != nil || e.Order.Total() != 23_00 {
				t.Errorf("the sound event after it is %v, %v", e, err)
			}
		})
	}
}

// No sequence of bytes makes decode panic or return an event that contradicts
// its subject, or one that the standard library would have read otherwise.
func FuzzDecode(f *testing.F) {
	for _, k := range Kinds {
		data, err := json.Marshal(placed(lunch).then(k, "why not"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(Subject("cell", k, lunch.ID), data)
	}
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		e, err := decode("cell", subject, data)
		if err != nil {
			return
		}
		if Subject("cell", e.Kind, e.Order.ID) != subject || e.Order.Validate() != nil || e.Version != Version {
			t.Errorf("decode(%q, %q) = %+v", subject, data, e)
		}
		var want Event
		strict := json.NewDecoder(bytes.NewReader(data))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&want); err != nil || !cmp.Equal(want, e) {
			t.Errorf("decode(%q) = %+v; the standard library: %+v, %v", data, e, want, err)
		}
	})
}

// BenchmarkDecode reads an event as every participant that hears it does.
func BenchmarkDecode(b *testing.B) {
	e := placed(lunch).then(PaymentSuccess, "")
	data, err := json.Marshal(e)
	if err != nil {
		b.Fatal(err)
	}
	subject := Subject("cell", e.Kind, e.Order.ID)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode("cell", subject, data); err != nil {
			b.Fatal(err)
		}
	}
}
