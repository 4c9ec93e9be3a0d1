package devserver

import "context"

// StartTemporal starts a Temporal server with the namespace "default". exe is
// the command that [FindTemporal] found.
func StartTemporal(ctx context.Context, exe []string, c Config) (*Server, error) {
	return start(ctx, &Server{name: "Temporal", exe: exe}, c)
}
