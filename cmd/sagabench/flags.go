package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/internal/durability"
)

// The values of flags that several verbs have. A word that one of them refuses is
// kept, so that its verb can report it together with all else that is wrong.

// durabilityFlag is the value of --durability.
type durabilityFlag struct {
	durability.Level
	wrong error
}

func (d *durabilityFlag) Set(word string) error {
	d.wrong = d.Level.Set(word)
	return nil
}

// outputFormat is the value of -o: text, unless it is json.
type outputFormat struct {
	json  bool
	wrong error
}

func (o *outputFormat) Set(word string) error {
	o.json, o.wrong = word == "json", nil
	if word != "text" && word != "json" {
		o.wrong = fmt.Errorf("unknown output %q; want text or json", word)
	}
	return nil
}

func (o *outputFormat) String() string {
	if o.json {
		return "json"
	}
	return "text"
}

func (o *outputFormat) Type() string { return "string" }

// nativeVariable is the annotation of a flag that holds the variable by which
// the official clients know it.
const nativeVariable = "native variable"

// fromEnvironment sets each flag that was not given from SAGABENCH_<FLAG>, or
// else from the variable that other programs know it by; the latter changes its
// default only. All bad values are reported at once.
func fromEnvironment(flags *pflag.FlagSet) error {
	var bad []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			return
		}
		name := "SAGABENCH_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, set := os.LookupEnv(name); set {
			if err := flags.Set(f.Name, value); err != nil {
				bad = append(bad, fmt.Errorf("%s=%s: %w", name, value, err))
			}
			return
		}
		for _, name := range f.Annotations[nativeVariable] {
			if value := os.Getenv(name); value != "" {
				bad = append(bad, f.Value.Set(value))
			}
		}
	})
	return errors.Join(bad...)
}
