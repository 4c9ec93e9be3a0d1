// Package selftest finds out whether the instrument gives way before what it
// measures does. Each figure stands beside the bound that it must keep to.
//
//	load      does the generator keep its times, and does the harness place
//	          20,000 orders/s where no engine is in the way
//	checker   time and memory to judge many orders, and whether an order costs
//	          more when there are ten times as many
//	stored    latency of a style with many orders already stored, beside a second
//	          one with a hundredth of them
package selftest

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/threshold"
)

// Options are how large the test is.
type Options struct {
	Orders   int                    // judged, and stored
	Styles   map[string]bench.Style // by name; the baseline and the one that stores
	Stored   string                 // the style that stores
	Progress io.Writer
}

// A part measures some figures in a folder of its own.
type part struct {
	name    string
	measure func(ctx context.Context, dir string, o Options) ([]threshold.Finding, error)
}

var parts = []part{{"load", generator}, {"checker", checker}, {"stored", stored}}

// Parts names the parts.
func Parts() (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// Run measures the parts that are wanted, all if none is named, below a folder, and
// reports what each found when it is done. What was measured stands, also when a
// later part, or the tidying after it, goes wrong.
func Run(ctx context.Context, dir string, wanted []string, o Options, found func([]threshold.Finding)) error {
	for _, p := range parts {
		if len(wanted) > 0 && !slices.Contains(wanted, p.name) {
			continue
		}
		figures, err := p.measure(ctx, filepath.Join(dir, p.name), o)
		found(figures)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
