package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/folder"
)

// lookEvery is how often files are looked at. A folder has so few that this costs
// nothing, and it works on every file system. A file that has changed has settled when it
// is the same at the next look: editors write in several steps.
const lookEvery = 50 * time.Millisecond

func learnWatch(f *learnFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "watch [N]",
		Short: "Check an exercise after every save",
		Long: `watch checks an exercise, and again whenever a file of it is saved: the style whose file
it is, or both when it is answers.yaml or another one. A check that goes on when you
save is given up for the new one. The servers are kept, so that an answer comes faster
than from check.

It ends by Ctrl-C.`,
		Args: atMostOne,
		RunE: func(c *cobra.Command, args []string) error {
			found, s, err := f.open(c.ErrOrStderr())
			if err != nil {
				return err
			}
			e, err := chosenExercise(args, s)
			if err != nil {
				return err
			}
			w := watching{learnFlags: f, folder: found, learner: s.Learner, exercise: e, out: c.OutOrStdout(), errs: c.ErrOrStderr()}
			return w.run(c.Context())
		},
	}
}

// A watching is a watch of one exercise.
type watching struct {
	*learnFlags
	folder   *folder.Folder
	learner  uint64
	exercise workshop.Exercise
	machine  *machine
	out      io.Writer
	errs     io.Writer
}

// run checks until ctx ends, which is how it is meant to end.
func (w *watching) run(ctx context.Context) (err error) {
	if w.machine, err = newMachine(ctx, w.errs); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.machine.Close()) }()
	seen, err := w.look()
	if err != nil {
		return err
	}
	styles := w.exercise.Checks()
	for ctx.Err() == nil {
		finished := make(chan bool, 1)
		once, giveUp := context.WithCancel(ctx)
		go func() { finished <- w.check(once, styles) }()
		now, err := w.saved(ctx, seen)
		giveUp()
		if <-finished {
			styles = nil
		}
		if err != nil {
			return err
		}
		styles, seen = w.concerned(styles, seen, now), now
	}
	fmt.Fprintln(w.out)
	return nil
}

// check checks styles once, and says whether it has not been given up. What is wrong with
// the machine may be mended before the next save.
func (w *watching) check(ctx context.Context, styles []string) bool {
	w.machine.forget(filepath.Join(w.folder.Dir, w.exercise.Folder))
	p := newPaper(w.out)
	f := checkFlags{learnFlags: w.learnFlags, seed: 1}
	c := checking{learnFlags: w.learnFlags, folder: w.folder, learner: w.learner, exercise: w.exercise, styles: styles, seeds: f.seeds(w.exercise), machine: w.machine}
	c.print = func(o outcome) { p.outcome(c, o) }
	p.print("", time.Now().Format("15:04:05 ")+strings.Repeat("─", paperWidth-9))
	done, err := c.run(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		fmt.Fprintf(w.errs, "sagabench: %v\n", err)
	default:
		p.after(c, done)
	}
	return true
}

// files are what a save changes, by path below the exercise's folder.
type files map[string]stamp

type stamp struct {
	at   time.Time
	size int64
}

// saved returns what the files are like when they have changed since they were seen, and
// have settled. When ctx ends they are as seen.
func (w *watching) saved(ctx context.Context, seen files) (files, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for last := seen; ; {
		select {
		case <-ctx.Done():
			return seen, nil
		case <-look.C:
		}
		now, err := w.look()
		if err != nil {
			return nil, err
		}
		if len(changed(seen, now)) > 0 && len(changed(last, now)) == 0 {
			return now, nil
		}
		last = now
	}
}

// look reads times and sizes of the exercise's files. One that vanishes meanwhile is gone.
func (w *watching) look() (files, error) {
	all := files{}
	root := filepath.Join(w.folder.Dir, w.exercise.Folder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != root {
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		below, err := filepath.Rel(root, path)
		if name := d.Name(); strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".yaml") {
			all[filepath.ToSlash(below)] = stamp{info.ModTime(), info.Size()}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the exercise's folder can't be watched: %w", err)
	}
	return all, nil
}

// changed lists the files that are not the same.
func changed(a, b files) (names []string) {
	for name, s := range b {
		if a[name] != s {
			names = append(names, name)
		}
	}
	for name := range a {
		if _, there := b[name]; !there {
			names = append(names, name)
		}
	}
	return names
}

// concerned are the styles to check next: those that were not finished, and those whose
// files have changed, which are all when another file has.
func (w *watching) concerned(unfinished []string, seen, now files) (styles []string) {
	names := changed(seen, now)
	of := func(name, style string) bool { return strings.HasPrefix(name, style+"/") }
	shared := slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(w.exercise.Styles, func(style string) bool { return of(name, style) })
	})
	for _, style := range w.exercise.Checks() {
		its := slices.ContainsFunc(names, func(name string) bool { return of(name, style) })
		if shared || its || slices.Contains(unfinished, style) {
			styles = append(styles, style)
		}
	}
	return styles
}
