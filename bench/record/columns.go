package record

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
)

// A column knows how to write one field of a row and how to read it back. Both
// directions stand in one place, so that they can't drift apart.
type column[T any] struct {
	name  string
	write func(*T) (string, error)
	read  func(*T, string) error
}

// A table is the form of one file of rows.
type table[T any] struct {
	file    string
	columns []column[T]
	cell    func(*T) *string
	compare func(a, b T) int   // the order of rows within a cell
	unique  string             // what may not come twice, or "" if rows may compare equal
	of      func(T, Cell) bool // whether a row is of its cell also by its other columns; nil if none of them shows it
}

var orders = table[Order]{
	file: OrdersFile,
	columns: []column[Order]{
		text("cell", func(o *Order) *string { return &o.Cell }),
		text("style", func(o *Order) *string { return &o.Style }),
		text("scenario", func(o *Order) *string { return &o.Scenario }),
		whole("repeat", func(o *Order) *int { return &o.Repeat }),
		text("order", func(o *Order) *string { return &o.ID }),
		flag("warmup", func(o *Order) *bool { return &o.Warmup }),
		text("outcome", func(o *Order) *string { return &o.Outcome }),
		millis("due_ms", func(o *Order) *float64 { return &o.Due }),
		sinceDue("accept_ms", func(o *Order) *float64 { return &o.Accept }),
		sinceDue("decision_ms", func(o *Order) *float64 { return &o.Decision }),
		sinceDue("settled_ms", func(o *Order) *float64 { return &o.Settled }),
		millis("compensation_ms", func(o *Order) *float64 { return &o.Compensation }),
		millis("inconsistent_ms", func(o *Order) *float64 { return &o.Inconsistent }),
		text("customer", func(o *Order) *string { return &o.Customer }),
		text("restaurant", func(o *Order) *string { return &o.Restaurant }),
		text("items", func(o *Order) *string { return &o.Items }),
		millis("sent_ms", func(o *Order) *float64 { return &o.Sent }),
	},
	cell:    func(o *Order) *string { return &o.Cell },
	compare: func(a, b Order) int { return cmp.Compare(a.ID, b.ID) },
	unique:  "order id",
	of: func(o Order, c Cell) bool {
		return o.Style == c.Style && o.Scenario == c.Scenario && o.Repeat == c.Repeat
	},
}

var calls = table[Call]{
	file: CallsFile,
	columns: []column[Call]{
		text("cell", func(c *Call) *string { return &c.Cell }),
		text("order", func(c *Call) *string { return &c.Order }),
		text("service", func(c *Call) *string { return &c.Service }),
		text("action", func(c *Call) *string { return &c.Action }),
		whole("attempt", func(c *Call) *int { return &c.Attempt }),
		millis("at_ms", func(c *Call) *float64 { return &c.At }),
	},
	cell: func(c *Call) *string { return &c.Cell },
	compare: func(a, b Call) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.At, b.At))
	},
}

var effects = table[Effect]{
	file: EffectsFile,
	columns: []column[Effect]{
		text("cell", func(e *Effect) *string { return &e.Cell }),
		text("order", func(e *Effect) *string { return &e.Order }),
		whole("seq", func(e *Effect) *int64 { return &e.Seq }),
		text("service", func(e *Effect) *string { return &e.Service }),
		text("action", func(e *Effect) *string { return &e.Action }),
		text("outcome", func(e *Effect) *string { return &e.Outcome }),
		text("reason", func(e *Effect) *string { return &e.Reason }),
		text("for", func(e *Effect) *string { return &e.For }),
		whole("amount", func(e *Effect) *int64 { return &e.Amount }),
		whole("attempt", func(e *Effect) *int { return &e.Attempt }),
		millis("at_ms", func(e *Effect) *float64 { return &e.At }),
		millis("committed_ms", func(e *Effect) *float64 { return &e.Committed }),
	},
	cell: func(e *Effect) *string { return &e.Cell },
	compare: func(a, b Effect) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Seq, b.Seq))
	},
	unique: "order id and seq",
}

var samples = table[Sample]{
	file: SamplesFile,
	columns: []column[Sample]{
		text("cell", func(s *Sample) *string { return &s.Cell }),
		millis("at_ms", func(s *Sample) *float64 { return &s.At }),
		text("role", func(s *Sample) *string { return &s.Role }),
		millis("cpu_ms", func(s *Sample) *float64 { return &s.CPU }),
		millis("rss_mb", func(s *Sample) *float64 { return &s.RSS }),
		whole("backlog", func(s *Sample) *int { return &s.Backlog }),
	},
	cell:    func(s *Sample) *string { return &s.Cell },
	compare: func(a, b Sample) int { return cmp.Compare(a.At, b.At) },
}

// The tables of two files have no columns: a row is a JSON object.
var (
	faults = table[Fault]{
		file: FaultsFile,
		cell: func(f *Fault) *string { return &f.Cell },
		compare: func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.Order, b.Order), a.At.Compare(b.At))
		},
	}
	stories = table[Story]{
		file:    StoriesFile,
		cell:    func(s *Story) *string { return &s.Cell },
		compare: func(a, b Story) int { return cmp.Compare(a.Order, b.Order) },
		unique:  "order id",
	}
)

// as makes a column of where a row has it and the two directions of its form.
func as[T, V any](name string, at func(*T) *V, form func(V) (string, error), parse func(string) (V, error)) column[T] {
	return column[T]{
		name:  name,
		write: func(row *T) (string, error) { return form(*at(row)) },
		read: func(row *T, s string) (err error) {
			*at(row), err = parse(s)
			return err
		},
	}
}

func text[T any](name string, field func(*T) *string) column[T] {
	same := func(s string) (string, error) { return s, nil }
	return as(name, field, same, same)
}

func whole[T any, N int | int64](name string, field func(*T) *N) column[T] {
	form := func(n N) (string, error) { return strconv.FormatInt(int64(n), 10), nil }
	return as(name, field, form, func(s string) (N, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a whole number", s)
		}
		return N(n), nil
	})
}

func flag[T any](name string, field func(*T) *bool) column[T] {
	form := func(v bool) (string, error) { return strconv.FormatBool(v), nil }
	return as(name, field, form, func(s string) (bool, error) {
		if s != "true" && s != "false" {
			return false, fmt.Errorf("%q is neither true nor false", s)
		}
		return s == "true", nil
	})
}

// millis is a number with three decimals, which is microseconds where it is a
// time. NaN, for what never happened, is the empty field.
func millis[T any](name string, field func(*T) *float64) column[T] {
	return as(name, field, formMillis, parseMillis)
}

// sinceDue is a time after the order was due. An order can't be early.
func sinceDue(name string, field func(*Order) *float64) column[Order] {
	return as(name, field, formMillis, func(s string) (float64, error) {
		v, err := parseMillis(s)
		if v < 0 {
			err = fmt.Errorf("%s is before the order was due", s)
		}
		return v, err
	})
}

func formMillis(v float64) (string, error) {
	switch {
	case math.IsNaN(v):
		return "", nil
	case math.IsInf(v, 0):
		return "", fmt.Errorf("%v is not a time; what never happened is NaN", v)
	}
	return strconv.FormatFloat(v, 'f', 3, 64), nil
}

func parseMillis(s string) (float64, error) {
	if s == "" {
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return math.NaN(), fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}
