package fault

import "github.com/sagabench/sagabench/food"

// Picks returns the rules that will hit an action of an order, in order of
// precedence. It leaves out outages, which hit whoever comes at the time.
func (p *Plan) Picks(order string, s food.Service, a food.Action) (hit []Rule) {
	for _, r := range p.rules {
		if r.Kind != Outage && r.Targets(s, a) && p.share(r, order, a) < r.Percent {
			hit = append(hit, r)
		}
	}
	return hit
}
