package devserver

import "context"

// StartTemporal starts a Temporal server with the namespace "default". exe is
// the command that [FindTemporal] found.
func StartTemporal(ctx context.Context, exe []string, c Config) (*Server, error) {
	return start(ctx, &Server{name: "Temporal", exe: exe, args: temporalArgs}, c)
}

func temporalArgs(c Config) []string {
	if c.Untuned {
		// The official server also leaves the collector alone.
		return append(c.args(), "--untuned", "--gc-percent", "100")
	}
	return c.args()
}
