package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/sagabench/sagabench/workshop"
)

// What goes wrong with files is said with how to mend it.
func TestMend(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, fs.ErrPermission, syscall.EACCES, syscall.EISDIR, syscall.ENOTDIR} {
		err := mend(fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: "state.json", Err: cause}))
		var m *workshop.Mistake
		if !errors.As(err, &m) || m.Mend == "" {
			t.Errorf("%v: %v", cause, err)
		}
	}
	if other := errors.New("other"); mend(other) != other || mend(nil) != nil {
		t.Error("mend changes what it does not know")
	}
}

// Words stand in YAML as they are read again.
func TestPlain(t *testing.T) {
	for word, want := range map[string]string{
		"odd": "odd", "no": "no", "4": "4", "key, no inbox": "key, no inbox", "a: b": "'a: b'", "it's: 'x'": "'it''s: ''x'''",
		"# 3": "'# 3'", "[a]": "'[a]'", "charge ∥ mail": "charge ∥ mail", "- x": "'- x'",
	} {
		if got := plain(word); got != want {
			t.Errorf("%q stands as %s, want %s", word, got, want)
		}
	}
}
