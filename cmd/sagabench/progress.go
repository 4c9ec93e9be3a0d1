package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/sagabench/sagabench/bench"
	"github.com/sagabench/sagabench/bench/plan"
)

// A progress shows on standard error how far a run has come: a bar on a
// terminal, a line for each cell otherwise.
type progress struct {
	errs  io.Writer
	bar   *progressbar.ProgressBar
	total time.Duration
}

func newProgress(errs io.Writer, p plan.Plan, dir string) *progress {
	total := p.Predicted()
	fmt.Fprintf(errs, "plan %s: %s, durability %s, seed %d, %d × each, about %v. The report will be in %s\n",
		p.Name, strings.Join(p.Styles, " and "), p.Durability, p.Seed, p.Repeats, total.Round(time.Second), dir)
	for _, s := range p.Scenarios {
		if s.World != "" {
			fmt.Fprintf(errs, "WEAK WORLD: in scenario %s the ledger is %s on purpose. Services do not protect themselves there: a style has to explain what happens twice.\n", s.Name, s.World)
		}
	}
	s := &progress{errs: errs, total: total}
	if f, ok := errs.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.bar = progressbar.NewOptions64(int64(total/time.Millisecond),
			progressbar.OptionSetWriter(errs), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(),
			progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false))
	}
	return s
}

func (s *progress) update(p bench.Progress) {
	left := max(s.total-p.Elapsed, 0).Round(time.Second)
	switch {
	case s.bar != nil:
		s.bar.Describe(fmt.Sprintf("%2d/%d %-30s about %v left", p.Done, p.Of, p.Cell, left))
		s.bar.Set64(int64(min(p.Elapsed, s.total) / time.Millisecond))
	case p.Cell != "":
		fmt.Fprintf(s.errs, "%2d/%d %-30s about %v left\n", p.Done+1, p.Of, p.Cell, left)
	}
}

func (s *progress) close() {
	if s.bar != nil {
		s.bar.Finish()
	}
}
