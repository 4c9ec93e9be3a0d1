package fault

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/nearest"
)

// Limits on a rule, against typing errors. [Validate] has those that follow
// from how long a run waits for its orders.
const (
	MaxTimes = 100
	MaxDelay = time.Minute
	MaxWhen  = 24 * time.Hour
)

var written = regexp.MustCompile(`^([^:@()]+):([^:@()]+)(?:\(([^()]*)\))?@([^@]+)$`)

// Parse reads a rule in its written form.
func Parse(s string) (Rule, error) {
	r, err := parse(strings.TrimSpace(s))
	if err != nil {
		return Rule{}, fmt.Errorf("fault %q: %w", s, err)
	}
	r.Written = s
	return r, nil
}

// ParseAll reads many rules and returns everything that is wrong with any of
// them, joined.
func ParseAll(written []string) ([]Rule, error) {
	var rules []Rule
	var bad []error
	for _, s := range written {
		r, err := Parse(s)
		rules, bad = append(rules, r), append(bad, err)
	}
	if err := errors.Join(bad...); err != nil {
		return nil, err
	}
	return rules, nil
}

func parse(s string) (r Rule, err error) {
	part := written.FindStringSubmatch(s)
	if part == nil {
		return r, errors.New("want target:fault@share, such as restaurant.confirm:refuse@20%, or target:outage@start+length, such as restaurant:outage@10s+5s")
	}
	bracketed := strings.Contains(s, "(")
	switch kind := Kind(part[2]); {
	case kind == Resubmit, kind == Cancel:
		return r, r.parseCustomer(part[1], kind, bracketed, part[4])
	case slices.Contains(processes, part[1]) || kind == Kill || kind == Pause:
		return r, r.parseDeath(part[1], kind, bracketed, part[4])
	}
	if err := r.parseTarget(part[1]); err != nil {
		return r, err
	}
	if err := r.parseForm(part[2], part[3], bracketed); err != nil {
		return r, err
	}
	if r.Kind == Refuse && !r.Action.Rejectable() {
		return r, fmt.Errorf("%s can't be refused, only %s can; to make it fail and be tried again, use fail(n)", r.target(), strings.Join(rejectableCalls(), ", "))
	}
	if r.Kind == Outage {
		return r, r.parseSpan(part[4])
	}
	return r, r.parsePercent(part[4])
}

// parseCustomer is about what the customer does with a whole order.
func (r *Rule) parseCustomer(target string, kind Kind, bracketed bool, when string) (err error) {
	r.Kind = kind
	switch {
	case target != wholeOrder:
		return fmt.Errorf("%s is for a whole order and not for %q: write %s:%s@%s", kind, target, wholeOrder, kind, when)
	case bracketed:
		return fmt.Errorf("%s takes nothing in brackets", kind)
	case kind == Resubmit:
		return r.parsePercent(when)
	}
	share, delay, _ := strings.Cut(when, "+")
	r.Delay, err = time.ParseDuration(delay)
	if r.parsePercent(share) != nil || err != nil || r.Delay < 0 || r.Delay > MaxDelay {
		return fmt.Errorf("%q is no share of orders and delay; want above 0%% and up to 100%%, and from 0s to %v after the order was accepted, such as cancel@5%%+300ms", when, MaxDelay)
	}
	return nil
}

// parseDeath is about what happens to a process.
func (r *Rule) parseDeath(process string, kind Kind, bracketed bool, when string) (err error) {
	r.Process, r.Kind = process, kind
	switch {
	case !slices.Contains(processes, process):
		return fmt.Errorf("%s is for a process, and there is no process %q%s", kind, process, nearest.HintOrAll(process, processes))
	case kind != Kill && kind != Pause:
		return fmt.Errorf("a process has no fault %q%s", kind, nearest.HintOrAll(string(kind), []Kind{Kill, Pause}))
	case bracketed:
		return fmt.Errorf("%s takes nothing in brackets", kind)
	case kind == Pause:
		return r.parseSpan(when)
	}
	if r.After, err = time.ParseDuration(when); err != nil || r.After < 0 || r.After > MaxWhen {
		return fmt.Errorf("%q is no time of a kill; want when it comes, such as kill@3s", when)
	}
	return nil
}

func (r *Rule) parseTarget(s string) error {
	service, action, precise := strings.Cut(s, ".")
	r.Service, r.Action = food.Service(service), food.Action(action)
	if r.Service == Any && !precise {
		return nil
	}
	calls, known := food.Actions[r.Service]
	if !known {
		return fmt.Errorf("there is no service %q%s", service, nearest.HintOrAll(service, food.AllServices))
	}
	if group := groups[r.Service]; group != "" {
		calls = append([]food.Action{group}, calls...)
	}
	if precise && !slices.Contains(calls, r.Action) {
		return fmt.Errorf("%s has no call %q%s", service, action, nearest.HintOrAll(action, calls))
	}
	return nil
}

func (r *Rule) parseForm(kind, args string, given bool) error {
	r.Kind = Kind(kind)
	if !slices.Contains(Kinds, r.Kind) {
		return fmt.Errorf("there is no fault %q%s", kind, nearest.HintOrAll(kind, Kinds))
	}
	switch r.Kind {
	case Outage, Refuse:
		if given {
			return fmt.Errorf("%s takes nothing in brackets", kind)
		}
		return nil
	case Slow:
		delay, times, more := strings.Cut(args, ",")
		d, err := time.ParseDuration(strings.TrimSpace(delay))
		if err != nil || d <= 0 || d > MaxDelay {
			return fmt.Errorf("slow by %q: want a time up to %v, such as slow(3s)", delay, MaxDelay)
		}
		r.Delay, args, given = d, times, more
	}
	r.Times = 1
	if given {
		n, err := strconv.Atoi(strings.TrimSpace(args))
		if err != nil || n < 1 || n > MaxTimes {
			return fmt.Errorf("%s on %q attempts: want a number from 1 to %d", kind, args, MaxTimes)
		}
		r.Times = n
	}
	return nil
}

func (r *Rule) parsePercent(s string) error {
	number, ok := strings.CutSuffix(s, "%")
	p, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(p > 0 && p <= 100) {
		return fmt.Errorf("%q is no share of orders; want above 0%% and up to 100%%, such as %s@20%%", s, r.Kind)
	}
	r.Percent = p
	return nil
}

func (r *Rule) parseSpan(s string) error {
	start, length, ok := strings.Cut(s, "+")
	after, err1 := time.ParseDuration(start)
	last, err2 := time.ParseDuration(length)
	if !ok || err1 != nil || err2 != nil || after < 0 || last <= 0 || after > MaxWhen || last > MaxWhen {
		article := map[Kind]string{Outage: "an", Pause: "a"}[r.Kind]
		return fmt.Errorf("%q is no time of %s %s; want start+length, such as %s@10s+5s", s, article, r.Kind, r.Kind)
	}
	r.After, r.For = after, last
	return nil
}

func rejectableCalls() (names []string) {
	for _, c := range rejectable {
		names = append(names, Rule{Service: c.Service, Action: c.Action}.target())
	}
	return names
}
