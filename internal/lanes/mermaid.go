package lanes

import (
	"fmt"
	"io"
	"strings"

	"github.com/sagabench/sagabench/internal/lists"
)

// Mermaid writes a sequence diagram: a box for each style with its lanes, the steps in
// the order of time, an arrow where the engine recorded what a step followed from.
func (t Trace) Mermaid(w io.Writer) error {
	p := &printer{w: w}
	p.line("sequenceDiagram")
	p.line("  title order " + plain(t.Order))
	for i, s := range t.Sides {
		p.line("  box transparent " + plain(s.head()))
		for _, lane := range s.Lanes {
			p.line(fmt.Sprintf("    participant %s as %s", s.actor(i, lane), plain(lane)))
		}
		p.line("  end")
	}
	for i, s := range t.Sides {
		for _, step := range s.Steps {
			p.line("  " + s.sequence(i, step))
		}
		if remarks := lists.Map(s.remarks(), func(r remark) string { return r.text }); len(s.Lanes) > 0 {
			over := s.actor(i, s.Lanes[0])
			if last := len(s.Lanes) - 1; last > 0 {
				over += "," + s.actor(i, s.Lanes[last])
			}
			p.line(fmt.Sprintf("  Note over %s: %s", over, plain(strings.Join(remarks, "<br/>"))))
		}
	}
	p.line("  %% " + plain(t.Sentence))
	return p.err
}

// actor names a lane of the i-th style.
func (s Side) actor(i int, lane string) string {
	for k, l := range s.Lanes {
		if l == lane {
			return fmt.Sprintf("s%dl%d", i, k)
		}
	}
	return "nowhere"
}

// sequence is a step as an arrow from what it followed from, or else as a note.
func (s Side) sequence(i int, step *Step) string {
	text := plain(fmt.Sprintf("%d. %s (%.1f ms)", step.N, step.words(), step.At))
	to := s.actor(i, step.Lane)
	if step.After == 0 {
		return fmt.Sprintf("Note over %s: %s", to, text)
	}
	arrow := "->>"
	switch {
	case step.Failed:
		arrow = "-x"
	case step.Undoes > 0:
		arrow = "-->>"
	}
	return fmt.Sprintf("%s%s%s: %s", s.actor(i, s.Steps[step.After-1].Lane), arrow, to, text)
}

// plain is a text that Mermaid takes as it is: a semicolon would end the statement, and
// a # begin an entity.
func plain(s string) string { return special.Replace(s) }

var special = strings.NewReplacer("<br/>", "<br/>", ";", ",", "#", "no. ", "%%", "%", "<", "(", ">", ")")
