package measure

import "slices"

// find returns the first of a list that is sought.
func find[T any](items []T, sought func(T) bool) (found T, ok bool) {
	i := slices.IndexFunc(items, sought)
	if i < 0 {
		return found, false
	}
	return items[i], true
}

// groups puts together what has the same key. Groups come in the order in which
// they begin, and what is in one as in the list.
func groups[T any, K comparable](items []T, key func(T) K) (all [][]T) {
	place := map[K]int{}
	for _, t := range items {
		i, there := place[key(t)]
		if !there {
			i = len(all)
			place[key(t)], all = i, append(all, nil)
		}
		all[i] = append(all[i], t)
	}
	return all
}
