package program

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// shown is how many errors of the compiler are shown. The others often follow from the
// first.
const shown = 3

// inSource begins an error of the compiler: file, line and perhaps column.
var inSource = regexp.MustCompile(`^[^\s:]+\.go:\d+(:\d+)?: `)

// A cause is what the go command prints when something else than the code is wrong. In
// text and mend PROGRAM and LINE stand for the program and the line that was printed.
type cause struct {
	printed    *regexp.Regexp
	text, mend string
}

var causes = []cause{
	{regexp.MustCompile(`no space left on device|disk quota exceeded`), "the disk is full:\n  LINE", "make room on it"},
	{
		regexp.MustCompile(`read-only file system|permission denied|failed to initialize build cache|build cache is required|creating work dir`),
		"Go can't write what it compiles:\n  LINE",
		"let GOCACHE and TMPDIR name folders that can be written to",
	},
	{
		regexp.MustCompile(`GOPROXY|dial tcp|no such host|i/o timeout|TLS handshake|x509: |connection re(fused|set)|network is unreachable`),
		"a module that the workshop needs is not on this machine, and can't be downloaded:\n  LINE",
		"connect to the network, and run once in your folder: go mod download",
	},
	{
		regexp.MustCompile(`GOMODCACHE \(\)|module cache not found`),
		"Go doesn't know where it keeps modules:\n  LINE",
		"set HOME, or GOMODCACHE and GOCACHE",
	},
	{
		regexp.MustCompile(`unexpected NUL in input`),
		"a file of PROGRAM is no text:\n  LINE",
		"move it out of that folder",
	},
	{
		regexp.MustCompile(`no main packages to build|found packages `),
		"PROGRAM is no program: not all of its files begin with package main",
		"begin each of them with: package main",
	},
	{
		regexp.MustCompile(`no Go files in|directory not found|build constraints exclude all`),
		"there is no program in PROGRAM",
		"\"sagabench learn init\" on your folder adds what is missing",
	},
}

// causeOf is the mistake behind a line that the go command printed, or nil.
func causeOf(pkg, line string) *workshop.Mistake {
	words := strings.NewReplacer("PROGRAM", pkg, "LINE", strings.TrimSpace(line))
	for _, c := range causes {
		if c.printed.MatchString(line) {
			return &workshop.Mistake{Text: words.Replace(c.text), Mend: words.Replace(c.mend)}
		}
	}
	return nil
}

// explain makes a mistake of what the go command printed when it failed. What it can't
// explain is shown as it is.
func (b *building) explain(pkg, output string, failed error) error {
	output = b.theirs(output)
	for line := range strings.Lines(besidesSource(output)) {
		if m := causeOf(pkg, line); m != nil {
			return m
		}
	}
	first, more := firstErrors(output)
	if first == "" {
		return fmt.Errorf("go build %s: %w\n%s", pkg, failed, strings.TrimSpace(output))
	}
	if more > 0 {
		first += fmt.Sprintf("\n  … and %d more", more)
	}
	return &workshop.Mistake{Text: pkg + " does not compile:\n" + first, Mend: "begin with the first: others may follow from it"}
}

// theirs names files as learners know them: below their folder, and never as what was
// laid over one.
func (b *building) theirs(output string) string {
	var names []string
	for replacement, file := range b.laid {
		names = append(names, replacement, file)
		if near, err := filepath.Rel(b.root, replacement); err == nil {
			names = append(names, near, file)
		}
	}
	names = append(names, b.root+string(filepath.Separator), "", ": import lookup disabled by -mod=readonly", "")
	return strings.NewReplacer(names...).Replace(output)
}

// besidesSource leaves out what the compiler prints about the code, in which any words
// may stand. It begins with the name of a package; before that, modules are loaded.
func besidesSource(output string) string {
	var kept strings.Builder
	compiling := false
	for line := range strings.Lines(output) {
		compiling = compiling || strings.HasPrefix(line, "# ")
		if !compiling || !inSource.MatchString(line) && !strings.HasPrefix(line, "\t") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// firstErrors returns the first errors that name a line of the code, indented, and how
// many more there are. A line that begins with a tab belongs to the one before.
func firstErrors(output string) (first string, more int) {
	var text strings.Builder
	n := 0
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		switch {
		case inSource.MatchString(line):
			n++
		case n == 0 || !strings.HasPrefix(line, "\t"):
			continue
		}
		if n <= shown {
			text.WriteString("  " + strings.ReplaceAll(line, "\t", "    ") + "\n")
		}
	}
	return strings.TrimRight(text.String(), "\n"), max(0, n-shown)
}
