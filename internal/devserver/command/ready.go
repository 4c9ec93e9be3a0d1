package command

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/sagabench/sagabench/internal/child"
)

// Ready prints a server's ready line: where it listens, and its settings as it reads
// them back itself. What was asked for may not have taken effect.
func Ready(addr string, settings map[string]string) error {
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	child.Ready("%s %s", addr, text)
	return nil
}

// ParseReady reads what [Ready] printed, without the prefix.
func ParseReady(line string) (at netip.AddrPort, settings map[string]string, err error) {
	addr, text, _ := strings.Cut(line, " ")
	if at, err = netip.ParseAddrPort(addr); err == nil {
		err = json.Unmarshal([]byte(text), &settings)
	}
	if err != nil {
		err = fmt.Errorf("ready line %q: %w", line, err)
	}
	return at, settings, err
}
