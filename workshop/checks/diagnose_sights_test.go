package checks

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A sight is something that a report shows or doesn't, without any opinion. Of each case one
// is asked for that shows what is wrong with it, among some that are not to be seen there.
type sight struct {
	text string
	seen func(page) bool
}

// page is a report.md.
type page string

const (
	sawSaturated = "*One line per cell*: a cell of the %s is saturated."
	sawAgain     = "*One line per cell*: calls of the %s, and of it alone, came again after they had taken effect."
	sawFewer     = "*One line per cell*: the %s has fewer orders in a scenario than the other style."
	sawCells     = "*One line per cell*: the %s has fewer cells than the other style."
	sawUnsettled = "*One line per cell*: orders of the %s are unsettled."
	sawEarly     = "*How late retries came*: some of the %s came earlier than their back-off allows."
	sawMissing   = "*Not as in the flow*: a call that should have followed was not made in the %s."
	sawStray     = "*Not as in the flow*: a call was made in the %s to which nothing had led."
	sawLate      = "*Load generator*: orders of the %s were sent more than 100 ms late."
	sawMedian    = "*At a glance*: in each scenario half of the completed orders of the %s took more than 200 ms."
	sawWait      = "*One refused order, in every style*: in the %s nothing happens for more than 100 ms, and then comes %s."

	sawGivenUp = "*Violations*: a call was given up before its last attempt."
	sawCent    = "*Violations*: of a charge a cent less was refunded."
	sawSecond  = "*Violations*: a call has a second row in the ledger."
	sawMail    = "*Violations*: a mail told of a refund that was not there yet."
	sawNews    = "*Violations*: the app showed \"confirmed\" after the end of the order."
	sawOutage  = "*Faults, as planned and as they fired*: a whole service is to be away for a while."
	sawRules   = "*Faults, as planned and as they fired*: a fault was planned for one style only."
	sawParity  = "*What each side was given*: the durability of an accepted order is not equal."
	sawDoubt   = "Below the verdict: the stopwatch and the ledger disagree."
	sawNone    = "*At a glance*: a scenario has no median of completed orders."
	sawSmall   = "*One line per cell*: no cell has the thousand orders that a p99 needs."
)

func of(text, style string) string { return fmt.Sprintf(text, style) }

func wait(style, call string) string { return fmt.Sprintf(sawWait, style, call) }

// sights are all that can be asked for.
func sights() (all []sight) {
	for _, style := range []string{choreo, orch} {
		add := func(text string, seen func(page) bool) {
			all = append(all, sight{fmt.Sprintf(text, style), seen})
		}
		inCells := func(column string, is func(string) bool) func(page) bool {
			return func(d page) bool { return slices.ContainsFunc(d.cells(style, column), is) }
		}
		some := func(field string) bool { return field != "0" }
		add(sawSaturated, inCells("saturated", func(s string) bool { return s == "yes" }))
		add(sawUnsettled, inCells("unsettled", some))
		add(sawAgain, func(d page) bool {
			return slices.ContainsFunc(d.cells(style, "called again"), some) && !slices.ContainsFunc(d.cells(other(style), "called again"), some)
		})
		add(sawCells, func(d page) bool { return len(d.cells(style, "cell")) < len(d.cells(other(style), "cell")) })
		add(sawFewer, func(d page) bool {
			mine, others := d.cells(style, "orders"), d.cells(other(style), "orders")
			for i := range min(len(mine), len(others)) {
				if number(mine[i]) < number(others[i]) {
					return true
				}
			}
			return false
		})
		add(sawEarly, func(d page) bool {
			return slices.ContainsFunc(d.table("How late retries came"), func(row []string) bool {
				return strings.Contains(row[0], "-"+style+"-") && strings.HasPrefix(row[5], "-")
			})
		})
		add(sawMissing, func(d page) bool { return strings.Contains(d.part("Not as in the flow: "+style), "was not called") })
		add(sawStray, func(d page) bool { return strings.Contains(d.part("Not as in the flow: "+style), "nothing had led") })
		add(sawLate, func(d page) bool {
			return slices.ContainsFunc(d.table("Load generator"), func(row []string) bool {
				return row[0] == style && milliseconds(row[1]) > 100
			})
		})
		add(sawMedian, func(d page) bool { return d.shortestMedian(style) > 200 })
		for _, call := range []string{"payment: charge", "restaurant: confirm", "delivery: assign", "loyalty: award", "mail: confirmed"} {
			all = append(all, sight{fmt.Sprintf(sawWait, style, call), func(d page) bool { return d.waitBefore(style, call) > 100 }})
		}
	}
	says := func(text, title string, pattern string) {
		is := regexp.MustCompile(pattern)
		all = append(all, sight{text, func(d page) bool { return is.MatchString(d.part(title)) }})
	}
	says(sawGivenUp, "Violations", `given up after attempt`)
	says(sawSecond, "Violations", `a second row of`)
	says(sawMail, "Violations", `mail-refunded done is there, and what it follows from is not before it`)
	says(sawNews, "Violations", `status-confirmed done came after the end`)
	says(sawOutage, "Faults, as planned and as they fired", `:outage@`)
	says(sawRules, "Faults, as planned and as they fired", `not planned`)
	says(sawParity, "What each side was given", `\| durability of an accepted order .*\| no \|`)
	says(sawNone, "At a glance", `\| completed orders: p50 \| –`)
	return append(all,
		sight{sawCent, page.aCentLess},
		sight{sawDoubt, func(d page) bool { return strings.Contains(string(d), ": the stopwatch and the ledger disagree") }},
		sight{sawSmall, func(d page) bool {
			return !slices.ContainsFunc(slices.Concat(d.cells(choreo, "orders"), d.cells(orch, "orders")), func(n string) bool { return number(n) >= 1000 })
		}})
}

// part is what a report has under a heading.
func (d page) part(title string) string {
	_, rest, _ := strings.Cut(string(d), "\n### "+title+"\n")
	text, _, _ := strings.Cut(rest, "\n#")
	return text
}

// table are the rows under a heading, without the table's head.
func (d page) table(title string) (rows [][]string) {
	for line := range strings.Lines(d.part(title)) {
		if strings.HasPrefix(line, "| ") {
			row := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), "|")
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// cells are the fields of a column that a style's cells have.
func (d page) cells(style, column string) (fields []string) {
	rows := d.table("One line per cell")
	at := slices.Index(rows[0], column)
	for _, row := range rows[2:] {
		if strings.Contains(row[0], "-"+style+"-") {
			fields = append(fields, row[at])
		}
	}
	return fields
}

var refunds = regexp.MustCompile(`charged ([0-9.]+) and refunded ([0-9.]+)`)

func (d page) aCentLess() bool {
	for _, m := range refunds.FindAllStringSubmatch(d.part("Violations"), -1) {
		if off := number(m[1]) - number(m[2]); off > 0.005 && off < 0.015 {
			return true
		}
	}
	return false
}

// shortestMedian is that of a style's completed orders, in ms. A scenario that has none
// counts as 0.
func (d page) shortestMedian(style string) float64 {
	column := map[string]int{choreo: 1, orch: 2}[style]
	shortest := math.Inf(1)
	for _, row := range d.table("At a glance") {
		if row[0] == "completed orders: p50" {
			shortest = min(shortest, milliseconds(row[column]))
		}
	}
	return shortest
}

var (
	timeline = regexp.MustCompile(`!\[One refused order, in both styles(.*)\]\(plots/timeline.png\)`)
	moment   = regexp.MustCompile(`([a-z]+: [a-z ]+?)(?: refused| blocked)? at ([0-9.]+ m?s)`)
)

// waitBefore is how many ms nothing had happened, on a style's timeline, before a call.
func (d page) waitBefore(style, call string) float64 {
	m := timeline.FindStringSubmatch(string(d))
	if m == nil {
		return 0
	}
	_, mine, _ := strings.Cut(m[1], style+": order accepted")
	mine, _, _ = strings.Cut(mine, other(style)+": order accepted")
	at, before := 0.0, 0.0
	moments := moment.FindAllStringSubmatch(mine, -1)
	for _, m := range moments {
		if m[1] == call {
			at = milliseconds(m[2])
		}
	}
	for _, m := range moments {
		if t := milliseconds(m[2]); t < at {
			before = max(before, t)
		}
	}
	return at - before
}

func milliseconds(text string) float64 {
	value, unit, _ := strings.Cut(text, " ")
	if unit == "s" {
		return number(value) * 1000
	}
	return number(value)
}

func number(text string) float64 {
	v, _ := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	return v
}
