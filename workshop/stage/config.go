package stage

import (
	"fmt"
	"time"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/workshop"
)

// Policy is one with which a scenario takes seconds. The redelivery clock is the
// shortest that there is, and the twin gives up no call that a scenario holds.
var Policy = food.Policy{
	Attempts:     60,
	UndoAttempts: 60,
	FirstBackoff: 20 * time.Millisecond,
	MaxBackoff:   100 * time.Millisecond,
	CallTimeout:  700 * time.Millisecond,
	Redelivery:   time.Second,
	Concurrency:  16,
}

// All is the part that is every participant of the choreography.
const All = "all"

// Workflow is the part that is the flow of the orchestration.
const Workflow = "workflow"

// Config is what a cell is opened with.
type Config struct {
	Machine workshop.Machine
	Style   string // record.Choreography or record.Orchestration
	Without string // the program's part: a service, [Workflow] or [All]
	Exe     string // the program; "" starts none before [Stage.Start]
	Seed    uint64 // what is ordered follows from it

	// Sound gives the provider the barrier of the reference: it knows each call by order
	// and action, whatever its key, and an undo keeps its forward call from coming later.
	Sound bool
}

// A Point is where something can be hit: a request to the provider, a message on its way
// through the proxy, or a call that the twin makes.
type Point struct {
	Where Where
	Order string
	Name  string // of the action, or the kind of the event
	N     int    // how many there were of this order and name at this place, this one included
	Key   string // of a request
}

// Where is the kind of a [Point].
type Where string

const (
	Request  Where = "request"  // to the provider
	Call     Where = "call"     // of a service, by the twin: where the program is the flow, these are its calls
	Delivery Where = "delivery" // of an event to the program
	Publish  Where = "publish"  // of an event
	Ack      Where = "ack"      // of an event that was delivered
	Look     Where = "look"     // into a bucket, at one entry
	Write    Where = "write"    // of an entry of a bucket
)

// A Hit is what becomes of a request or a message.
type Hit string

const (
	Pass       Hit = ""
	Fail       Hit = "fail"        // a request, call or look: it has no effect, and the answer is an error
	Lose       Hit = "lose"        // a request or call: it takes effect, and no answer comes
	Hold       Hit = "hold"        // a request or call: it is on its way until [Stage.Release], and then takes effect even if no one waits for it
	Refuse     Hit = "refuse"      // a call: the service refuses it
	Drop       Hit = "drop"        // a delivery or publish: it is lost on the way
	KillBefore Hit = "kill before" // the program is killed before the effect, or before the message passes; a call takes effect all the same
	KillAfter  Hit = "kill after"  // after the effect and before the answer, or after the message has passed
)

func (c Config) check() error {
	if c.Style != record.Choreography && c.Style != record.Orchestration {
		return fmt.Errorf("stage: there is no style %q", c.Style)
	}
	if c.Without == "" || c.Without == All && c.Style != record.Choreography {
		return fmt.Errorf("stage: %s without %q: want the part that is the program's", c.Style, c.Without)
	}
	return nil
}

// service is the one that the program is, or "" if it is none or all.
func (c Config) service() food.Service {
	if c.Without == All || c.Without == Workflow {
		return ""
	}
	return food.Service(c.Without)
}

// judged is the part whose program may know what its calls have done, or "".
func (c Config) judged() string {
	if c.Sound {
		return ""
	}
	return c.Without
}
