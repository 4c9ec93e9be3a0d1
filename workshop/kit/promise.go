package kit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// A Row is a line of the ledger: what became of one call for an order.
type Row struct {
	Service string `json:"service"`          // "payment"
	Action  string `json:"action"`           // "charge", "refund", …
	Outcome string `json:"outcome"`          // "done", "refused" or "blocked"
	Reason  string `json:"reason,omitempty"` // "undone", "gave_up", "nothing_to_undo", or why it was refused
	For     string `json:"for,omitempty"`    // whom and what it was for; "" where nothing was done
	Amount  int64  `json:"amount,omitempty"` // cents of a charge and a refund, points of an award and a revoke
}

// TookEffect says whether the call was done, and for an undo whether it undid something.
func (r Row) TookEffect() bool { return r.Outcome == "done" && r.Reason != "nothing_to_undo" }

// Rejected says whether the service refused, or was given up on after the last attempt.
func (r Row) Rejected() bool {
	return r.Outcome == "refused" || r.Outcome == "blocked" && r.Reason == "gave_up"
}

// Overtaken says whether the call came too late: after its undo, or after another that
// made it pointless. It did nothing, and never will.
func (r Row) Overtaken() bool { return r.Outcome == "blocked" && r.Reason == "undone" }

// Rows are all that the ledger has of one order, in the order in which they were written.
type Rows []Row

// Place is where the row of an action stands, from 0; -1 if there is none.
func (rows Rows) Place(action string) int {
	for i, r := range rows {
		if r.Action == action {
			return i
		}
	}
	return -1
}

// Of is the row of an action. If there is none it is the zero Row, which did not take
// effect, was not rejected and not overtaken.
func (rows Rows) Of(action string) Row {
	if i := rows.Place(action); i >= 0 {
		return rows[i]
	}
	return Row{}
}

// A Promise is a sentence that is true of every order, whatever becomes of it. Broken
// returns why it is not true of one, and "" if it is.
type Promise struct {
	Sentence string
	Broken   func(Order, Rows) string
}

// A History is an order with its rows.
type History struct {
	Order Order `json:"order"`
	Rows  Rows  `json:"rows"`
}

// A Ruling is what the promises come to for one order.
type Ruling struct {
	Order string `json:"order"`           // its id
	Why   string `json:"why,omitempty"`   // of the first promise that is broken; "": all are kept
	Panic string `json:"panic,omitempty"` // of the promise itself
}

// Judge runs a program that holds promises against orders. The checker sends a [History]
// a line to standard input, and gets back the sentences, and then a [Ruling] a line.
// Standard output is yours.
func Judge(promises ...Promise) {
	checker := os.NewFile(3, "checker")
	stacksOnQuit(checker)
	if err := judge(os.Stdin, checker, promises); err != nil {
		fmt.Fprintln(os.Stderr, "this program gets its orders from \"sagabench learn check\":", err)
		os.Exit(1)
	}
}

func judge(from io.Reader, to io.Writer, promises []Promise) error {
	histories, out := json.NewDecoder(bufio.NewReader(from)), json.NewEncoder(to)
	sentences := []string{}
	for _, p := range promises {
		sentences = append(sentences, p.Sentence)
	}
	if err := out.Encode(sentences); err != nil {
		return err
	}
	for {
		var h History
		if err := histories.Decode(&h); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := out.Encode(ruling(promises, h)); err != nil {
			return err
		}
	}
}

// ruling asks one promise after the other. A panic is the end of one order's, so that
// it can be shown.
func ruling(promises []Promise, h History) (r Ruling) {
	r.Order = h.Order.ID
	defer func() {
		if p := recover(); p != nil {
			r.Panic = fmt.Sprintf("%v%s", p, panicked())
		}
	}()
	for _, p := range promises {
		if r.Why = p.Broken(h.Order, h.Rows); r.Why != "" {
			break
		}
	}
	return r
}

// panicked is the line of the program that panicked, such as ", promise.go:17".
func panicked() string {
	stack := make([]uintptr, 32)
	frames := runtime.CallersFrames(stack[:runtime.Callers(1, stack)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "main.") {
			return fmt.Sprintf(", %s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}
