package report

import (
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/internal/lists"
)

// markdown writes the report for places that show Markdown, such as a pull
// request. It has the same content as the page.
func markdown(doc document) []byte {
	m := &mdWriter{}
	m.line("# %s", md(doc.Heading))
	m.line("Plan %s, run %s.", md(doc.Run.Plan), md(doc.Run.ID))
	m.line("%s", md(doc.Question))
	if doc.Interrupted != "" {
		m.line("> **Interrupted.** %s", md(doc.Interrupted))
	}
	m.line("**%s** %s", md(strings.ToUpper(doc.Verdict)), md(doc.VerdictText))
	m.bullets(doc.Why)
	m.bullets(doc.Warnings)
	m.findings(doc.Findings)
	m.line("%s", md(doc.Scope))
	m.figure(doc.Key)
	m.table(doc.Main)
	for _, s := range doc.Sections {
		m.section(s)
	}
	m.line("## Again")
	m.line("Run %s, started %s, seed %d. Repeat it with", md(doc.Run.ID), doc.Started, doc.Run.Seed)
	m.line("```\n%s\n```", strings.ReplaceAll(plain(doc.Run.Command), "```", ""))
	if len(doc.LeftOut) > 0 {
		m.line("### Plots that are left out")
		m.bullets(lists.Map(doc.LeftOut, func(f figure) string { return f.Title + ": " + f.Missing + "." }))
	}
	return []byte(strings.TrimSpace(m.String()) + "\n")
}

type mdWriter struct{ strings.Builder }

// line writes a paragraph.
func (m *mdWriter) line(format string, args ...any) {
	fmt.Fprintf(m, format+"\n\n", args...)
}

func (m *mdWriter) section(s section) {
	m.line("## %s", md(s.Title))
	if s.Lead != "" {
		m.line("%s", md(s.Lead))
	}
	m.findings(s.Findings)
	m.figure(s.Figure)
	for _, t := range s.Tables {
		m.table(t)
	}
	for _, l := range s.Lists {
		if l.Title != "" {
			m.line("### %s", md(l.Title))
		}
		m.bullets(l.Items)
	}
}

func (m *mdWriter) findings(all []finding) {
	for _, f := range all {
		text := "**" + md(f.Topic) + ".** " + md(f.Text)
		if f.Basis != "" {
			text += " _" + md(f.Basis) + "._"
		}
		m.line("%s", text)
	}
}

func (m *mdWriter) figure(f figure) {
	if f.Chart == nil {
		return
	}
	m.line("![%s. %s](%s/%s.png)", md(f.Title), md(f.Alt), PlotsDir, f.Name)
	m.line("%s", md(f.How))
	for _, n := range f.Notes {
		m.line("**%s**", md(n))
	}
	m.line("_It does not show:_ %s", md(f.Not))
}

func (m *mdWriter) table(t table) {
	m.line("### %s", md(t.Title))
	m.row(t.Head, nil)
	fmt.Fprintf(m, "|%s%s\n", strings.Repeat(" --- |", t.Words), strings.Repeat(" --: |", len(t.Head)-t.Words))
	for _, r := range t.Rows {
		if len(r) == 1 {
			fmt.Fprintf(m, "| **%s** |%s\n", md(r[0]), strings.Repeat(" |", len(t.Head)-1))
		} else {
			m.row(r, t.Links)
		}
	}
	m.WriteString("\n")
	if t.Note != "" {
		m.line("%s", md(t.Note))
	}
}

func (m *mdWriter) row(cells []string, links map[string]string) {
	fmt.Fprintf(m, "| %s |\n", strings.Join(lists.Map(cells, func(text string) string {
		if to := links[text]; to != "" {
			return "[" + md(text) + "](" + to + ")"
		}
		return md(text)
	}), " | "))
}

func (m *mdWriter) bullets(items []string) {
	for _, i := range items {
		fmt.Fprintf(m, "- %s\n", md(i))
	}
	if len(items) > 0 {
		m.WriteString("\n")
	}
}

var mdEscapes = strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", ">", "&gt;", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "`", "\\`", "#", "\\#")

// md makes a text literal in Markdown, tables included.
func md(s string) string { return mdEscapes.Replace(plain(s)) }
