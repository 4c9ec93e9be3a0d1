package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	var format outputFormat
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of everything that takes part",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			v := versions()
			switch {
			case format.wrong != nil:
				return usage(format.wrong)
			case format.json:
				return json.NewEncoder(c.OutOrStdout()).Encode(v)
			}
			for _, name := range slices.Sorted(maps.Keys(v)) {
				fmt.Fprintf(c.OutOrStdout(), "%-16s %s\n", name, v[name])
			}
			return nil
		},
	}
	c.Flags().VarP(&format, "output", "o", "text or json")
	return c
}

// modules are the parts whose versions a report names.
var modules = map[string]string{
	"github.com/nats-io/nats-server/v2": "nats-server",
	"github.com/nats-io/nats.go":        "nats.go",
	"go.temporal.io/sdk":                "temporal-sdk",
	"modernc.org/sqlite":                "sqlite",
}

// versions reads them from the builds themselves, so that they can't be wrong.
// The Temporal server is not part of this binary but has one of its own.
func versions() map[string]string {
	v := map[string]string{"go": runtime.Version(), "sagabench": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v["sagabench"] = info.Main.Version + " " + revision(info.Settings)
		for _, m := range info.Deps {
			if name := modules[m.Path]; name != "" {
				v[name] = m.Version
			}
		}
	}
	if path := temporalBinary(); path != "" {
		if info, err := buildinfo.ReadFile(path); err == nil {
			for _, m := range info.Deps {
				if m.Path == "go.temporal.io/server" {
					v["temporal-server"] = m.Version
				}
			}
		}
	}
	return v
}

// revision is the commit that a binary was built from, "modified" behind it when
// the tree held something else as well. Only a build inside a repository knows it.
func revision(settings []debug.BuildSetting) string {
	at := map[string]string{}
	for _, s := range settings {
		at[s.Key] = s.Value
	}
	commit := at["vcs.revision"]
	switch {
	case commit == "":
		return "unknown revision"
	case at["vcs.modified"] == "true":
		return commit[:min(len(commit), 12)] + " modified"
	}
	return commit[:min(len(commit), 12)]
}

// temporalBinary is the path of the Temporal server if it has been built, or "".
func temporalBinary() string {
	const name = "temporal-devserver"
	if exe, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(exe), name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
