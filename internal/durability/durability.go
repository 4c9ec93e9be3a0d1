// Package durability names what an acknowledged order survives. It is one setting
// with the same promise for both servers and for the ledger.
package durability

import (
	"fmt"
	"slices"

	"github.com/sagabench/sagabench/internal/nearest"
)

// A Level is one such promise. It can be the value of a flag.
type Level string

const (
	Memory  Level = "memory"  // nothing is survived
	Process Level = "process" // kill -9 of any process
	Power   Level = "power"   // power loss: configured, and not proven by a kill
)

// Levels lists them from weak to strong.
var Levels = []Level{Memory, Process, Power}

// Validate returns an error unless the level is one of [Levels].
func (l Level) Validate() error {
	if slices.Contains(Levels, l) {
		return nil
	}
	return fmt.Errorf("unknown durability %q%s; want memory, process or power", string(l), nearest.Hint(string(l), Levels))
}

func (l Level) String() string { return string(l) }

// Set parses the level. An unknown word changes nothing and is an error.
func (l *Level) Set(word string) error {
	if err := Level(word).Validate(); err != nil {
		return err
	}
	*l = Level(word)
	return nil
}

// Type is what the help of a flag calls its value.
func (Level) Type() string { return "string" }
