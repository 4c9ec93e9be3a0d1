package checks

import "testing"

// Fates that were thought through by hand.
func TestFates(t *testing.T) {
	for c, want := range map[handlerCase]string{
		{"cpa", 1, true}:  ends,
		{"cpa", 2, false}: ends,
		{"cpa", 3, false}: ends,
		{"cap", 1, true}:  ends,
		{"cap", 2, true}:  stands,
		{"cap", 2, false}: stands,
		{"acp", 1, true}:  stands,
		{"acp", 2, false}: stands,
		{"acp", 3, false}: ends,
		{"apc", 1, true}:  stands,
		{"apc", 2, true}:  untrue,
		{"apc", 3, false}: untrue,
		{"pca", 1, true}:  ends,
		{"pca", 2, false}: untrue,
		{"pac", 1, true}:  ends,
		{"pac", 2, true}:  untrue,
		{"pac", 1, false}: untrue,
	} {
		if got := c.fate(); got != want {
			t.Errorf("%s: %s, want %s", c.text(), got, want)
		}
	}
}

func TestLeft(t *testing.T) {
	type left struct{ money, ticket bool }
	for c, want := range map[cancelCase]left{
		{before: true, detached: true, during: "charge"}:                  {},
		{before: true, detached: true, during: "confirm"}:                 {},
		{before: false, detached: true, during: "charge"}:                 {money: true},
		{before: false, detached: true, during: "confirm"}:                {ticket: true},
		{before: false, detached: true, during: "assign"}:                 {},
		{before: true, detached: false, during: "charge"}:                 {money: true},
		{before: true, detached: false, during: "confirm"}:                {true, true},
		{before: false, detached: false, during: "assign"}:                {true, true},
		{before: false, detached: false, during: "assign", refused: true}: {},
		{before: true, detached: false, during: "confirm", refused: true}: {},
	} {
		if money, ticket := c.left(); (left{money, ticket}) != want {
			t.Errorf("%s: money %v, ticket %v, want %+v", c.text(), money, ticket, want)
		}
	}
}

// Among so many learners hardly two have the same answers.
func TestAnswersHardlyMeet(t *testing.T) {
	const learners = 2000 // two million pairs: with 20 bits two of them meet
	for number, questions := range map[int]asker{2: edgeQuestions, 4: dieQuestions} {
		met, same := 0, map[string]int{}
		for learner := range uint64(learners) {
			all := ""
			for _, q := range questions(learner) {
				all += q.Want + "|"
			}
			met += same[all]
			same[all]++
		}
		if met > 6 {
			t.Errorf("exercise %d: %d pairs of learners have the same answers", number, met)
		}
	}
}
