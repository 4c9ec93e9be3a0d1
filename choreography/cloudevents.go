package choreography

import (
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// An event is also a CloudEvent of version 1.0, in binary mode as the protocol binding
// for NATS has it: its attributes are headers, and its data is the body. So a tool that
// knows no event of ours can route and log it. No participant reads a header: what the
// body says is what counts.
//
// See https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md.
// None of the values needs the percent-encoding that is described there: names and ids
// are of letters, digits, '_' and '-'.

// coordinator is the source of the events that are no participant's.
const coordinator = "coordinator"

// attributes are those of an event about what happened at a time, and by is the service
// that publishes it, or coordinator. Source and id together are the event's identity:
// however often it is published, they are the same.
func (b *bus) attributes(by string, k Kind, order string, at time.Time) nats.Header {
	return nats.Header{
		"ce-specversion":     {"1.0"},
		"ce-id":              {eventID(order, k)},
		"ce-source":          {"/" + b.Name + "/" + by},
		"ce-type":            {eventType(k)},
		"ce-subject":         {order},
		"ce-time":            {at.UTC().Format(time.RFC3339Nano)},
		"ce-datacontenttype": {"application/json"},
	}
}

// eventType changes with [Version], as a type does whose data no old reader can read.
func eventType(k Kind) string {
	return "com.github.sagabench.food." + string(k) + ".v" + strconv.Itoa(Version)
}
