package choreography

import (
	"testing"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// While the server is away a client buffers what it is to send. When that buffer is
// full the client leaves a subscription behind at each request for messages that it
// can't store, so none is made.
func TestNoSubscriptionIsLeftBehind(t *testing.T) {
	server := devservertest.NATS(t)
	w, err := work(t.Context(), Config{URL: server.URL(), Name: "test", Policy: food.DefaultPolicy}, nil, (*subscriber).handle)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(t.Context())
	conn := w.bus.conn
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for full := false; !full || conn.NumSubscriptions() > 2; time.Sleep(time.Millisecond) { // those for answers remain
		full = !conn.IsConnected() && conn.Publish("any", make([]byte, 1<<20)) != nil
		if time.Now().After(deadline) {
			t.Fatalf("%d subscriptions", conn.NumSubscriptions())
		}
	}
	time.Sleep(10 * reconnectWait)
	if n := conn.NumSubscriptions(); n > 2 {
		t.Errorf("%d subscriptions", n)
	}
}
