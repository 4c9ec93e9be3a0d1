package lanes

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sagabench/sagabench/food"
)

// Widths in characters: of a bar, of what a step is, and of all.
const (
	stripWidth = 14
	whatWidth  = 40
	textWidth  = 80
)

// Text writes the trace for a terminal of 80 columns, without colours.
func (t Trace) Text(w io.Writer) error {
	p := &printer{w: w}
	p.wrap("", "order "+t.Order+clause(": ", t.Placed))
	for line := range strings.Lines(key) {
		p.line(strings.TrimRight(line, "\n"))
	}
	for _, s := range t.Sides {
		p.side(s)
	}
	if len(t.Sides) > 1 {
		p.beside(t.Sides)
	}
	p.line("")
	p.wrap("", t.Sentence)
	return p.err
}

// clause is a text behind what joins it, or nothing.
func clause(join, text string) string {
	if text == "" {
		return ""
	}
	return join + text
}

// A printer writes until something goes wrong.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(text, " "))
	}
}

// wrap writes a text in lines that fit. Those behind the first are indented by two.
func (p *printer) wrap(first, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(first)+2)
	for i, line := range wrapped(text, textWidth-len(indent)) {
		if i > 0 {
			first = indent
		}
		p.line(first + line)
	}
}

// wrapped breaks a text into lines. A word that is too long is broken.
func wrapped(text string, width int) (all []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+" "+word) > width {
			all, line = append(all, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for utf8.RuneCountInString(line) > width {
			runes := []rune(line)
			all, line = append(all, string(runes[:width])), string(runes[width:])
		}
	}
	if line == "" {
		return all
	}
	return append(all, line)
}

// side writes one style: its steps in the order of time, each with its place on the
// style's own scale.
func (p *printer) side(s Side) {
	p.line("")
	p.wrap("", s.head())
	if len(s.Steps) > 0 {
		scale := "0" + fmt.Sprintf("%*s", stripWidth-1, short(s.Span))
		p.line(fmt.Sprintf(" # %7s from %6s |%s| what", "ms", "hop", scale))
	}
	for _, step := range s.Steps {
		p.step(s, step)
	}
	for _, r := range s.remarks() {
		p.wrap("  ", r.text)
	}
}

// head is what the order came to in a style.
func (s Side) head() string {
	text := s.Style + ", " + s.Place + ": "
	if s.Ending == "" {
		text += "undecided"
	} else {
		text += string(s.Ending)
	}
	if s.Decided != nil {
		text += ", decided after " + short(*s.Decided)
	}
	if s.Settled != nil {
		text += ", " + s.took()
	}
	return text
}

// A remark stands beside the steps: what is missing or wrong, which is bad, and what is
// not known.
type remark struct {
	text string
	bad  bool
}

func (s Side) remarks() (all []remark) {
	if len(s.Missing) > 0 {
		must := ""
		if s.Ending == "" {
			must = " (unless something is rejected)"
		}
		all = append(all, remark{"did not come" + must + ": " + strings.Join(s.Missing, ", "), true})
	}
	for _, group := range []struct {
		name string
		of   []string
		bad  bool
	}{{"", s.Waits, true}, {"wrong: ", s.Wrong, true}, {"breaks ", s.Breaks, true}, {"note: ", s.Notes, false}} {
		for _, line := range group.of {
			all = append(all, remark{group.name + line, group.bad})
		}
	}
	if len(s.Steps) > 0 {
		all = append(all, remark{"0 ms is when " + s.Since + ", " + s.Zero.UTC().Format("2006-01-02 15:04:05.000") + " UTC", false})
	}
	return all
}

// step writes a step, with its place on the scale.
func (p *printer) step(s Side, step *Step) {
	after, hop := "", ""
	if step.After > 0 {
		after, hop = strconv.Itoa(step.After), hopText(*step.Hop)
	}
	first := fmt.Sprintf("%2d %7.1f %4s %6s |%s| ", step.N, step.At, after, hop, strip(step, s.Span))
	words := append(wrapped(step.words(), whatWidth), "")
	p.line(first + words[0])
	first = strings.Repeat(" ", utf8.RuneCountInString(first)+2)
	for _, line := range wrapped(strings.Join(words[1:], " "), whatWidth-2) {
		p.line(first + line)
	}
}

// hopText is short where it is long.
func hopText(ms float64) string {
	if math.Abs(ms) >= 1000 {
		return fmt.Sprintf("%+.1fs", ms/1000)
	}
	return fmt.Sprintf("%+.1f", ms)
}

// words is the step in words.
func (s *Step) words() string {
	text := s.What
	if s.Kind == ACall && s.Attempt > 1 {
		text += ", attempt " + strconv.Itoa(s.Attempt)
	}
	switch {
	case s.Undoes > 0 && s.Outcome == food.Done:
		text += " undoes " + strconv.Itoa(s.Undoes)
	case s.Undoes > 0:
		text += " to undo " + strconv.Itoa(s.Undoes)
	}
	text += clause(": ", s.Result)
	if len(s.Faults) > 0 {
		text += " [fault " + strings.Join(s.Faults, ", ") + "]"
	}
	return text
}

// strip draws a step on a linear scale: how long it waited to begin, how long it took,
// and how long its answer was under way.
func strip(s *Step, span float64) string {
	cells := []byte(strings.Repeat(" ", stripWidth))
	at := func(ms float64) int {
		if span <= 0 {
			return 0
		}
		return min(max(int(ms/span*stripWidth), 0), stripWidth-1)
	}
	draw := func(from, to float64, mark byte) {
		for i := at(from); i <= at(to); i++ {
			cells[i] = mark
		}
	}
	if s.Asked != nil {
		draw(*s.Asked, s.At, '.')
	}
	if s.Reported != nil {
		draw(s.At, *s.Reported, '-')
	}
	switch {
	case s.Kind == AMessage:
		draw(s.At, s.At, 'o')
	case s.Failed && s.End == nil:
		draw(s.At, s.At, 'x')
	case s.End == nil:
		draw(s.At, s.At, '>')
	case s.Call != "" && s.Outcome == "": // several attempts
		draw(s.At, *s.End, '.')
		draw(*s.End, *s.End, 'x')
	default:
		draw(s.At, *s.End, '=')
		if s.Failed {
			cells[at(*s.End)] = 'x'
		}
	}
	return string(cells)
}

// beside sets the rows of all styles side by side.
func (p *printer) beside(sides []Side) {
	const name, column = 34, 15
	p.line("")
	head := fmt.Sprintf("%-*s", name, "when each row was there, in ms")
	for _, s := range sides {
		head += fmt.Sprintf("%*s", column, s.Style)
	}
	p.line(head)
	for _, row := range besides(sides) {
		line := fmt.Sprintf("%-*s", name, row.what)
		for _, cell := range row.cells {
			line += fmt.Sprintf("%*s", column, cell)
		}
		p.line(line)
	}
}

// A besideRow is when a call had its row, in each style.
type besideRow struct {
	what  string
	cells []string
}

// besides lists the calls in the order of the first style that has them.
func besides(sides []Side) (rows []besideRow) {
	place := map[string]int{}
	for i, side := range sides {
		for _, s := range side.Steps {
			if s.Call == "" || s.Outcome == "" || s.Kind != ACall {
				continue
			}
			if _, known := place[s.What]; !known {
				place[s.What] = len(rows)
				rows = append(rows, besideRow{s.What, strings.Split(strings.Repeat("-,", len(sides)-1)+"-", ",")})
			}
			cell := strconv.FormatFloat(s.end(), 'f', 1, 64)
			if s.End != nil {
				cell = strconv.FormatFloat(*s.End, 'f', 1, 64)
			}
			if s.Outcome != "done" {
				cell = string(s.Outcome) + " " + cell
			}
			rows[place[s.What]].cells[i] = cell
		}
	}
	return rows
}

// key explains the columns and marks of a text.
const key = `Each line is a step, with the ms at which it began. "from" is the step that it
followed from, as the engine recorded it, and "hop" the ms from that one's end.
A row is the ledger's record of a call. Each style has its own linear scale:
  .... asked for   ==== call, until its row   ---- until its answer was reported
  o message or event   x failed   > its end is not known   [fault] planned
`
