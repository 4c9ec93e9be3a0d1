package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What README promises is shown by a transcript: each of its sagabench commands
// appears in one, but for the plans that take minutes.
func TestReadmeCommandsAreInTranscripts(t *testing.T) {
	readme := read(t, "../../README.md")
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	var transcripts strings.Builder
	for _, s := range scripts {
		transcripts.WriteString(read(t, s))
	}
	commands := regexp.MustCompile(`(?m)^(?:\$ )?bin/(sagabench .*)$`).FindAllStringSubmatch(readme, -1)
	if len(commands) < 5 {
		t.Fatalf("README has %d commands", len(commands))
	}
	for _, c := range commands {
		command := strings.TrimSpace(c[1])
		if !strings.Contains(transcripts.String(), "exec "+command+"\n") {
			t.Errorf("README says %q, and no transcript runs it", command)
		}
	}
}

// README's main table is the sample report's.
func TestReadmeTableIsTheSamples(t *testing.T) {
	sample := read(t, "../../reports/sample/report.md")
	rows := regexp.MustCompile(`(?m)^\| (?:completed|refused|refusal|orders|share|\*\*).*\|$`).FindAllString(read(t, "../../README.md"), -1)
	if len(rows) < 8 {
		t.Fatalf("README's table has %d rows", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(sample, row) {
			t.Errorf("README says %q, and reports/sample does not", row)
		}
	}
}

// README's pictures and links lead somewhere.
func TestReadmeLinks(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(read(t, "../../README.md"), -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("README leads to %s: %v", m[1], err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
