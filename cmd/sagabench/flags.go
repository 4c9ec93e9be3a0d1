package main

import (
	"encoding/json"
	"fmt"
	"io"

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

// printJSON prints v as JSON, indented.
func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
