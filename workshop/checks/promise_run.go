package checks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sagabench/sagabench/workshop"
	"github.com/sagabench/sagabench/workshop/kit"
	contained "github.com/sagabench/sagabench/workshop/program"
)

// rulings are what a learner's program came to.
type rulings struct {
	sentences []string
	all       []kit.Ruling // of the cases in their order, as far as it came
	ended     string       // why there are no more, in a sentence
	printed   string
}

// ruled has the learner's program hold its promise against all cases.
func ruled(ctx context.Context, j workshop.Job, cases []promiseCase) (r rulings, err error) {
	exe, err := j.Machine.Build(ctx, j.Dir, promiseFolder+"/promise")
	if err != nil {
		return r, err
	}
	var input bytes.Buffer
	to := json.NewEncoder(&input)
	for _, c := range cases {
		if err := to.Encode(c.History()); err != nil {
			return r, err
		}
	}
	answers, printed, err := contained.Pipe(ctx, exe, input.Bytes(), contained.Limits{})
	if _, theirs := errors.AsType[*contained.Ended](err); err != nil && !theirs {
		return r, err
	}
	r.printed = printed
	if bad := r.read(answers); len(r.all) < len(cases) {
		r.ended = ending(cases[len(r.all)].ID, err, bad)
	}
	return r, nil
}

// read takes the sentences, and a ruling a line until there are no more.
func (r *rulings) read(answers []byte) error {
	from := json.NewDecoder(bytes.NewReader(answers))
	if err := from.Decode(&r.sentences); err != nil {
		return err
	}
	for from.More() {
		var one kit.Ruling
		if err := from.Decode(&one); err != nil {
			return err
		}
		r.all = append(r.all, one)
	}
	return nil
}

// ending says why there is no ruling on an order.
func ending(order string, ended, unread error) string {
	why := "your program ended by itself"
	switch {
	case ended != nil:
		why = ended.Error()
	case unread != nil:
		why = fmt.Sprintf("what your program answered is no ruling: %v", unread)
	}
	return fmt.Sprintf("%s%s (order %s).", strings.ToUpper(why[:1]), why[1:], order)
}
