package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sagabench/sagabench/bench/report"
	"github.com/sagabench/sagabench/bench/results"
	"github.com/sagabench/sagabench/bench/variants"
)

// A front page that grows is no front page any more.
func TestReadmeIsShort(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(read(t, "../../README.md"), "\n"), "\n")
	if len(lines) > 110 {
		t.Errorf("README has %d lines, want at most 110", len(lines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("README:%d has %d columns, want at most 120", i+1, n)
		}
	}
}

// What README and two guides tell a reader to type is shown by a transcript: each
// of their sagabench commands appears in one.
func TestCommandsAreInTranscripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	var transcripts strings.Builder
	for _, s := range scripts {
		transcripts.WriteString(read(t, s))
	}
	for page, least := range map[string]int{"README.md": 2, "docs/plans.md": 5, "docs/thresholds.md": 3} {
		commands := regexp.MustCompile(`(?m)^(?:\$ )?bin/(sagabench [^#\n]*)`).FindAllStringSubmatch(read(t, "../../"+page), -1)
		if len(commands) < least {
			t.Errorf("%s has %d commands", page, len(commands))
		}
		for _, c := range commands {
			command := strings.TrimSpace(c[1])
			if !strings.Contains(transcripts.String(), "exec "+command+"\n") {
				t.Errorf("%s says %q, and no transcript runs it", page, command)
			}
		}
	}
}

// README's check of the sample prints what README says that it prints.
func TestReadmeCheck(t *testing.T) {
	t.Chdir("../..")
	block := regexp.MustCompile("(?m)^\\$ bin/sagabench (check reports/sample .*)\n((?s:.*?))(?:^```|^\n)").FindStringSubmatch(read(t, "README.md"))
	if block == nil {
		t.Fatal("README does not check the sample")
	}
	var out, errs bytes.Buffer
	execute(t.Context(), strings.Fields(strings.ReplaceAll(block[1], "'", "")), &out, &errs)
	if out.String() != block[2] {
		t.Errorf("README says that it prints\n%s\nand it prints\n%s%s", block[2], out.String(), errs.String())
	}
}

// README's verdict is that of the sample.
func TestReadmeVerdictIsTheSamples(t *testing.T) {
	sample, err := results.Open("../../reports/sample")
	if err != nil {
		t.Fatal(err)
	}
	var summary bytes.Buffer
	if err := report.Summary(&summary, sample.Results); err != nil {
		t.Fatal(err)
	}
	verdict, _, _ := strings.Cut(summary.String(), "\n")
	if !strings.Contains(read(t, "../../README.md"), "\n"+verdict+"\n") {
		t.Errorf("README's make bench does not print the sample's %q", verdict)
	}
}

// README says what the judge is known to catch as the committed record has it.
func TestReadmeJudge(t *testing.T) {
	judge := variants.Record()
	if judge == nil {
		t.Fatal("there is no record: sagabench variants --seeds 3 --write bench/variants/caught.json")
	}
	if want := fmt.Sprintf("it caught %d of %d known mistakes", judge.Caught, judge.Of); !strings.Contains(read(t, "../../README.md"), want) {
		t.Errorf("README does not say %q", want)
	}
}

// The rows of README's table are rows of the sample's main table, each below the
// same heading and in the same columns.
func TestReadmeTableIsTheSamples(t *testing.T) {
	sample := mainTable(t, "../../reports/sample/report.md")
	shown := mainTable(t, "../../README.md")
	if len(shown) != 5 {
		t.Errorf("README's table has %d rows, want five: %q", len(shown), shown)
	}
	for _, row := range shown {
		if !slices.Contains(sample, row) {
			t.Errorf("README says %q, and reports/sample does not", row)
		}
	}
}

// mainTable lists the rows of a page's table of metrics, each with its columns and
// its heading.
func mainTable(t *testing.T, page string) (rows []string) {
	columns, heading := "", ""
	for line := range strings.Lines(read(t, page)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "| metric |"):
			columns = line
		case columns == "" || strings.HasPrefix(line, "| ---"):
		case strings.HasPrefix(line, "| **"):
			heading = line
		case strings.HasPrefix(line, "|"):
			rows = append(rows, strings.Join([]string{columns, heading, line}, "\n"))
		default:
			return rows
		}
	}
	t.Fatalf("%s: no table of metrics that ends", page)
	return nil
}

// The comparison bites: a row below another heading is not the sample's.
func TestTableRowsKnowTheirHeading(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	text := "| metric | a |\n| --- | --: |\n| **slow** | |\n| p50 | 3 ms |\n| **fast** | |\n| p50 | 3 ms |\n\nend\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if rows := mainTable(t, page); len(rows) != 2 || rows[0] == rows[1] {
		t.Errorf("got %q", rows)
	}
}

// pages lists what a reader of the project is led through.
func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatalf("no docs: %v", err)
	}
	return append(docs, "../../README.md", "../../CONTRIBUTING.md")
}

// The pictures and links of every page lead somewhere.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		text := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(read(t, page), "")
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s leads to %s: %v", page, m[1], err)
			}
		}
	}
}

// The index has every page of the docs.
func TestDocsIndex(t *testing.T) {
	index := read(t, "../../docs/README.md")
	for _, page := range pages(t) {
		name := filepath.Base(page)
		if filepath.Base(filepath.Dir(page)) == "docs" && name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/README.md does not lead to %s", name)
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
