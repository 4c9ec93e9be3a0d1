package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sagabench/sagabench/internal/nearest"
)

// What verbs have in common: what they refuse, and how they print.

// unknownVerb refuses what is not a verb, with the nearest one that is.
func unknownVerb(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return usage(fmt.Errorf("unknown command %q%s; see sagabench --help", args[0], nearest.Hint(args[0], names)))
}

// noArgs refuses arguments of a verb that has none.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no argument, got %q; see %s --help", c.CommandPath(), args[0], c.CommandPath()))
	}
	return nil
}

// exactly refuses all but n arguments, and names what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(fmt.Errorf("%s takes %s, got %d; see %s --help", c.CommandPath(), what, len(args), c.CommandPath()))
		}
		return nil
	}
}

// flagError adds the nearest flag to an unknown one.
func flagError(c *cobra.Command, err error) error {
	const unknown = "unknown flag: --"
	name, ok := strings.CutPrefix(err.Error(), unknown)
	if !ok {
		return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	hint := nearest.Hint(name, names)
	return fmt.Errorf("%w%s; see %s --help", err, strings.Replace(hint, `"`, `"--`, 1), c.CommandPath())
}

// printJSON prints v as JSON, indented. Nothing of it is for a web page.
func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// shellWord quotes a word for a shell where it must be.
func shellWord(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\n'\"`$&|;<>()*?[]{}~#!\\", r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
