package main

import (
	"fmt"

	"github.com/sagabench/sagabench/internal/nearest"
)

// didYouMean names the candidate nearest to what was typed, as the end of an
// error message. It says nothing when none is near.
func didYouMean(typed string, candidates []string) string {
	near, ok := nearest.Word(typed, candidates)
	if !ok {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}
