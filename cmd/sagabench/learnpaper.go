package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/sagabench/sagabench/workshop"
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

// here marks where it went wrong.
const here = "◄ here"

// lanes prints a column for each who took part, as wide as there is room.
func (p *paper) lanes(l workshop.Lanes) {
	if len(l.Lines) == 0 {
		return
	}
	l, here := p.laneText(l), p.text(here)
	widths := laneWidths(l, width(here))
	row := func(ms string, cells []string, mark string) {
		wrapped := make([][]string, len(cells))
		height := 1
		for i, c := range cells {
			wrapped[i] = wrap(c, widths[i])
			height = max(height, len(wrapped[i]))
		}
		for y := range height {
			line := fmt.Sprintf("%5s", ms)
			for i := range cells {
				cell := ""
				if y < len(wrapped[i]) {
					cell = wrapped[i][y]
				}
				line += "  " + cell + strings.Repeat(" ", widths[i]-width(cell))
			}
			if mark != "" && y == height-1 {
				p.print(line + " " + p.inColour(hasFailed.colour, mark))
			} else {
				p.print(line)
			}
			ms = ""
		}
	}
	row(cmp.Or(l.First, "ms"), l.Heads, "")
	for _, line := range l.Lines {
		mark := ""
		if line.Here {
			mark = here
		}
		row(fmt.Sprintf("%.0f", line.MS), line.Cells, mark)
	}
}

// laneText is what can be shown of lanes, with a cell for each head.
func (p *paper) laneText(l workshop.Lanes) workshop.Lanes {
	show := func(cells []string) []string {
		shown := make([]string, len(l.Heads))
		for i := range min(len(cells), len(shown)) {
			shown[i] = p.text(printable(cells[i]))
		}
		return shown
	}
	l.Lines = slices.Clone(l.Lines)
	for i := range l.Lines {
		l.Lines[i].Cells = show(l.Lines[i].Cells)
	}
	l.Heads = show(l.Heads)
	return l
}

// laneWidths gives each column what it needs, and takes from the widest what there is no
// room for.
func laneWidths(l workshop.Lanes, here int) []int {
	room := paperWidth - 5
	widths := make([]int, len(l.Heads))
	for i, head := range l.Heads {
		widths[i] = max(width(head), 1)
		for _, line := range l.Lines {
			widths[i] = max(widths[i], width(line.Cells[i]))
		}
		room -= 2
	}
	if slices.ContainsFunc(l.Lines, func(line workshop.Line) bool { return line.Here }) {
		room -= 1 + here
	}
	for total(widths) > room {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 1 {
			break
		}
		widths[widest]--
	}
	return widths
}

func total(all []int) (sum int) {
	for _, n := range all {
		sum += n
	}
	return sum
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
