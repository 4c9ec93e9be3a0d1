package checks

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sagabench/sagabench/food"
	"github.com/sagabench/sagabench/internal/flow"
	"github.com/sagabench/sagabench/internal/twins"
	"github.com/sagabench/sagabench/workshop"
)

type asker = func(learner uint64) []workshop.Question

var (
	participantLine = regexp.MustCompile(`Service: "([a-z]+)"`)
	reactionLine    = regexp.MustCompile(`"([a-z_]+)": +\{Does: "([a-z-]+)"(?:, Done: "([a-z_]+)")?(?:, Rejected: "([a-z_]+)")?\}`)
)

// flowOfFiles is the flow that the participants' files make up.
func flowOfFiles(files map[string][]byte) flow.Flow {
	var reactions []flow.Reaction
	for _, file := range slices.Sorted(maps.Keys(files)) {
		text := string(files[file])
		service := participantLine.FindStringSubmatch(text)
		if !strings.Contains(file, "choreography/") || service == nil {
			continue
		}
		for _, m := range reactionLine.FindAllStringSubmatch(text, -1) {
			reactions = append(reactions, flow.Reaction{
				Service: food.Service(service[1]), On: m[1], Call: food.Action(m[2]),
				Then: map[flow.Answer]string{flow.Done: m[3], flow.Refused: m[4], flow.GaveUp: m[4]},
			})
		}
	}
	return flow.FromReactions([]flow.Source{
		{Point: flow.OrderPlaced, What: "order_placed"},
		{Point: flow.CustomerCancels, What: "cancellation_requested"},
		{Point: flow.PersonResolves, What: "escalation_resolved"},
	}, reactions, nil)
}

// What learners are to mend a flow to is that of the reference, and none of the broken ones
// is.
func TestEdges(t *testing.T) {
	reference := twins.Choreography.Flow()
	if d := flow.Diff(reference, flowOfFiles(edge.Solution())); len(d) > 0 {
		t.Errorf("the solution is not the reference: %q", d[0].Text("reference", "solution"))
	}
	workflow := string(edge.Solution()[edgeFolder+"/"+edgeWorkflow])
	had := map[int]bool{}
	for learner := range uint64(300) {
		broken := edgeOf(learner)
		files, err := edgeSeeded(learner)
		if err != nil {
			t.Fatal(err)
		}
		had[slices.IndexFunc(brokenEdges, func(b brokenEdge) bool {
			return b.event == broken.event && b.participant == broken.participant
		})] = true
		if d := flow.Diff(reference, flowOfFiles(files)); len(d) == 0 {
			t.Errorf("%s of %s: the choreography is as it should be", broken.event, broken.participant)
		}
		if string(files[edgeWorkflow]) == workflow {
			t.Errorf("%s of %s: the workflow is as it should be", broken.event, broken.participant)
		}
	}
	if len(had) != len(brokenEdges) {
		t.Errorf("%d of %d broken edges were drawn", len(had), len(brokenEdges))
	}
}

// In each half-finished order all that is missing, by the healthy flow, is a call of that
// service.
func TestHalfOrders(t *testing.T) {
	healthy := twins.Choreography.Flow()
	for learner := range uint64(200) {
		for _, h := range halfOrders(learner) {
			due := map[food.Action]bool{food.Charge: true}
			for _, row := range h.rows {
				call, answer, _ := strings.Cut(row, " ")
				for _, e := range healthy.Edges {
					if string(e.Call) == call && slices.Contains(e.Answers, flow.Answer(answer)) {
						for _, next := range e.Then {
							due[next] = true
						}
					}
				}
			}
			for _, row := range h.rows {
				call, _, _ := strings.Cut(row, " ")
				if !due[food.Action(call)] {
					t.Errorf("%q: nothing leads to %s", h.rows, call)
				}
				delete(due, food.Action(call))
			}
			if len(due) != 1 || !slices.Contains(food.Actions[h.service], slices.Collect(maps.Keys(due))[0]) {
				t.Errorf("%q: due are %v, want a call of %s", h.rows, due, h.service)
			}
		}
	}
}
