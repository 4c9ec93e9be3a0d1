package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write code, drawings and numbers in docs anew")

const sideBySide = "../../docs/side-by-side.md"

// The code in docs/side-by-side.md is that of the project.
func TestSideBySide(t *testing.T) {
	page := read(t, sideBySide)
	fresh, err := refreshed(page)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(sideBySide, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, now := strings.Split(page, "\n"), strings.Split(fresh, "\n")
	for i := range min(len(old), len(now)) {
		if old[i] != now[i] {
			t.Fatalf("docs/side-by-side.md:%d has %q, and the code %q; read the difference that this makes: go test ./cmd/sagabench -run TestSideBySide -update", i+1, old[i], now[i])
		}
	}
	if len(old) != len(now) {
		t.Fatal("docs/side-by-side.md ends elsewhere")
	}
}

// The check bites: changed code, code of nowhere and names of nothing are found.
func TestSideBySideFaultsAreFound(t *testing.T) {
	const key = "[`food/call.go`](../food/call.go), `Call.Key`:\n\n"
	good, err := refreshed(key + "```go\n```\n")
	if err != nil || !strings.Contains(good, "func (c Call) Key() string {") {
		t.Fatalf("got %q, %v", good, err)
	}
	if again, err := refreshed(strings.Replace(good, "Action", "Attempt", 1)); err != nil || again != good {
		t.Errorf("changed code becomes %q, %v", again, err)
	}
	for bad, want := range map[string]string{
		"```go\nfunc f() {}\n```\n":                                       "1 blocks of code, and 0 say where they are from",
		strings.Replace(good, "Call.Key", "Call.Lock", 1):                 "food/call.go has no Call.Lock",
		strings.Replace(good, "`Call.Key`", "`Call.Key`, at `Refund`", 1): "Call.Key of food/call.go has no Refund",
	} {
		if _, err := refreshed(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
	}
}

// snippet is a block of code below the line that says where it is from: a
// declaration of a file,
//
//	[`food/call.go`](../food/call.go), `Call.Key`:
//
// the statements of its body that mention certain names, with what is between
// them,
//
//	[`orchestration/workflow.go`](../orchestration/workflow.go), `PlaceOrder`, at `Refund`, `Charge`:
//
// or, in a folder, every entry of a map with a certain key:
//
//	[`choreography`](../choreography), at `OrderPlaced`:
var snippet = regexp.MustCompile("(?m)^(\\[`([^`]+)`\\]\\([^)]+\\)(?:, `([^`]+)`)?(?:, at (`[^:\n]+`))?:\n\n```go\n)((?s:.*?))(^```)$")

// refreshed is a page with each of its snippets as the code is now.
func refreshed(page string) (string, error) {
	var bad []error
	found := snippet.FindAllStringSubmatchIndex(page, -1)
	if blocks := strings.Count(page, "```go\n"); blocks != len(found) {
		bad = append(bad, fmt.Errorf("%d blocks of code, and %d say where they are from", blocks, len(found)))
	}
	fresh := snippet.ReplaceAllStringFunc(page, func(block string) string {
		part := snippet.FindStringSubmatch(block)
		names := strings.FieldsFunc(part[4], func(r rune) bool { return strings.ContainsRune("`, ", r) })
		code, err := cut(part[2], part[3], names)
		bad = append(bad, err)
		return part[1] + code + part[6]
	})
	return fresh, errors.Join(bad...)
}

// cut returns the code that a snippet asks for.
func cut(path, declaration string, names []string) (string, error) {
	if declaration == "" {
		return entriesOf(path, names)
	}
	f, err := parse(path)
	if err != nil {
		return "", err
	}
	d := f.declared(declaration)
	if d == nil {
		return "", fmt.Errorf("%s has no %s", path, declaration)
	}
	if len(names) == 0 {
		return f.lines(d, d), nil
	}
	var first, last ast.Node
	for _, name := range names {
		i := slices.IndexFunc(body(d), func(n ast.Node) bool { return mentions(n, name) })
		if i < 0 {
			return "", fmt.Errorf("%s of %s has no %s", declaration, path, name)
		}
		if n := body(d)[i]; first == nil {
			first, last = n, n
		} else if n.Pos() > last.Pos() {
			last = n
		}
	}
	return f.lines(first, last), nil
}

// entriesOf lists the map entries of a folder with one of the keys, by file.
func entriesOf(dir string, keys []string) (string, error) {
	paths, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	if err != nil {
		return "", err
	}
	var code strings.Builder
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parse(filepath.Join(dir, filepath.Base(path)))
		if err != nil {
			return "", err
		}
		head := fmt.Sprintf("// %s\n", filepath.Base(path))
		ast.Inspect(f.file, func(n ast.Node) bool {
			if e, ok := n.(*ast.KeyValueExpr); ok {
				if key, ok := e.Key.(*ast.Ident); ok && slices.Contains(keys, key.Name) {
					code.WriteString(head + f.lines(e, e))
					head = ""
				}
			}
			return true
		})
	}
	if code.Len() == 0 {
		return "", fmt.Errorf("%s has no entry of %q", dir, keys)
	}
	return code.String(), nil
}

// A source is one file of the project.
type source struct {
	text []byte
	set  *token.FileSet
	file *ast.File
}

func parse(path string) (s source, err error) {
	s.set = token.NewFileSet()
	if s.text, err = os.ReadFile(filepath.Join("../..", path)); err == nil {
		s.file, err = parser.ParseFile(s.set, path, s.text, parser.ParseComments|parser.SkipObjectResolution)
	}
	return s, err
}

// declared finds a declaration by its name, with its type's before a method's.
func (s source) declared(name string) ast.Node {
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			full := d.Name.Name
			if d.Recv != nil {
				on := d.Recv.List[0].Type
				if star, ok := on.(*ast.StarExpr); ok {
					on = star.X
				}
				full = fmt.Sprintf("%s.%s", on, full)
			}
			if full == name {
				return d
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name == name {
					return d
				}
				if v, ok := spec.(*ast.TypeSpec); ok && v.Name.Name == name {
					return d
				}
			}
		}
	}
	return nil
}

// body lists the statements of a function.
func body(d ast.Node) (parts []ast.Node) {
	if f, ok := d.(*ast.FuncDecl); ok {
		for _, s := range f.Body.List {
			parts = append(parts, s)
		}
	}
	return parts
}

func mentions(n ast.Node, name string) (found bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// lines are those from the first to the last node, from the margin on, with
// spaces: a page has no tabs. Where gofmt has lined values up below each other,
// a line alone is no longer among them.
func (s source) lines(first, last ast.Node) string {
	from, to := s.set.Position(first.Pos()).Line, s.set.Position(last.End()).Line
	var out strings.Builder
	all := bytes.SplitAfter(s.text, []byte("\n"))[from-1 : to]
	margin := len(all[0]) - len(bytes.TrimLeft(all[0], "\t"))
	for _, line := range all {
		line = bytes.TrimPrefix(line, bytes.Repeat([]byte("\t"), margin))
		indent := len(line) - len(bytes.TrimLeft(line, "\t"))
		out.WriteString(strings.Repeat("    ", indent))
		out.Write(line[indent:])
	}
	if len(all) == 1 {
		return regexp.MustCompile(`(\S) {2,}`).ReplaceAllString(out.String(), "$1 ")
	}
	return out.String()
}
