package program

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Prints are what the files of a folder come to, by path below the learner's folder.
type Prints map[string][sha256.Size]byte

// PrintsOf reads a folder below the learner's, such as "3-twice-is-once".
func PrintsOf(dir, folder string) (Prints, error) {
	prints := Prints{}
	root := os.DirFS(filepath.Join(dir, folder))
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root, file)
		prints[path.Join(folder, file)] = sha256.Sum256(text)
		return err
	})
	return prints, err
}

// Changed is a sentence that names the first file that is not as it was, or "". New
// files don't count: editors make some.
func (before Prints) Changed(after Prints) string {
	for _, file := range slices.Sorted(maps.Keys(before)) {
		print, there := after[file]
		switch {
		case !there:
			return fmt.Sprintf("%s was removed while your program ran: if it was not you, it was your program", file)
		case print != before[file]:
			return fmt.Sprintf("%s was changed while your program ran: if it was not you, it was your program", file)
		}
	}
	return ""
}
