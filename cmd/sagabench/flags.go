package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
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

// formFlag is the value of -o of a verb that draws: the first of its words, unless it is
// another one of them.
type formFlag struct {
	words []string
	word  string
	wrong error
}

func (f *formFlag) Set(word string) error {
	f.word, f.wrong = word, nil
	if last := len(f.words) - 1; !slices.Contains(f.words, word) {
		f.wrong = fmt.Errorf("unknown output %q; want %s or %s", word, strings.Join(f.words[:last], ", "), f.words[last])
	}
	return nil
}

func (f *formFlag) is(word string) bool { return f.String() == word }

func (f *formFlag) String() string {
	if f.word == "" && len(f.words) > 0 {
		return f.words[0]
	}
	return f.word
}

func (f *formFlag) Type() string { return "string" }

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
