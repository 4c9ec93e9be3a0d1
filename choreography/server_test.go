package choreography_test

import (
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/sagabench/sagabench/choreography"
	"github.com/sagabench/sagabench/internal/devserver/devservertest"
)

// Remove takes the streams of one run and no others.
func TestRemove(t *testing.T) {
	s := devservertest.NATS(t)
	js := stream(t, s.URL())
	for _, name := range []string{"food-r1-a", "food-r1-a-dlq", "food-r12-a", "food-r1", "other-food-r1-a"} {
		if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name + ".>"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, prefix := range []string{"", "-", "food", "food-r1"} {
		if n, err := choreography.Remove(t.Context(), s.URL(), prefix); err == nil {
			t.Errorf("prefix %q was taken, and %d streams are gone", prefix, n)
		}
	}
	if n, err := choreography.Remove(t.Context(), s.URL(), "food-r1-"); n != 2 || err != nil {
		t.Errorf("removed %d streams, want 2: %v", n, err)
	}
	var left []string
	for name := range js.StreamNames(t.Context()).Name() {
		left = append(left, name)
	}
	slices.Sort(left)
	if want := []string{"food-r1", "food-r12-a", "other-food-r1-a"}; !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q", left, want)
	}
}

func TestAddress(t *testing.T) {
	for url, want := range map[string]string{
		"nats://127.0.0.1:4222":            "nats://127.0.0.1:4222",
		"127.0.0.1":                        "nats://127.0.0.1",
		"tls://cook:p@pper@127.0.0.1:4222": "tls://127.0.0.1:4222",
		"token@127.0.0.1":                  "nats://127.0.0.1",
		"nats://a:b@127.0.0.1:1, nats://token@127.0.0.1:2": "nats://127.0.0.1:1,nats://127.0.0.1:2",
	} {
		if got := choreography.Address(url); got != want {
			t.Errorf("Address(%q) is %q, want %q", url, got, want)
		}
	}
}
