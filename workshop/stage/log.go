package stage

import (
	"slices"
	"sync"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/ledger"
)

// What happened, as the stage saw it. The program itself is not asked.
type what string

const (
	received    what = "received"     // an event came to the program
	called      what = "called"       // the program called the provider
	took        what = "took"         // the call took effect, or was refused
	knew        what = "knew"         // the provider knew the key and did nothing
	failed      what = "failed"       // the provider failed before an effect
	lost        what = "lost"         // the answer was lost
	dropped     what = "dropped"      // an event was lost on its way to the program
	held        what = "held"         // the request is on its way
	published   what = "published"    // the program published an event
	noted       what = "noted"        // it put something into a bucket
	looked      what = "looked"       // it looked at an entry of a bucket
	lookFailed  what = "look failed"  // and the bucket had no answer
	writeFailed what = "write failed" // the bucket did not take it
	acked       what = "acked"
	nacked      what = "nacked"
	started     what = "started" // the program
	killed      what = "killed"
	ended       what = "ended" // the program ended by itself
	row         what = "row"   // one of the ledger's, of a service that is not the program's
	asked       what = "asked" // the customer, or an operator, asked for something
	forgot      what = "forgot"
	voided      what = "voided" // the provider closed a key: nothing will ever happen under it
)

// A fact is one thing that happened.
type fact struct {
	at    time.Time
	what  what
	order string // "": it is about all orders
	name  string // of the event or the action
	key   string // of a request, or of an entry in a bucket
	n     int    // of the delivery, or the request
	text  string // more about it
	row   food.Row
}

// A journal is all facts in the order in which they happened, and the rows among them.
type journal struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each fact
	facts   []fact
	rows    []food.Row // of all ledgers, in one order
	known   map[fact]bool
	news    int // of facts that were not a repetition
	counts  map[Point]int
	hits    map[Hit]int
	part    string // that is the program's; "" where the provider is sound
}

func newJournal(part string) *journal {
	return &journal{part: part, changed: make(chan struct{}), known: map[fact]bool{}, counts: map[Point]int{}, hits: map[Hit]int{}}
}

// note adds a fact.
func (j *journal) note(f fact) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(f)
}

func (j *journal) add(f fact) {
	f.at = time.Now()
	j.facts = append(j.facts, f)
	if f.what == row || f.what == took || f.what == voided {
		f.row.Seq = int64(len(j.rows) + 1)
		j.facts[len(j.facts)-1].row = f.row
		j.rows = append(j.rows, f.row)
	}
	// A program that does the same again and again does not get on, unless the provider
	// keeps it from that.
	same := fact{what: f.what, order: f.order, name: f.name}
	kept := f.what == failed && f.text == ""
	if f.what == started || f.what == killed || f.what == asked || f.what == forgot || kept || !j.known[same] {
		j.news++
	}
	j.known[same] = true
	close(j.changed)
	j.changed = make(chan struct{})
}

// commit takes rows from the commit feed of the ledger behind the twin.
func (j *journal) commit(c ledger.Commit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range c.Rows {
		j.add(fact{what: row, order: r.Order, name: string(r.Action), row: r})
	}
}

// count numbers a point.
func (j *journal) count(p Point) Point {
	j.mu.Lock()
	defer j.mu.Unlock()
	same := Point{Where: p.Where, Order: p.Order, Name: p.Name}
	j.counts[same]++
	p.N = j.counts[same]
	return p
}

func (j *journal) hit(h Hit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.hits[h]++
}

// fired is how often there was such a hit.
func (j *journal) fired(h Hit) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.hits[h]
}

// of returns the facts of an order, and those about all orders.
func (j *journal) of(order string) []fact {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(j.facts), func(f fact) bool { return f.order != order && f.order != "" })
}

// rowsOf are an order's rows as they are judged. A refusal, or an undo of nothing, moves
// nothing: it counts once, and not beside one that did. And where an undo took place and
// its forward call never did, that is as good as blocked: a provider has no row for what
// did not happen.
func (j *journal) rowsOf(order string) (rows []food.Row) {
	j.mu.Lock()
	defer j.mu.Unlock()
	has := func(a food.Action, o food.Outcome) bool {
		return slices.ContainsFunc(rows, func(r food.Row) bool { return r.Action == a && (o == "" || r.Outcome == o) })
	}
	did := func(r food.Row) bool { return r.Outcome != food.Refused && r.Reason != food.NothingToUndo }
	for _, r := range j.rows {
		later := slices.ContainsFunc(j.rows, func(l food.Row) bool { return l.Order == order && l.Action == r.Action && did(l) })
		if r.Order == order && (did(r) || !later && !has(r.Action, r.Outcome)) {
			rows = append(rows, r)
		}
	}
	for i := 0; i < len(rows); i++ {
		forward := rows[i].Action.Undoes()
		if forward == "" || rows[i].Outcome != food.Done || has(forward, "") {
			continue
		}
		closed := rows[i]
		closed.Action, closed.Outcome, closed.Reason, closed.For, closed.Amount = forward, food.Blocked, food.Undone, "", 0
		rows = slices.Insert(rows, i, closed)
		i++
	}
	rows = j.untouched(order, rows)
	for i := range rows {
		rows[i].Seq = int64(i + 1)
	}
	return rows
}

func (j *journal) tally(order string) (t food.Tally) {
	for _, r := range j.rowsOf(order) {
		t.Add(r)
	}
	return t
}

// state is what a waiter looks at.
func (j *journal) state() (news int, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.news, j.changed
}
