package main

import (
	"runtime/debug"
	"testing"
)

// A run must tell which code made its numbers, and whether that can be had again.
func TestRevision(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	for want, settings := range map[string][]debug.BuildSetting{
		"0123456789ab":          {commit, {Key: "vcs.modified", Value: "false"}},
		"0123456789ab modified": {{Key: "vcs.modified", Value: "true"}, commit},
		"unknown revision":      {{Key: "GOOS", Value: "linux"}},
	} {
		if got := revision(settings); got != want {
			t.Errorf("revision of %v is %q, want %q", settings, got, want)
		}
	}
}
