package checks

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"sync"

	"github.com/sagabench/sagabench/bench/record"
)

// The bank has the recorded runs of exercise 7. Each is the raw files of one run folder,
// not compressed by themselves, and what is true of it. See diagnose_record_test.go for
// how they were recorded.
//
//go:embed bank/*.tar.gz
var bank embed.FS

// The three kinds of cases. A learner gets one of each.
const (
	kindBroken = "broken" // a style with a mistake: a promise does not hold
	kindSlow   = "slow"   // all is right and takes long: a service or an engine
	kindLie    = "lie"    // the run is sound, and what is reported of it is not
)

var kinds = []string{kindBroken, kindSlow, kindLie}

// A diagnosis is what is true of a recorded run. It lies beside its files, in case.json.
type diagnosis struct {
	Name     string `json:"name"`
	Story    string `json:"story"`    // what was done, for whoever has found it out
	Revision string `json:"revision"` // of the program that recorded it

	Kind   string   `json:"kind"`
	Why    string   `json:"why"`
	Whys   []string `json:"whys"`   // what else may be answered: with Why, two of each kind
	Style  string   `json:"style"`  // one of the two, or "both"
	Order  string   `json:"order"`  // the first that was hit, see the README
	Shown  string   `json:"shown"`  // what its report shows of it
	Unseen []string `json:"unseen"` // what its report does not show

	// Claims are what was said of the run. The first can't be made from it.
	Claims []string `json:"claims"`
}

// A recording is a run folder and what is true of it.
type recording struct {
	diagnosis
	files map[string][]byte // the raw files, not compressed, by the names they have in a run folder
}

// caseFile is the diagnosis among the files of a recording.
const caseFile = "case.json"

// recordings are all of the bank, by name.
var recordings = sync.OnceValues(func() (all []recording, err error) {
	names, err := fs.Glob(bank, "bank/*.tar.gz")
	for _, name := range names {
		packed, failed := bank.ReadFile(name)
		if failed != nil {
			return nil, failed
		}
		r, failed := unpack(packed)
		if failed != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), failed)
		}
		all = append(all, r)
	}
	return all, err
})

func unpack(packed []byte) (r recording, err error) {
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return r, err
	}
	r.files = map[string][]byte{}
	for in := tar.NewReader(zip); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r, err
		}
		if r.files[head.Name], err = io.ReadAll(in); err != nil {
			return r, err
		}
	}
	err = json.Unmarshal(r.files[caseFile], &r.diagnosis)
	delete(r.files, caseFile)
	return r, err
}

// threeOf are the three cases of a learner, one of each kind, in an order of their own.
func threeOf(learner uint64) (three []recording, err error) {
	all, err := recordings()
	if err != nil {
		return nil, err
	}
	draw := rand.New(rand.NewPCG(learner, 7))
	for _, kind := range kinds {
		of := slices.DeleteFunc(slices.Clone(all), func(r recording) bool { return r.Kind != kind })
		three = append(three, of[draw.IntN(len(of))])
	}
	draw.Shuffle(len(three), func(i, k int) { three[i], three[k] = three[k], three[i] })
	return three, nil
}

// rawFiles are the files of a run folder that its report is drawn from.
var rawFiles = []string{
	record.RunFile, record.OrdersFile, record.CallsFile, record.EffectsFile, record.FaultsFile, record.SamplesFile, record.StoriesFile,
}
