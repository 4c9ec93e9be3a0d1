package choreography_test

import (
	"testing"

	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// A known failure, expected by name: an event with one field more than this version
// knows is a dead letter, and its order, which the stream has accepted, is lost. When
// readers are tolerant this test fails, and is to be turned around.
func TestExpectedFailureEventOfTomorrow(t *testing.T) {
	server := devservertest.NATS(t)
	co := open(t, config(server.URL()))
	w := newWorld(t)
	work(t, config(server.URL()), w)
	publish := func(id, more string) {
		body := `{"version":1,"id":"` + id + `.order_placed","event":"order_placed",` + more +
			`"order":{"id":"` + id + `","customer":"ada","restaurant":"Da Mario","items":[{"dish":"Margherita","quantity":1,"price":950}]}}`
		if _, err := stream(t, server.URL()).Publish(t.Context(), "test.order.order_placed."+id, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	publish("today", "")
	publish("tomorrow", `"tip":100,`)
	w.settled(t, "today")
	eventually(t, "the event is a dead letter; or it is not any more, and this test is to be turned around", func() bool {
		left, err := co.LeftOver(t.Context(), 1)
		return err == nil && left["dead_letters"] == 1
	})
}
