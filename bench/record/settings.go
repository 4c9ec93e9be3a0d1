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
	Share       float64 `json:"share_of_capacity,omitempty"` // offered, of what the style's first ladder held
}

// Words says what differs. They are for readers; what is comparable is decided
// by the settings themselves.
func (s Settings) Words() (differ []string) {
	say := func(differs bool, format string, args ...any) {
		if differs {
			differ = append(differ, fmt.Sprintf(format, args...))
		}
	}
	say(s.Durability != "", "durability %s", s.Durability)
	say(s.Concurrency == 1, "one call at a time")
	say(s.Concurrency > 1, "%d calls at a time", s.Concurrency)
	say(s.ServiceTime != "", "service time %s", s.ServiceTime)
	say(s.Activities != "", "%s activities", s.Activities)
	say(s.Server != "", "%s server", s.Server)
	say(s.Share > 0, "%.4g %% of each style's own capacity", 100*s.Share)
	return differ
}
