package main

import (
	"regexp"
	"strings"
)

// item begins an item of a list.
var item = regexp.MustCompile(`^ *([-*]|\d+\.) +`)

// page prints Markdown of wider lines: paragraphs and items are broken anew. Code is as
// it is, but for lines that are too long.
func (p *paper) page(text string) {
	var beginning, words string
	flush := func() {
		if words != "" {
			p.hanging(beginning, words)
		}
		beginning, words = "", ""
	}
	block := false
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		fence := strings.HasPrefix(line, "```")
		block = block != fence
		switch begins := item.FindString(line); {
		case fence || block || strings.TrimSpace(line) == "" || words == "" && strings.HasPrefix(line, "    "):
			flush()
			p.code(line)
		case begins != "":
			flush()
			beginning, words = begins, line[len(begins):]
		default:
			words += " " + line
		}
	}
	flush()
}

// code prints a line of code. One that is too long goes on below, as a comment if it is
// one.
func (p *paper) code(line string) {
	line = strings.ReplaceAll(line, "\t", "    ")
	words := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(words)]
	if width(p.text(line)) <= paperWidth {
		p.print(line)
		return
	}
	mark, further := "", "    "
	if rest, comment := strings.CutPrefix(words, "// "); comment {
		mark, further, words = "// ", "// ", rest
	}
	for _, one := range wrap(p.text(words), paperWidth-len(indent+further)) {
		p.print(indent + mark + one)
		mark = further
	}
}
