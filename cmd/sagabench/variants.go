package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/bench/variants"
	"github.com/sagabench/sagabench/internal/devserver/command"
)

// variantsFlags are the flags of `sagabench variants`.
type variantsFlags struct {
	only   []string
	seeds  int
	quick  bool
	list   bool
	write  string
	format outputFormat
}

func variantsCommand() *cobra.Command {
	var f variantsFlags
	c := &cobra.Command{
		Use:   "variants",
		Short: "Break the twins, and see whether the judge notices",
		Long: `variants builds the twins with one mistake at a time, runs each in small cells, and
looks whether the verdict of the run notices: each variant names the invariant that
must catch it. The intact twins run the same cells at the same seeds, and must hold.

  sagabench variants                    all of them, at one seed
  sagabench variants --quick            one for each invariant
  sagabench variants --only backoff     those whose names begin so
  sagabench variants --list             what there is, and which mistake each makes

It builds from source, so it needs Go and is started in a folder of the source tree.

Exit codes: 0 every variant was caught, and the intact twins hold · 11 one was not, or
they do not.`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			chosen, err := f.chosen()
			if err := usage(errors.Join(err, f.format.wrong)); err != nil {
				return err
			}
			if f.list {
				return listVariants(c.OutOrStdout(), f.format, chosen)
			}
			return runVariants(c.Context(), chosen, f, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.only, "only", nil, "run only variants whose names begin so; repeatable")
	flags.IntVar(&f.seeds, "seeds", 1, "run each at seeds 1 to N")
	flags.BoolVar(&f.quick, "quick", false, "run one for each invariant")
	flags.BoolVar(&f.list, "list", false, "list them and run none")
	flags.StringVar(&f.write, "write", "", "write which invariants fired to a file, such as bench/variants/caught.json; of some variants, update it")
	flags.VarP(&f.format, "output", "o", "what is printed: text or json")
	return c
}

// chosen are the variants that the flags ask for.
func (f variantsFlags) chosen() ([]variants.Variant, error) {
	var bad []error
	if f.seeds < 1 || f.seeds > 100 {
		bad = append(bad, fmt.Errorf("--seeds %d: want 1 to 100", f.seeds))
	}
	all := variants.All
	if len(f.only) > 0 {
		found, err := variants.Find(f.only)
		all, bad = found, append(bad, err)
	}
	if f.quick {
		all = slices.DeleteFunc(slices.Clone(all), func(v variants.Variant) bool { return !v.Quick })
		for i := range all {
			all[i].Styles = all[i].Styles[:1] // the same mistake in both shows nothing new
		}
	}
	if f.write != "" && len(all) < len(variants.All) {
		_, err := variants.Updatable(f.write, f.numbered())
		bad = append(bad, err)
	}
	return all, errors.Join(bad...)
}

// numbered are the seeds.
func (f *variantsFlags) numbered() (seeds []uint64) {
	for seed := range f.seeds {
		seeds = append(seeds, uint64(seed+1))
	}
	return seeds
}

func listVariants(out io.Writer, format outputFormat, all []variants.Variant) error {
	if format.json {
		return printJSON(out, all)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range all {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", v.Name, strings.Join(v.Styles, ", "), v.Want(), v.Sentence)
	}
	return table.Flush()
}

// runVariants prints each result as soon as it is there.
func runVariants(ctx context.Context, chosen []variants.Variant, f variantsFlags, out, errs io.Writer) (err error) {
	debug.SetGCPercent(command.GCPercent)
	root, err := variants.Source(ctx)
	if err != nil {
		return err
	}
	temporal, err := temporalServer.prepare(ctx, errs)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sagabench-variants-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o := variants.Options{
		Variants: chosen, Root: root, Path: filepath.Dir(temporal), Dir: dir, Styles: benchStyles(nil, io.Discard), NewID: runID,
		Progress: func(format string, args ...any) { fmt.Fprintf(errs, format+"\n", args...) },
	}
	o.Seeds = f.numbered()
	var all []variants.Result
	err = variants.Run(ctx, o, func(r variants.Result) {
		all = append(all, r)
		if !f.format.json {
			fmt.Fprintln(out, resultLine(r))
		}
		if !r.Right {
			o.Progress("%s", strings.Join(append(r.Details, r.Reasons...), "\n"))
		}
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return exit{exitInterrupted, errors.New("variants interrupted")}
	case err != nil:
		return err
	case f.format.json:
		err = printJSON(out, map[string][]variants.Result{"results": all})
	}
	if f.write != "" {
		write := variants.Write
		if len(chosen) < len(variants.All) {
			write = variants.Update
		}
		err = errors.Join(err, write(f.write, versions()["sagabench"], o.Seeds, all))
	}
	return errors.Join(err, missed(all))
}

// resultLine is one row of the table.
func resultLine(r variants.Result) string {
	mark := "ok  "
	if !r.Right {
		mark = "MISS"
	}
	return fmt.Sprintf("%s %-28s %-13s %3d  %-18s %-8s %5.1f s  %s",
		mark, r.Name, r.Style, r.Seed, r.Want, r.Verdict, r.Seconds, strings.Join(r.Fired, " "))
}

// missed is an error when a variant was not caught, or the intact twins do not hold.
func missed(all []variants.Result) error {
	var wrong []string
	for _, r := range all {
		if name := r.Name + " (" + r.Style + ")"; !r.Right && !slices.Contains(wrong, name) {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return exit{exitBroken, fmt.Errorf("the judge is wrong about %d of %d: %s", len(wrong), len(all), strings.Join(wrong, ", "))}
}
