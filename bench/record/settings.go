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
	if s.Durability != "" {
		differ = append(differ, "durability "+s.Durability)
	}
	switch {
	case s.Concurrency == 1:
		differ = append(differ, "one call at a time")
	case s.Concurrency > 1:
		differ = append(differ, fmt.Sprintf("%d calls at a time", s.Concurrency))
	}
	if s.ServiceTime != "" {
		differ = append(differ, "service time "+s.ServiceTime)
	}
	if s.Activities != "" {
		differ = append(differ, s.Activities+" activities")
	}
	if s.Server != "" {
		differ = append(differ, s.Server+" server")
	}
	if s.Share > 0 {
		differ = append(differ, fmt.Sprintf("%.4g %% of each style's own capacity", 100*s.Share))
	}
	return differ
}
