package plan

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/durability"
)

// Read reads a plan's YAML text; styles are those that there are. The error is
// everything that is wrong with it, a line each, in the form file:line: what.
// What a plan leaves out is as it is for a load described by flags.
func Read(name string, text []byte, styles []string) (Plan, error) {
	p := Plan{
		Styles: []string{record.Choreography, record.Orchestration}, Repeats: 1, Durability: durability.Process,
		Seed: 1, Policy: food.DefaultPolicy, Known: styles,
	}
	s := &strictYAML{name: name, key: "plan"}
	if root := s.parse(text); root != nil {
		s.plan(&p, root)
	}
	// A value that could not be read needs no second complaint about what
	// stands in its stead.
	unread := map[place]bool{}
	for _, b := range s.bad {
		unread[b.at] = true
	}
	if p.at != nil {
		s.bad = append(s.bad, slices.DeleteFunc(p.problems(), func(b problem) bool { return unread[b.at] })...)
	}
	return p, joined(s.bad)
}

func (s *strictYAML) plan(p *Plan, n *yaml.Node) {
	p.at = s.mapping(n, "plan", map[string]reader{
		"name":       s.text(&p.Name),
		"summary":    s.text(&p.Summary),
		"styles":     s.styles(&p.Styles, p.Known),
		"repeats":    s.whole(&p.Repeats),
		"durability": choice(s, &p.Durability, durability.Levels),
		"seed":       scalar(s, &p.Seed, "!!int", "a whole number from 0 on", parseSeed),
		"policy":     func(n *yaml.Node) { s.policy(&p.Policy, n) },
		"budget":     s.time(&p.Budget),
		"thresholds": list(s, &p.Thresholds, s.text),
		"compare":    s.each(func(n *yaml.Node) { s.pair(&p.Compare, n) }),
		"scenarios":  s.each(func(n *yaml.Node) { p.Scenarios = append(p.Scenarios, s.scenario(n, p.Known)) }),
	}, "name", "scenarios")
	s.uselessStyles(*p)
}

func parseSeed(v string) (uint64, error) { return strconv.ParseUint(v, 10, 64) }

// uselessStyles finds scenarios that no style of the plan would run.
func (s *strictYAML) uselessStyles(p Plan) {
	for _, sc := range p.Scenarios {
		if sc.Styles != nil && !slices.ContainsFunc(sc.Styles, func(style string) bool { return slices.Contains(p.Styles, style) }) {
			s.bad = append(s.bad, sc.problem("styles", "none of its styles is one of the plan's, %s", strings.Join(p.Styles, ", ")))
		}
	}
}

func (s *strictYAML) policy(p *food.Policy, n *yaml.Node) {
	s.mapping(n, "policy", map[string]reader{
		"attempts":      s.whole(&p.Attempts),
		"undo_attempts": s.whole(&p.UndoAttempts),
		"first_backoff": s.time(&p.FirstBackoff),
		"max_backoff":   s.time(&p.MaxBackoff),
		"call_timeout":  s.time(&p.CallTimeout),
		"redelivery":    s.time(&p.Redelivery),
		"concurrency":   s.whole(&p.Concurrency),
	})
}

func (s *strictYAML) scenario(n *yaml.Node, known []string) Scenario {
	sc := Scenario{Kind: record.KindCustom}
	arrivals, load := constant, "rate"
	if has(n, "in_flight") || hasValue(n, "kind", record.KindCeiling) {
		load = "in_flight"
	}
	sc.at = s.mapping(n, "scenario", map[string]reader{
		"name":      s.text(&sc.Name),
		"kind":      choice(s, &sc.Kind, record.Kinds),
		"rate":      s.rate(&sc),
		"during":    s.time(&sc.During),
		"warmup":    s.time(&sc.Warmup),
		"arrivals":  choice(s, &arrivals, []string{constant, poisson}),
		"faults":    list(s, &sc.Faults, s.text),
		"styles":    s.styles(&sc.Styles, known),
		"last_only": s.truth(&sc.LastOnly),

		"bound": s.time(&sc.Bound),
		"rungs": s.whole(&sc.Rungs),

		"in_flight": s.whole(&sc.InFlight),

		"durability":   choice(s, &sc.Durability, durability.Levels),
		"concurrency":  s.whole(&sc.Concurrency),
		"service_time": s.text(&sc.ServiceTime),
		"activities":   choice(s, &sc.Activities, []string{record.RemoteActivities, record.LocalActivities}),
		"server":       choice(s, &sc.Server, []string{record.TunedServer, record.UntunedServer}),
		"world":        choice(s, &sc.World, record.Worlds),
	}, "name", load, "during")
	sc.Random = arrivals == poisson
	if sc.Kind == record.KindLadder && sc.Rungs == 0 {
		sc.Rungs = usualRungs
	}
	return sc
}

// How orders arrive.
const (
	constant = "constant"
	poisson  = "poisson"
)

func (s *strictYAML) pair(into *[][2]string, n *yaml.Node) {
	var names []string
	list(s, &names, s.text)(n)
	if n.Kind == yaml.SequenceNode && len(names) != 2 {
		s.unfit(n, "want two scenarios, as in [a, b]")
	}
	if len(names) == 2 {
		*into = append(*into, [2]string{names[0], names[1]})
	}
}

func (s *strictYAML) styles(into *[]string, known []string) reader {
	return func(n *yaml.Node) {
		*into = nil
		list(s, into, func(style *string) reader { return choice(s, style, known) })(n)
		if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
			s.unfit(n, "no style")
		}
	}
}

// rate reads orders per second, or a share of what the style can do.
func (s *strictYAML) rate(sc *Scenario) reader {
	return func(n *yaml.Node) {
		if v, ok := strings.CutSuffix(n.Value, "%"); ok {
			var percent float64
			scalar(s, &percent, "", "a share of the style's own capacity, such as 50%", func(string) (float64, error) { return strconv.ParseFloat(v, 64) })(n)
			sc.Share = percent / 100
			return
		}
		scalar(s, &sc.Rate, "", "orders per second such as 20, or a share of the style's own capacity such as 50%", parseRate)(n)
	}
}

func parseRate(v string) (float64, error) { return strconv.ParseFloat(strings.TrimSuffix(v, "/s"), 64) }
