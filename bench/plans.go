package bench

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/internal/nearest"
)

// The named plans are files, so that a plan of one's own begins as a copy.
//
//go:embed plans/*.yaml
var plans embed.FS

// PlanNames lists the named plans: those to begin with, the sweeps, and the
// longest.
var PlanNames = []string{"smoke", "quick", "aa", "failure-rate", "load", "service-time", "concurrency", "durability", "activities", "full"}

// Plans returns the named plans.
func Plans() (all []Plan) {
	for _, name := range PlanNames {
		p, _, err := FindPlan(name)
		if err != nil {
			panic(err) // a plan that is part of the program, and tested
		}
		all = append(all, p)
	}
	return all
}

// FindPlan returns a named plan or, where the name ends in .yaml or .yml or is
// a path, the plan in that file. With it comes its text.
func FindPlan(name string) (Plan, []byte, error) {
	if isPlanFile(name) {
		text, err := readPlanFile(name)
		if err != nil {
			return Plan{}, nil, err
		}
		p, err := ReadPlan(name, text)
		return p, text, err
	}
	if !slices.Contains(PlanNames, name) {
		return Plan{}, nil, fmt.Errorf("unknown plan %q%s; the plans are %s, and FILE.yaml is one of your own",
			name, nearest.Hint(name, PlanNames), strings.Join(PlanNames, ", "))
	}
	text, err := plans.ReadFile("plans/" + name + ".yaml")
	if err != nil {
		return Plan{}, nil, err
	}
	p, err := ReadPlan(name+".yaml", text)
	return p, text, err
}

func isPlanFile(name string) bool {
	return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) || strings.ContainsRune(name, filepath.Separator)
}

// MaxPlanBytes is far above any plan that a person has written. A larger file
// is refused without being read.
const MaxPlanBytes = 256 << 10

func readPlanFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such plan file", path)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", path)
	case info.Size() > MaxPlanBytes:
		return nil, fmt.Errorf("%s: %d bytes, and a plan has at most %d; is it the right file?", path, info.Size(), MaxPlanBytes)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxPlanBytes))
}
