package checks

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/bench/variants"
)

// What a plan has: two styles, a quiet lunch and a dinner at which things happen.
func friday(seed int, more string, scenarios ...string) string {
	return fmt.Sprintf(`name: friday
styles: [choreography, orchestration]
seed: %d
policy: {attempts: 4, first_backoff: 60ms, max_backoff: 200ms, call_timeout: 1s, redelivery: 2s}
%sscenarios:
  - {name: lunch, rate: 12, during: 2s, warmup: 500ms}
  - %s
`, seed, more, strings.Join(scenarios, "\n  - "))
}

func dinner(faults ...string) string {
	return fmt.Sprintf(`{name: dinner, rate: 12, during: 2500ms, faults: ['%s']}`, strings.Join(faults, "', '"))
}

const (
	noKitchen = "restaurant.confirm:refuse@15%"
	noCourier = "delivery.assign:refuse@20%"
	noMoney   = "payment.charge:refuse@12%"
)

// unknownTo makes calls of a style take a time that no plan knows of.
func unknownTo(style, serviceTime string) []variants.Edit {
	return []variants.Edit{{
		File: "internal/twins/worker.go", Old: "	t := j.Traffic()\n",
		New: fmt.Sprintf("	if j.Style == %q || %q == \"both\" {\n		j.Env.ServiceTime = %q\n	}\n	t := j.Traffic()\n", style, style, serviceTime),
	}}
}

var recipes = slices.Concat(brokenRuns, slowRuns, lyingRuns)
