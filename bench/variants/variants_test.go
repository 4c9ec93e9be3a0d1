package variants

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every edit still applies, and what it makes compiles. Each edited file is built in
// a copy of its package that only the overlay knows, all copies by one command.
func TestVariantsCompile(t *testing.T) {
	b := builderFor(t)
	o := overlay{Replace: map[string]string{}}
	var packages []string
	for _, v := range All {
		for _, file := range v.files() {
			dir := "./internal/variant/" + v.Name + "/" + filepath.Dir(file)
			if err := b.lay(o, v, filepath.Dir(file), dir, t.TempDir()); err != nil {
				t.Error(err)
			}
			packages = append(packages, dir)
		}
	}
	slices.Sort(packages)
	if t.Failed() {
		return
	}
	if err := b.compileAll(t.Context(), o, slices.Compact(packages)); err != nil {
		t.Error(err)
	}
}

func builderFor(t *testing.T) *builder {
	root, err := Source(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &builder{root, t.TempDir()}
}

// lay adds a copy of a package to the overlay, with the variant's edits.
func (b *builder) lay(o overlay, v Variant, pkg, as, dir string) error {
	files, err := filepath.Glob(filepath.Join(b.root, filepath.FromSlash(pkg), "*.go"))
	if err != nil {
		return err
	}
	for _, original := range files {
		name := filepath.Base(original)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(original)
		if err != nil {
			return err
		}
		edited, err := v.apply(pkg+"/"+name, string(text))
		if err != nil {
			return err
		}
		written := filepath.Join(dir, name)
		if err := os.WriteFile(written, []byte(edited), 0o600); err != nil {
			return err
		}
		o.Replace[filepath.Join(b.root, filepath.FromSlash(as), name)] = written
	}
	return nil
}

func (b *builder) compileAll(ctx context.Context, o overlay, packages []string) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	laid := filepath.Join(b.dir, "overlay.json")
	if err := os.WriteFile(laid, text, 0o600); err != nil {
		return err
	}
	return b.compile(ctx, append([]string{"-overlay", laid}, packages...)...)
}

// The check bites: an edit that applies nowhere, or twice, and one that does not compile.
func TestBadEditsAreFound(t *testing.T) {
	b := builderFor(t)
	for name, e := range map[string]Edit{
		"nowhere": {"food/loyalty.go", "func Nobody", "func Somebody"},
		"twice":   {"food/loyalty.go", "Loyalty, ", "Payment, "},
		"broken":  {"food/loyalty.go", "package food", "package food\nvar x int = \"\""},
		"same":    {"food/loyalty.go", "package food", "package food // as before"},
	} {
		v := Variant{Name: name, Seat: Worker, Edits: []Edit{e}}
		exe, err := b.build(t.Context(), v)
		if err == nil {
			intact, failed := b.build(t.Context(), Variant{Name: Intact, Seat: Worker})
			if failed != nil {
				t.Fatal(failed)
			}
			err = differs(exe, intact)
		}
		if err == nil {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

// The table is varied: names, cells and sentences are there, and no kind of mistake
// is tried over and over.
func TestTable(t *testing.T) {
	pairs, same, names := map[string]bool{}, map[string]int{}, map[string]bool{}
	harmless := 0
	for _, v := range All {
		switch {
		case !regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`).MatchString(v.Name), names[v.Name]:
			t.Errorf("%q is no name, or another's", v.Name)
		case v.Mistake == "" || !strings.HasSuffix(v.Sentence, ".") || len(v.Styles) == 0 || len(v.Edits) == 0:
			t.Errorf("%s lacks a mistake, a sentence, a style or an edit", v.Name)
		case v.Seat != Worker && v.Seat != Whole:
			t.Errorf("%s has no seat", v.Name)
		case v.Catch != "" && !slices.Contains(invariantNames(), v.Catch):
			t.Errorf("%s is to be caught by %s, which is no invariant", v.Name, v.Catch)
		case (v.Catch == "") != (v.Blind || v.Harmless != ""), len(v.Cells) == 0:
			t.Errorf("%s is to be caught, or blinds, or is harmless", v.Name)
		}
		if _, err := named(v.Cells); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		for _, style := range v.Styles {
			if of, _ := named(v.Cells); len(of) > 0 {
				if _, err := planOf(style, 1, of); err != nil {
					t.Errorf("%s: %v", v.Name, err)
				}
			}
		}
		names[v.Name] = true
		pairs[enclosing(t, v.Edits[0])+": "+v.Mistake] = true
		if v.Harmless != "" {
			harmless++
			continue
		}
		same[v.Mistake+" → "+v.Want()]++
	}
	for _, s := range slices.Sorted(maps.Keys(same)) {
		if same[s] > 2 {
			t.Errorf("%d variants are %s, want at most 2", same[s], s)
		}
	}
	for _, name := range invariantNames() {
		if !slices.ContainsFunc(All, func(v Variant) bool { return v.Quick && v.Catch == name }) {
			t.Errorf("no variant that is always run is caught by %s", name)
		}
	}
	if len(pairs) < 40 {
		t.Errorf("%d pairs of function and mistake, want 40", len(pairs))
	}
	if harmless > 6 {
		t.Errorf("%d variants are harmless, want at most 6", harmless)
	}
}

// enclosing is the declaration in which an edit begins.
func enclosing(t *testing.T, e Edit) string {
	path := filepath.Join("..", "..", filepath.FromSlash(e.File))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(text), e.Old)
	for _, d := range f.Decls {
		if set.Position(d.Pos()).Offset <= at && at < set.Position(d.End()).Offset {
			if fn, ok := d.(*ast.FuncDecl); ok {
				return e.File + " " + fn.Name.Name
			}
			break
		}
	}
	return e.File
}
