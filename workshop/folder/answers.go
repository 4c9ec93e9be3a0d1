package folder

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sagabench/sagabench/internal/lists"
	"github.com/sagabench/sagabench/internal/nearest"
	"github.com/sagabench/sagabench/workshop"
)

func answersFile(e workshop.Exercise) string { return path.Join(e.Folder, "answers.yaml") }

// template is an answers file without answers.
func template(e workshop.Exercise, learner uint64) []byte {
	var b bytes.Buffer
	comment(&b, fmt.Sprintf("%d %s", e.Number, e.Title), "")
	fmt.Fprintln(&b, "#")
	comment(&b, "Answer before you run anything, each behind its colon. The first complete answers are kept as your prediction. You may change them later.", "")
	if e.Preface != nil {
		fmt.Fprintln(&b, "#")
		for line := range strings.Lines(e.Preface(learner)) {
			comment(&b, line, "")
		}
	}
	for _, q := range e.Questions(learner) {
		fmt.Fprintln(&b)
		for line := range strings.Lines(q.Ask) {
			comment(&b, line, "")
		}
		if len(q.Choices) > 0 {
			comment(&b, "one of: "+strings.Join(lists.Map(q.Choices, plain), " | "), "  ")
		}
		fmt.Fprintf(&b, "%s:\n", plain(q.Key))
	}
	return b.Bytes()
}

// item begins a line of a list, such as "  a  " or "a: ".
var item = regexp.MustCompile(`^ *(\w\w?: |\w\w?  +|- )?`)

// comment writes a line as a comment, or as several of at most 78 columns, the others
// further in: as far as the text of an item is.
func comment(b *bytes.Buffer, text, further string) {
	text = strings.TrimRight(text, " \n")
	indent := strings.Repeat(" ", len(item.FindString(text)))
	line := "# " + text
	for len([]rune(line)) > 78 {
		runes := []rune(line)
		cut := strings.LastIndexByte(string(runes[:79]), ' ')
		if cut <= len("# "+indent+further) {
			break // one word
		}
		fmt.Fprintln(b, strings.TrimRight(line[:cut], " "))
		line = "# " + indent + further + strings.TrimLeft(line[cut:], " ")
	}
	fmt.Fprintln(b, strings.TrimRight(line, " "))
}

// plain is a word as it stands in YAML: with quotes where it would be something else.
func plain(word string) string {
	var n yaml.Node
	err := yaml.Unmarshal([]byte("k: "+word), &n)
	if err == nil && len(n.Content) == 1 && len(n.Content[0].Content) == 2 && n.Content[0].Content[1].Value == word {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", "''") + "'"
}

// Answers reads a learner's answers, all of them: the error is a [*workshop.Mistake]
// that lists what is open and what is wrong, with the lines. An exercise without
// questions has none.
func (f *Folder) Answers(e workshop.Exercise, learner uint64) (workshop.Answers, error) {
	if e.Questions == nil {
		return nil, nil
	}
	name := answersFile(e)
	text, err := os.ReadFile(f.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, &workshop.Mistake{Text: name + " is not there", Mend: "\"sagabench learn init\" on your folder adds what is missing"}
	}
	if err != nil {
		return nil, mend(err)
	}
	given, found := parse(text, e.Questions(learner))
	if len(found) == 0 {
		return given, nil
	}
	slices.SortStableFunc(found, func(a, b problem) int { return a.line - b.line })
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not complete:", name)
	for _, p := range found {
		if p.line < noLine {
			fmt.Fprintf(&b, "\n  line %d: %s", p.line, p.text)
		} else {
			fmt.Fprintf(&b, "\n  %s", p.text)
		}
	}
	return nil, &workshop.Mistake{Text: b.String(), Mend: "answer in that file, a line each, as in \"key: answer\"; a guess is fine"}
}

// noLine is where a problem is that is of no line: behind all others.
const noLine = 1 << 30

// A problem is of a line, or of what is missing.
type problem struct {
	line int
	text string
}

func parse(text []byte, all []workshop.Question) (given workshop.Answers, found []problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, []problem{{noLine, strings.TrimPrefix(err.Error(), "yaml: ") + ": put quotes around an answer with a colon or a quote in it"}}
	}
	given = workshop.Answers{}
	lines := map[string]int{}
	if len(doc.Content) == 1 {
		root := doc.Content[0]
		if root.Kind != yaml.MappingNode && root.Tag != "!!null" {
			return nil, []problem{{root.Line, "want a line for each question, as in \"key: answer\""}}
		}
		for i := 0; i+1 < len(root.Content); i += 2 {
			found = append(found, read(root.Content[i], root.Content[i+1], all, given, lines)...)
		}
	}
	for _, q := range all {
		switch line, there := lines[q.Key]; {
		case !there:
			found = append(found, problem{noLine, fmt.Sprintf("%s is missing: add a line \"%s: \" with your answer%s", q.Key, plain(q.Key), oneOf(q))})
		case given[q.Key] == "":
			found = append(found, problem{line, q.Key + " has no answer yet"})
		}
	}
	return given, found
}

// read reads one line of an answers file.
func read(key, value *yaml.Node, all []workshop.Question, given workshop.Answers, lines map[string]int) []problem {
	i := slices.IndexFunc(all, func(q workshop.Question) bool { return q.Key == key.Value })
	if i < 0 {
		var keys []string
		for _, q := range all {
			keys = append(keys, q.Key)
		}
		return []problem{{key.Line, fmt.Sprintf("there is no question %q%s", key.Value, nearest.Hint(key.Value, keys))}}
	}
	q := all[i]
	if _, twice := lines[q.Key]; twice {
		return []problem{{key.Line, q.Key + " is answered twice"}}
	}
	lines[q.Key] = key.Line
	answer := strings.TrimSpace(value.Value)
	is := func(c string) bool { return strings.EqualFold(c, answer) }
	switch {
	case value.Kind != yaml.ScalarNode:
		given[q.Key] = "?"
		return []problem{{key.Line, q.Key + ": want a word or a number, as text in one line" + oneOf(q)}}
	case value.Tag == "!!null" && value.Style == 0:
		answer = "" // also "null" and "~"
	case answer != "" && len(q.Choices) > 0 && !slices.ContainsFunc(q.Choices, is):
		given[q.Key] = answer
		return []problem{{key.Line, fmt.Sprintf("%s: %q is no choice%s%s", q.Key, answer, nearest.Hint(answer, q.Choices), oneOf(q))}}
	}
	given[q.Key] = answer
	return nil
}

func oneOf(q workshop.Question) string {
	if len(q.Choices) == 0 {
		return ""
	}
	return "; want one of " + strings.Join(q.Choices, " | ")
}

// Predict keeps a set of answers, unless it is the one that was kept last. The first that
// is kept is the prediction.
func (f *Folder) Predict(e workshop.Exercise, a workshop.Answers) error {
	if e.Questions == nil {
		return nil
	}
	return f.change(func() error {
		kept, err := f.predictions(e)
		if err != nil || len(kept) > 0 && maps.Equal(kept[len(kept)-1], a) {
			return err
		}
		return f.append(Entry{Event: "answers", Exercise: e.Number, Answers: a})
	})
}

// Prediction is the first set of answers; nil when there is none yet.
func (f *Folder) Prediction(e workshop.Exercise) (workshop.Answers, error) {
	kept, err := f.predictions(e)
	if len(kept) == 0 {
		return nil, err
	}
	return kept[0], err
}

func (f *Folder) predictions(e workshop.Exercise) (kept []workshop.Answers, err error) {
	all, err := f.Journal()
	for _, entry := range all {
		if entry.Event == "answers" && entry.Exercise == e.Number {
			kept = append(kept, entry.Answers)
		}
	}
	return kept, err
}
