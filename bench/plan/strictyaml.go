package plan

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sagabench/sagabench/internal/nearest"
)

// A strictYAML is a YAML file that is read strictly: each key must be known and come
// once, each value must be what is asked for, and everything that is wrong is
// kept with its place. The decoder of the library stops at some problems and
// knows no places for others, so its nodes are read here one by one.
type strictYAML struct {
	name string
	key  string // whose value is being read
	bad  []problem
}

// A place is where something is written. The zero place is nowhere: the thing
// came from flags.
type place struct {
	file      string
	line, col int
}

// places are those of a mapping's values, by key. The mapping's own is "".
type places map[string]place

func (p places) of(key string) place {
	if at, ok := p[key]; ok {
		return at
	}
	return p[""]
}

// A problem is something wrong at a place.
type problem struct {
	at  place
	err error
}

// joined is all problems as one error, in order of place.
func joined(bad []problem) error {
	bad = slices.Clone(bad)
	slices.SortStableFunc(bad, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.at.line, b.at.line), cmp.Compare(a.at.col, b.at.col))
	})
	errs := make([]error, len(bad))
	for i, p := range bad {
		if errs[i] = p.err; p.at != (place{}) {
			errs[i] = fmt.Errorf("%s:%d: %w", p.at.file, p.at.line, p.err)
		}
	}
	return errors.Join(errs...)
}

func (s *strictYAML) at(n *yaml.Node) place { return place{s.name, n.Line, n.Column} }

func (s *strictYAML) wrong(n *yaml.Node, format string, args ...any) {
	s.bad = append(s.bad, problem{s.at(n), fmt.Errorf(format, args...)})
}

// unfit is about the value of the key that is being read.
func (s *strictYAML) unfit(n *yaml.Node, format string, args ...any) {
	s.wrong(n, s.key+": "+format, args...)
}

var syntaxError = regexp.MustCompile(`^yaml: line (\d+): `)

// parse returns the root of the only document in the text, or nil.
func (s *strictYAML) parse(text []byte) *yaml.Node {
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0:
		s.wrong(&yaml.Node{Line: 1}, "the file is empty")
		return nil
	case err != nil:
		line := 1
		if m := syntaxError.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
		}
		s.wrong(&yaml.Node{Line: line}, "%s", syntaxError.ReplaceAllString(err.Error(), ""))
		return nil
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		s.wrong(&yaml.Node{Line: max(more.Line, 1)}, "a second document; a file holds one plan")
	}
	return doc.Content[0]
}

// A reader takes one value.
type reader func(*yaml.Node)

// mapping reads the values of a mapping with the reader of each key.
func (s *strictYAML) mapping(n *yaml.Node, what string, readers map[string]reader, required ...string) places {
	found := places{"": s.at(n)}
	if n.Kind != yaml.MappingNode {
		s.unfit(n, "want keys and values")
		return found
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, known := readers[key.Value]
		_, twice := found[key.Value]
		switch {
		case !known || key.Kind != yaml.ScalarNode:
			s.wrong(key, "%s has no key %q%s", what, key.Value, nearest.HintOrAll(key.Value, slices.Sorted(maps.Keys(readers))))
		case twice:
			s.wrong(key, "%s: %s comes twice", what, key.Value)
		default:
			found[key.Value] = s.at(value)
			s.value(key.Value, value, read)
		}
	}
	for _, key := range required {
		if _, ok := found[key]; !ok {
			s.wrong(n, "%s: %s is missing", what, key)
			found[key] = s.at(n)
		}
	}
	return found
}

// hasValue reports whether a mapping has a key with this value, before it is read.
func hasValue(n *yaml.Node, key, value string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && (value == "" || n.Content[i+1].Value == value) {
			return true
		}
	}
	return false
}

// has reports whether a mapping has a key.
func has(n *yaml.Node, key string) bool { return hasValue(n, key, "") }

// value reads a value unless it stands for another one. Aliases are refused: a
// plan is short enough to be written out, and a page of them can stand for more
// than fits into memory.
func (s *strictYAML) value(key string, value *yaml.Node, read reader) {
	before := s.key
	s.key = key
	if value.Kind == yaml.AliasNode || value.Anchor != "" {
		s.unfit(value, "anchors and aliases are not read; write it out")
	} else {
		read(value)
	}
	s.key = before
}

// each calls read with each element of a list.
func (s *strictYAML) each(read reader) reader {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			s.unfit(n, "want a list, in brackets or one to a line after a dash")
			return
		}
		for _, e := range n.Content {
			s.value(s.key, e, read)
		}
	}
}

// list reads a list of values, each with the reader that one makes for it. A
// value that can't be read has its place in the list.
func list[T any](s *strictYAML, into *[]T, one func(*T) reader) reader {
	return s.each(func(n *yaml.Node) {
		var v T
		one(&v)(n)
		*into = append(*into, v)
	})
}

// scalar reads one value with parse, whose error is what is wrong with it.
func scalar[T any](s *strictYAML, into *T, tag, want string, parse func(string) (T, error)) reader {
	return func(n *yaml.Node) {
		v, err := parse(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || tag != "" && n.ShortTag() != tag {
			s.unfit(n, "%s: want %s", shown(n), want)
			return
		}
		*into = v
	}
}

// shown is a value as messages show it, cut where it is long.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	const most = 60
	if len(n.Value) > most {
		return strconv.Quote(n.Value[:most]) + "…"
	}
	return strconv.Quote(n.Value)
}

func (s *strictYAML) text(into *string) reader {
	return scalar(s, into, "!!str", "text", func(v string) (string, error) { return v, nil })
}

func (s *strictYAML) truth(into *bool) reader {
	return scalar(s, into, "!!bool", "true or false", strconv.ParseBool)
}

func (s *strictYAML) whole(into *int) reader {
	return scalar(s, into, "!!int", "a whole number", strconv.Atoi)
}

func (s *strictYAML) time(into *time.Duration) reader {
	return scalar(s, into, "", "a time with its unit, such as 5s or 500ms", time.ParseDuration)
}

// choice reads one of a few words.
func choice[W ~string](s *strictYAML, into *W, words []W) reader {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || !slices.Contains(words, W(n.Value)) {
			s.unfit(n, "%s%s", shown(n), nearest.HintOrAll(n.Value, words))
			return
		}
		*into = W(n.Value)
	}
}
