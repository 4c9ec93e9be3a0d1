// Package journal keeps lines that outlive the process that wrote them.
//
// What Write has returned from is in the file, also after kill -9. It need not be
// on the disk: loss of power may take it. One process writes a file at a time.
//
// The end of the file is mapped into memory, and to write a line is to copy it
// there. A system call for each would cost about ten times as much CPU time; see
// BenchmarkWrite. While a journal is open, and after its process was killed, its
// lines are followed by zeros.
package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// room is how much of a file is mapped at a time. It is whole pages on every
// system, and small enough that no caller waits long for the next.
const room = 1 << 18

var zeros [room]byte

// A Journal is a file that is open for writing. Its methods may be called
// concurrently.
type Journal struct {
	file *os.File

	mu     sync.Mutex
	failed error  // for good: the first, or that it is closed
	mapped []byte // a part of the file
	start  int64  // where that begins
	used   int    // bytes of it that are lines
}

// Open opens a file to append to it, or makes one. A line that a killed process left
// unfinished is written over.
func Open(path string) (*Journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	j := &Journal{file: f}
	lines, err := Read(path)
	if err == nil {
		err = j.advance(int64(len(lines)))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// Read returns the lines of a file, without one that is unfinished.
func Read(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	// A line that was being copied may lack bytes anywhere, and not at its end alone.
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	return text[:bytes.LastIndexByte(text, '\n')+1], nil
}

// Write appends a line, which ends in a newline and holds no zero byte. After an
// error nothing is written any more, and each call returns that error.
func (j *Journal) Write(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed == nil && len(line) > len(j.mapped)-j.used {
		j.failed = j.advance(j.start + int64(j.used))
	}
	if j.failed == nil && len(line) > len(j.mapped)-j.used {
		j.failed = fmt.Errorf("a line of %d bytes is too long", len(line))
	}
	if j.failed != nil {
		return j.failed
	}
	j.used += copy(j.mapped[j.used:], line)
	return nil
}

// advance maps the file from the page on in which its lines end. Zeros are written
// first: on a full disk that is an error, while to touch memory with no block behind
// it would kill the process. And what was left unfinished is gone.
func (j *Journal) advance(end int64) error {
	if err := j.unmap(); err != nil {
		return err
	}
	j.used = int(end % int64(os.Getpagesize()))
	j.start = end - int64(j.used)
	if _, err := j.file.WriteAt(zeros[j.used:], end); err != nil {
		return err
	}
	var err error
	j.mapped, err = unix.Mmap(int(j.file.Fd()), j.start, room, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return err
}

func (j *Journal) unmap() (err error) {
	if j.mapped != nil {
		err = unix.Munmap(j.mapped)
	}
	j.mapped = nil
	return err
}

// Close cuts off the zeros and closes the file. It returns the first error of
// writing to it, after which lines are missing.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := errors.Join(j.failed, j.unmap(), j.file.Truncate(j.start+int64(j.used)), j.file.Close())
	j.failed = os.ErrClosed
	return err
}
