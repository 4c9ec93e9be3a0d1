package report

import "slices"

// find returns the first that is as asked.
func find[T any](all []T, is func(T) bool) (first T, ok bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	return first, false
}

// filter returns those that are as asked, and leaves the list as it was.
func filter[T any](all []T, is func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(all), func(one T) bool { return !is(one) })
}

// mapped makes one thing of each in a list.
func mapped[T, U any](all []T, to func(T) U) (out []U) {
	for _, one := range all {
		out = append(out, to(one))
	}
	return out
}
