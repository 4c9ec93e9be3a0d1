package choreography

import (
	std "cmp"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sagabench/sagabench/food"
)

var lunch = food.Order{ID: "o-1", Customer: "ada", Restaurant: "noodle-bar", Items: []food.Item{{Dish: "ramen", Quantity: 2, Price: 11_50}}}

func TestEventTravels(t *testing.T) {
	data, err := json.Marshal(placed(lunch).then(PaymentFailed, "no funds"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeEvent("cell", "cell.order.payment_failed.o-1", data)
	if err != nil {
		t.Fatal(err)
	}
	want := Event{Version: 1, ID: "o-1.payment_failed", Kind: PaymentFailed, Cause: "o-1.order_placed", Order: lunch, Reason: "no funds"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// A build that is newer by a field is understood, and so is one that is older by it.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	data, err := json.Marshal(placed(lunch))
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.NewReplacer(`"event":`, `"tip":100,"event":`, `"customer":`, `"allergies":["nuts"],"customer":`).Replace(string(data))
	got, err := decodeEvent("cell", "cell.order.order_placed.o-1", []byte(newer))
	if err != nil || newer == string(data) {
		t.Fatalf("decodeEvent(%s): %v", newer, err)
	}
	if diff := cmp.Diff(placed(lunch), got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// The largest order takes less than half of an event, even when JSON takes six bytes for
// each byte of its names and the reason is as long as it can be.
func TestLargestOrderFits(t *testing.T) {
	name := strings.Repeat("<", food.MaxName)
	largest := food.Order{ID: strings.Repeat("o", 64), Customer: name, Restaurant: name}
	for range food.MaxItems {
		largest.Items = append(largest.Items, food.Item{Dish: name, Quantity: food.MaxQuantity, Price: food.MaxPrice})
	}
	if err := largest.Validate(); err != nil {
		t.Fatal(err)
	}
	size := func(e Event) int {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return len(data)
	}
	if n := size(placed(largest)); n > MaxEvent/2 {
		t.Errorf("the largest order takes %d bytes, want at most %d", n, MaxEvent/2)
	}
	for _, k := range Kinds {
		if n := size(placed(largest).then(k, strings.Repeat("\x00", 1000))); n > MaxEvent {
			t.Errorf("the largest %s takes %d bytes, want at most %d", k, n, MaxEvent)
		}
	}
}

// Each of these is one change away from a valid event.
func TestDecodeTrustsNothing(t *testing.T) {
	const (
		subject = "cell.order.order_placed.o-1"
		body    = `{"version":1,"id":"o-1.order_placed","event":"order_placed","order":{"id":"o-1","customer":"ada","restaurant":"noodle-bar","items":[{"dish":"ramen","quantity":2,"price":1150}]}}`
	)
	if _, err := decodeEvent("cell", subject, []byte(body)); err != nil {
		t.Fatalf("the valid event: %v", err)
	}
	for _, tt := range []struct {
		name         string
		subject      string // when it is another one
		from, become string
		want         string
	}{
		{"no JSON", "", `{"version"`, `version`, "not an event"},
		{"cut off", "", `]}}`, ``, "not an event"},
		{"two events", "", `]}}`, `]}}{}`, "not an event"},
		{"no version", "", `"version":1,`, ``, "version 0 is not known"},
		{"newer version", "", `"version":1`, `"version":2`, "version 2 is not known"},
		{"newer version with a new field", "", `"version":1`, `"version":2,"urgent":true`, "version 2 is not known"},
		{"newer version behind a new field", "", `"version":1`, `"urgent":true,"version":2`, "version 2 is not known"},
		{"newer version of the order", "", `"version":1`, `"order":"o-1","version":2`, "version 2 is not known"},
		{"brackets behind the event", "", `]}}`, `]}}]`, "not an event"},
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
			_, err := decodeEvent("cell", std.Or(tt.subject, subject), []byte(broken))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("decodeEvent(%s) = %v; want an error with %q", broken, err, tt.want)
			}
			// Nor does a broken event harm the one that comes after it.
			if e, err := decodeEvent("cell", subject, []byte(body+" \n")); err != nil || e.Order.Total() != 23_00 {
				t.Errorf("the valid event after it is %v, %v", e, err)
			}
		})
	}
}

// No sequence of bytes makes decodeEvent panic or return an event that contradicts
// its subject.
func FuzzDecode(f *testing.F) {
	for _, k := range Kinds {
		data, err := json.Marshal(placed(lunch).then(k, "why not"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(Subject("cell", k, lunch.ID), data)
	}
	f.Fuzz(func(t *testing.T, subject string, data []byte) {
		e, err := decodeEvent("cell", subject, data)
		if err != nil {
			return
		}
		if Subject("cell", e.Kind, e.Order.ID) != subject || e.Order.Validate() != nil || e.Version != Version {
			t.Errorf("decodeEvent(%q, %q) = %+v", subject, data, e)
		}
	})
}

// BenchmarkDecode decodes an event as every participant that receives it does.
func BenchmarkDecode(b *testing.B) {
	e := placed(lunch).then(PaymentSuccess, "")
	data, err := json.Marshal(e)
	if err != nil {
		b.Fatal(err)
	}
	subject := Subject("cell", e.Kind, e.Order.ID)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeEvent("cell", subject, data); err != nil {
			b.Fatal(err)
		}
	}
}
