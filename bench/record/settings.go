package record

import "fmt"

// Settings are how a cell was set up where that differs from the run; what does
// not differ is zero. So the zero value is a cell of the run's own settings, and
// two cells were set up alike if their settings are equal. For "the same but for
// one thing", compare copies with that field blank.
type Settings struct {
	Durability  string  `json:"durability,omitempty"`
	Concurrency int     `json:"concurrency,omitempty"`       // executing calls per service
	ServiceTime string  `json:"service_time,omitempty"`      // how long calls take, as written
	Activities  string  `json:"activities,omitempty"`        // how calls are made, see LocalActivities
	Server      string  `json:"server,omitempty"`            // how it is set up, see UntunedServer
	World       string  `json:"world,omitempty"`             // what the services' ledger is, see KeylessWorld
	Share       float64 `json:"share_of_capacity,omitempty"` // offered, of what the style kept up with on its first ladder
}

// The weak worlds, in which a service does not protect itself. "" is the sound one.
const (
	KeylessWorld   = "keyless"    // no idempotency keys: a repeated call happens again
	NoBarrierWorld = "no-barrier" // no call blocks another
)

// Worlds lists the weak ones.
var Worlds = []string{KeylessWorld, NoBarrierWorld}

// RealisticServiceTimes is the service time that is drawn, call by call.
const RealisticServiceTimes = "realistic"

// Words are what differs, for readers; what is comparable is decided
// by the settings themselves.
func (s Settings) Words() (differ []string) {
	add := func(differs bool, format string, args ...any) {
		if differs {
			differ = append(differ, fmt.Sprintf(format, args...))
		}
	}
	add(s.Durability != "", "durability %s", s.Durability)
	add(s.Concurrency == 1, "one call at a time")
	add(s.Concurrency > 1, "%d calls at a time", s.Concurrency)
	add(s.ServiceTime != "", "service time %s", s.ServiceTime)
	add(s.Activities != "", "%s activities", s.Activities)
	add(s.Server != "", "%s server", s.Server)
	add(s.World != "", "a %s world", s.World)
	add(s.Share > 0, "%.4g %% of each style's own capacity", 100*s.Share)
	return differ
}
