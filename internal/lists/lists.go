// Package lists is what the standard library leaves out of working on lists. No
// function changes a list that it is given.
package lists

import (
	"iter"
	"slices"
)

// Find returns the first item that is as asked.
func Find[T any](items []T, is func(T) bool) (first T, ok bool) {
	if i := slices.IndexFunc(items, is); i >= 0 {
		return items[i], true
	}
	return first, false
}

// Filter returns the items that are as asked.
func Filter[T any](items []T, is func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(items), func(one T) bool { return !is(one) })
}

// Map makes one thing of each item.
func Map[T, U any](items []T, to func(T) U) (out []U) {
	for _, one := range items {
		out = append(out, to(one))
	}
	return out
}

// Groups puts together what has the same key. Groups come in the order in which
// they begin, and what is in one as in the list.
func Groups[T any, K comparable](items []T, key func(T) K) (all [][]T) {
	place := map[K]int{}
	for _, one := range items {
		i, there := place[key(one)]
		if !there {
			i = len(all)
			place[key(one)], all = i, append(all, nil)
		}
		all[i] = append(all[i], one)
	}
	return all
}

// Each does something with every element, up to the first error.
func Each[T any](all iter.Seq2[T, error], do func(T)) error {
	for one, err := range all {
		if err != nil {
			return err
		}
		do(one)
	}
	return nil
}
