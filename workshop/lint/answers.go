package lint

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// YourAnswers is the last scenario of an exercise with questions.
const YourAnswers = "your answers"

// others are learners whose answers must not do.
const others = 5

// answers proves that the right answers pass, and that each wrong one fails alone, and
// those of another learner.
func (p *proving) answers(style string) []proof {
	if p.exercise.Questions == nil {
		return nil
	}
	when := func(what string, a workshop.Answers, scenario string) try {
		return func(ctx context.Context) (string, error) {
			r, err := p.check(ctx, p.solved, style, YourAnswers, 1, a)
			if wrong := must(r, scenario); wrong != "" {
				return what + " " + wrong, err
			}
			return "", err
		}
	}
	right := proof{exercise: p.exercise, style: style, what: "right answers pass", tries: []try{when("the file", p.right, "")}}
	single := proof{exercise: p.exercise, style: style, what: "each wrong answer fails"}
	for _, q := range p.questions {
		for _, w := range wrong(q) {
			a := maps.Clone(p.right)
			a[q.Key] = w
			single.tries = append(single.tries, when(fmt.Sprintf("%s: %s", q.Key, w), a, YourAnswers))
		}
	}
	copied := proof{exercise: p.exercise, style: style, what: "answers of another learner fail"}
	for n := range uint64(others) {
		a := wants(p.exercise.Questions(learner + 1 + n))
		copied.tries = append(copied.tries, when(fmt.Sprintf("the file of learner %d", learner+1+n), a, YourAnswers))
	}
	return []proof{right, single, copied}
}

// wrong are wrong answers to a question: all other choices, or what is near.
func wrong(q workshop.Question) (all []string) {
	for _, c := range q.Choices {
		if !strings.EqualFold(strings.TrimSpace(c), q.Want) {
			all = append(all, c)
		}
	}
	if len(q.Choices) > 0 {
		return all
	}
	return []string{q.Want + "1", "x" + q.Want, "0" + q.Want, "?"}
}

func wants(all []workshop.Question) workshop.Answers {
	a := workshop.Answers{}
	for _, q := range all {
		a[q.Key] = q.Want
	}
	return a
}
