package checks

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/sagabench/sagabench/workshop"
)

// A grid is a table of ways to do something, and of the situations in which each goes
// wrong. A learner is asked about some of its rows.
type grid struct {
	name       string   // before the names of the questions
	about      string   // what is asked, above the letters
	ask        string   // of a way
	situations []string // columns
	ways       []way
	draws      uint64 // makes the drawing another one than that of other exercises
}

// A way is a row of a grid.
type way struct {
	is    string
	wrong []int // indices of situations
}

// rowsAsked is how many ways a learner is asked about.
const rowsAsked = 5

// spices name the questions, differently for each learner.
var spices = []string{
	"anise", "basil", "caraway", "cardamom", "chive", "clove", "cumin", "dill", "fennel", "ginger",
	"laurel", "mace", "mint", "nutmeg", "oregano", "paprika", "pepper", "saffron", "sage", "thyme",
}

// asks is a grid as one learner is asked.
type asks struct {
	draw    *rand.Rand
	letters []string // by situation
	legend  []string // a line each
}

// asked draws which letter stands for which situation.
func (g grid) asked(learner uint64) asks {
	a := asks{draw: rand.New(rand.NewPCG(learner, g.draws)), letters: make([]string, len(g.situations))}
	for i, s := range a.draw.Perm(len(g.situations)) {
		a.letters[s] = string(rune('a' + i))
		a.legend = append(a.legend, fmt.Sprintf("  %s  %s", a.letters[s], g.situations[s]))
	}
	return a
}

// preface is what the letters stand for.
func (g grid) preface(learner uint64) string {
	return g.about + "\n" + strings.Join(g.asked(learner).legend, "\n") + "\n" + "Answer with the letters, such as bd, or with none."
}

// questions are about five ways. Which ones, under which names, and which letter stands
// for which situation follows from the learner's seed.
func (g grid) questions(learner uint64) (all []workshop.Question) {
	a := g.asked(learner)
	names := a.draw.Perm(len(spices))
	for i, w := range a.draw.Perm(len(g.ways))[:rowsAsked] {
		way := g.ways[w]
		answer := lettersOf(way.wrong, a.letters)
		all = append(all, workshop.Question{
			Key: g.name + "." + spices[names[i]], Ask: fmt.Sprintf(g.ask, way.is), Want: answer,
			Why: fmt.Sprintf("%s: wrong in %s", way.is, wrongIn(answer)),
		})
	}
	return all
}

// wrongIn is an answer in a sentence.
func wrongIn(answer string) string {
	if answer == lettersOf(nil, nil) {
		return "no situation: it is right"
	}
	return answer
}

// lettersOf writes down an answer.
func lettersOf(wrong []int, letters []string) string {
	if len(wrong) == 0 {
		return "none"
	}
	var all []string
	for _, s := range wrong {
		all = append(all, letters[s])
	}
	slices.Sort(all)
	return strings.Join(all, "")
}
