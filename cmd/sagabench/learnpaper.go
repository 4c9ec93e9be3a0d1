package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// paperWidth is the columns of a terminal that need not be wider.
const paperWidth = 80

// A paper is where a learner reads: 80 columns, in colour on a terminal alone, and
// without characters that a terminal without UTF-8 can't show.
type paper struct {
	out    io.Writer
	ascii  bool
	colour bool
	last   string // the mistake that was printed last
	failed bool   // a failure was printed
}

func newPaper(out io.Writer) *paper {
	f, ok := out.(*os.File)
	return &paper{
		out: out, ascii: !utf8Locale(),
		colour: ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

// utf8Locale says whether the user's locale has UTF-8. One that is not set at all, as in
// many containers, says nothing about the terminal.
func utf8Locale() bool {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	locale = strings.ToLower(strings.ReplaceAll(locale, "-", ""))
	return locale == "" || strings.Contains(locale, "utf8")
}

// plainMarks are what stands for characters that are not ASCII.
var plainMarks = strings.NewReplacer(
	"✓", "+", "✗", "x", "▸", ">", "◄", "<-", "►", ">", "─", "-", "│", "|", "·", "-", "…", "...", "→", "->", "←", "<-",
	"−", "-", "–", "-", "—", "-", "×", "x", "∥", "||", "↩", "<-", "≥", ">=", "≤", "<=", "≠", "!=", "‘", "'", "’", "'", "“", `"`, "”", `"`,
)

// text is what can be shown of a text. It is laid out after that: what stands for a
// character may be longer.
func (p *paper) text(s string) string {
	if !p.ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > 0x7e {
			return '?'
		}
		return r
	}, plainMarks.Replace(s))
}

// print prints lines.
func (p *paper) print(lines ...string) {
	for _, line := range lines {
		fmt.Fprintln(p.out, strings.TrimRight(p.text(line), " "))
	}
}

// inColour wraps text in an escape sequence.
func (p *paper) inColour(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// A mark begins a heading: the word is for terminals that lack the sign.
type mark struct{ sign, word, colour string }

var (
	hasPassed = mark{"✓", "ok", "32"}
	hasFailed = mark{"✗", "FAILED", "31"}
	notKnown  = mark{"?", "?", "33"}
	notRun    = mark{"!", "!", "33"}
)

// heading is a line with a time at its end. It is broken when it is too long for that.
func (p *paper) heading(m mark, text string, seconds float64) {
	if p.failed {
		p.print("") // behind what the program printed
	}
	sign := m.sign
	if p.ascii {
		sign = m.word
	}
	at := fmt.Sprintf("%.1f s", seconds)
	lines := wrap(sign+" "+p.text(text), paperWidth-2)
	for i := range lines[1:] {
		lines[i+1] = "  " + lines[i+1]
	}
	last := &lines[len(lines)-1]
	if room := paperWidth - width(*last) - width(at); room >= 2 {
		*last += strings.Repeat(" ", room) + at
	} else {
		lines = append(lines, "  "+at)
	}
	lines[0] = p.inColour(m.colour, sign) + strings.TrimPrefix(lines[0], sign)
	p.print(lines...)
}

// paragraph prints text, wrapped and indented.
func (p *paper) paragraph(indent int, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(p.text(text), "\n"), "\n") {
		for _, one := range wrap(line, paperWidth-indent) {
			p.print(strings.Repeat(" ", indent) + one)
		}
	}
}

// hanging prints text behind a beginning; its other lines stand below its first.
func (p *paper) hanging(beginning, text string) {
	beginning = p.text(beginning)
	for _, line := range wrap(p.text(text), max(paperWidth-width(beginning), paperWidth/4)) {
		p.print(beginning + line)
		beginning = strings.Repeat(" ", width(beginning))
	}
}

// lines prints text line by line, as it is.
func (p *paper) lines(text string) { p.print(strings.Split(strings.TrimRight(text, "\n"), "\n")...) }

// labelled prints a text behind a label of a column.
func (p *paper) labelled(label, text string) {
	for i, line := range wrap(p.text(text), paperWidth-labelWidth-2) {
		if i > 0 {
			label = ""
		}
		p.print(fmt.Sprintf("  %-*s%s", labelWidth, label, line))
	}
}

const labelWidth = 10

// command prints a command behind a label. It is broken between flags, as a shell takes
// it.
func (p *paper) command(label string, words []string) {
	line := ""
	for i := 0; i < len(words); i++ {
		word := words[i]
		if strings.HasPrefix(word, "--") && i+1 < len(words) {
			i++
			word += " " + words[i] // each of these flags has a value
		}
		switch {
		case line == "":
			line = word
		case labelWidth+2+width(line)+1+width(word)+2 > paperWidth:
			p.print(fmt.Sprintf("  %-*s%s \\", labelWidth, label, line))
			label, line = "", "  "+word
		default:
			line += " " + word
		}
	}
	p.print(fmt.Sprintf("  %-*s%s", labelWidth, label, line))
}

func width(s string) int { return utf8.RuneCountInString(s) }

// wrap breaks text between words into lines of at most so many columns. A word that is
// longer is broken as well. There is one line at least.
func wrap(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		for {
			switch room := columns - width(line); {
			case line == "" && width(word) <= columns:
				line, word = word, ""
			case line != "" && 1+width(word) <= room:
				line, word = line+" "+word, ""
			case line != "":
				lines, line = append(lines, line), ""
			default:
				r := []rune(word)
				lines, word = append(lines, string(r[:columns])), string(r[columns:])
			}
			if word == "" {
				break
			}
		}
	}
	return append(lines, line)
}

// printable is text in one line without what a terminal would obey.
func printable(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))), " ")
}
