package checks

import "github.com/sagabench/sagabench/workshop"

// The situations in which a wrong guard shows: a customer keeps points of an order that is
// off, or has none of one that is not, or nothing ends.
const (
	lateAlone   = iota // the good news late, and no bad news
	badFirst           // the bad news, then the good
	badAlone           // the bad news, and never any good
	badDuring          // the bad news while the call for the good one is under way
	limping            // the call for the good news times out, and takes effect when all is over
	badThenDied        // the bad news, a new program, then the good
)

func newsPreface(learner uint64) string { return guards.preface(learner) }

func newsQuestions(learner uint64) []workshop.Question { return guards.questions(learner) }

// guards are ways to see that the bad news wins. All calls have right keys.
var guards = grid{
	name: "guard", draws: 6,
	about: "Five guards of a service that awards points for good news and revokes them for bad news. All its calls have " +
		"right keys. In which of these situations does each of them go wrong: a customer keeps points of an order that " +
		"is off, has none of one that is not, or has some that were never earned, or nothing ends?",
	ask: "The guard: %s.",
	situations: []string{
		lateAlone:   "the good news comes late, and no bad news ever",
		badFirst:    "the bad news comes first, and the good news a second later",
		badAlone:    "the bad news comes for an order that was cancelled before its restaurant confirmed it: there is no good news, and there never will be",
		badDuring:   "the bad news comes while the call for the good news is under way",
		limping:     "the call for the good news has no answer in time; the bad news comes and is handled, and then that first request takes effect",
		badThenDied: "the bad news comes, the program is started anew, and then the good news comes",
	},
	ways: []way{
		{"none", []int{badFirst, badDuring, limping, badThenDied}},
		{"the messages of an order are handled one after the other", []int{badFirst, limping, badThenDied}},
		{"a note in memory that the bad news came, at which the handler of the good news looks before its call", []int{badDuring, limping, badThenDied}},
		{"a note in memory, at which the handler of the good news looks, and the messages of an order are handled one after the other", []int{limping, badThenDied}},
		{"a note in a bucket that the bad news came, at which the handler of the good news looks before its call", []int{badDuring, limping}},
		{"a note in a bucket, at which the handler of the good news looks, and the messages of an order are handled one after the other", []int{limping}},
		{"the bad news is returned unhandled until there is a note in a bucket that the call for the good news had its answer", []int{badAlone}},
		{"the bad news is handled by making the call for the good news, under its key, and then taking it back", []int{badAlone}},
		{"the bad news voids the key of the good news at the programme, and then takes back what was done", nil},
		{"whichever news comes first creates the same entry in a bucket; bad news that comes second makes the good call again, under its key, and takes it back", nil},
		{"good news is not handled when its message is delivered for the second time, or its activity is at its second attempt", []int{lateAlone, badDuring, limping}},
		{"the workflow starts the undo when the activity for the good news has had its answer, however many attempts that takes", nil},
	},
}
