package choreography

import (
	"fmt"
	"strings"
	"time"

	"github.com/sagabench/sagabench/food"
)

// Given is for the experiment: what the style makes of a policy and what its client is
// set to, in the words of the table of what each side was given.
func Given(p food.Policy) map[string]string {
	waits := []time.Duration{}
	for attempt := 1; attempt < p.Attempts; attempt++ {
		waits = append(waits, p.Backoff(attempt))
	}
	return map[string]string{
		"largest order": fmt.Sprintf("%d bytes as JSON", MaxEvent/2),
		"attempts of a deciding call, and the waits between": fmt.Sprintf("%d: %s", p.Attempts, strings.Trim(fmt.Sprint(waits), "[]")),
		"call timeout, and the clock for a dead worker":      fmt.Sprintf("%v, %v", p.CallTimeout, p.Redelivery),
		"executing calls per service":                        fmt.Sprint(p.Concurrency),
		"how work is fetched":                                fmt.Sprintf("a request a service for up to %d messages; as many may wait in the client", p.Concurrency),
		"client":                                             fmt.Sprintf("waits for the stream's answer to each event; message ids known for %v", dedup),
	}
}
