package checks

import (
	"strings"

	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/workshop"
)

// What the solution has, where mutants have something else.
const (
	awardInChoreography = `	first, err := s.first(ctx, o, "award")
	if err != nil || first == "revoke" {
		return err
	}
	_, err = s.call(ctx, "award", o.ID+".award", o)
	return err
`
	revokeInChoreography = `	first, err := s.first(ctx, o, "revoke")
	if err != nil || first == "revoke" {
		return err
	}
	if _, err := s.call(ctx, "award", o.ID+".award", o); err != nil {
		return err
	}
	_, err = s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`
	voidAndRevoke = `	if _, err := s.call(ctx, "void", o.ID+".award", o); err != nil {
		return err
	}
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`
	justAward = `	_, err := s.call(ctx, "award", o.ID+".award", o)
	return err
`
	goodHandler           = "	if e.Kind == \"restaurant_confirmed_order\" {\n"
	noteOnServer          = "	_, err := s.notes.Create(ctx, o.ID, []byte(news))\n"
	awardInOrchestration  = "	return s.cell.Call(ctx, \"award\", o, o.ID+\".award\")\n"
	voidInOrchestration   = "	if _, err := s.cell.Call(ctx, \"void\", o, o.ID+\".award\"); err != nil {\n		return kit.Answer{}, err\n	}\n"
	revokeInOrchestration = "	return s.cell.Call(ctx, \"revoke\", o, o.ID+\".revoke\")\n"
	beforeAward           = "// award books the points"
	importContext         = "	\"context\"\n"
)

var newsMutants = []workshop.Mutant{
	reordered("old news is no news", lateAndGood, "does not handle good news that is older than half a second",
		workshop.Edit{Old: goodHandler, New: goodHandler + `		if meta, err := m.Metadata(); err == nil && time.Since(meta.Timestamp) > 500*time.Millisecond {
			m.Ack()
			return
		}
`}),
	reordered("bad news waits for good news", neverConfirmed, "returns the bad news until the good news was handled: sometimes there is none",
		workshop.Edit{Old: revokeInChoreography, New: `	if _, err := s.notes.Get(ctx, o.ID); err != nil {
		return err // the good news was not here yet
	}
	if _, err := s.call(ctx, "award", o.ID+".award", o); err != nil {
		return err
	}
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`}),
	reordered("award it, then revoke it", neverConfirmed, "makes the award definite in any case: the customer has points for what no restaurant has confirmed",
		workshop.Edit{Old: "	if err != nil || first == \"revoke\" {\n		return err\n	}\n	if _, err", New: "	if err != nil || first == \"\" {\n		return err\n	}\n	if _, err"}),
	reordered("look, then call", bothAtOnce, "looks for a note of the bad news before the call; the bad news comes in between",
		workshop.Edit{Old: awardInChoreography, New: `	if _, err := s.notes.Get(ctx, o.ID); !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	_, err := s.call(ctx, "award", o.ID+".award", o)
	return err
`},
		workshop.Edit{Old: revokeInChoreography, New: `	if _, err := s.notes.Put(ctx, o.ID, []byte("revoke")); err != nil {
		return err
	}
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`}),
	reordered("begun is done", bothAtOnce, "takes an award that was begun for one that has happened, and revokes it at once",
		workshop.Edit{Old: "	if _, err := s.call(ctx, \"award\", o.ID+\".award\", o); err != nil {\n		return err\n	}\n", New: ""}),
	reordered("one at a time", goodNewsLimps, "locks, looks for a note and calls: what was sent under the lock may arrive after it",
		workshop.Edit{Old: awardInChoreography, New: `	lock.Lock()
	defer lock.Unlock()
	if _, err := s.notes.Get(ctx, o.ID); !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	_, err := s.call(ctx, "award", o.ID+".award", o)
	return err
`},
		workshop.Edit{Old: revokeInChoreography, New: `	lock.Lock()
	defer lock.Unlock()
	if _, err := s.notes.Put(ctx, o.ID, []byte("revoke")); err != nil {
		return err
	}
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`},
		workshop.Edit{Old: "// award is for the good", New: "var lock sync.Mutex\n\n// award is for the good"},
		workshop.Edit{Old: "	\"log\"\n", New: "	\"log\"\n	\"sync\"\n"}),
	reordered("notes in memory", startedBetween, "keeps what came first in a variable of the process",
		workshop.Edit{Old: noteOnServer, New: `	var err error
	if had, loaded := cameFirst.LoadOrStore(o.ID, news); loaded {
		return had.(string), nil
	}
`},
		workshop.Edit{Old: "// award is for the good", New: "var cameFirst sync.Map\n\n// award is for the good"},
		workshop.Edit{Old: "	\"log\"\n", New: "	\"log\"\n	\"sync\"\n"}),

	reordered("revoke, then void", bothAtOnce, "revokes first and closes the door then: the award came in between",
		workshop.Edit{Old: awardInChoreography, New: justAward}, workshop.Edit{Old: revokeInChoreography, New: `	if _, err := s.call(ctx, "revoke", o.ID+".revoke", o); err != nil {
		return err
	}
	_, err := s.call(ctx, "void", o.ID+".award", o)
	return err
`}),
	reordered("voided, most likely", goodNewsLimps, "takes a key for void though the call had an error",
		workshop.Edit{Old: awardInChoreography, New: justAward}, workshop.Edit{Old: revokeInChoreography, New: `	s.call(ctx, "void", o.ID+".award", o)
	_, err := s.call(ctx, "revoke", o.ID+".revoke", o)
	return err
`}),

	reordered("no answer, no award", lateAndGood, "voids the award's key when a call for it had no answer: a good order has no points",
		workshop.Edit{Old: awardInChoreography, New: `	if _, err := s.call(ctx, "award", o.ID+".award", o); err != nil {
		s.call(ctx, "void", o.ID+".award", o)
		return err
	}
	return nil
`}, workshop.Edit{Old: revokeInChoreography, New: voidAndRevoke}),
	reordered("revoked, most likely", bothAtOnce, "does not look whether the revocation had an error",
		workshop.Edit{Old: awardInChoreography, New: justAward},
		workshop.Edit{Old: revokeInChoreography, New: strings.Replace(voidAndRevoke, "	_, err := s.call(ctx, \"revoke\", o.ID+\".revoke\", o)\n	return err\n", "	s.call(ctx, \"revoke\", o.ID+\".revoke\", o)\n	return nil\n", 1)}),

	undone("one attempt is enough", lateAndGood, "answers each attempt but the first without a call",
		workshop.Edit{Old: awardInOrchestration, New: "	if activity.GetInfo(ctx).Attempt > 1 {\n		return kit.Answer{Outcome: \"blocked\", Reason: \"late\"}, nil\n	}\n" + awardInOrchestration}),
	undone("void another key", allWell, "voids the key of the revocation",
		workshop.Edit{Old: "s.cell.Call(ctx, \"void\", o, o.ID+\".award\")", New: "s.cell.Call(ctx, \"void\", o, o.ID+\".revoke\")"}),
	undone("a key for each attempt", badNewsFirst, "makes the award's key of the attempt, and voids the first",
		workshop.Edit{Old: awardInOrchestration, New: "	key := fmt.Sprint(o.ID, \".award.\", activity.GetInfo(ctx).Attempt)\n	return s.cell.Call(ctx, \"award\", o, key)\n"},
		workshop.Edit{Old: "s.cell.Call(ctx, \"void\", o, o.ID+\".award\")", New: "s.cell.Call(ctx, \"void\", o, o.ID+\".award.1\")"},
		workshop.Edit{Old: importContext, New: importContext + "	\"fmt\"\n"}),
	undone("award it, then revoke it", neverConfirmed, "makes the award definite in any case: the customer has points for what no restaurant has confirmed",
		workshop.Edit{Old: "s.cell.Call(ctx, \"void\", o, o.ID+\".award\")", New: "s.award(ctx, o)"}),
	undone("revoke, then void", bothAtOnce, "revokes first and closes the door then: the award came in between",
		workshop.Edit{Old: voidInOrchestration + revokeInOrchestration, New: `	a, err := s.cell.Call(ctx, "revoke", o, o.ID+".revoke")
	if err != nil {
		return a, err
	}
	_, err = s.cell.Call(ctx, "void", o, o.ID+".award")
	return a, err
`}),
	undone("voided, most likely", goodNewsLimps, "takes a key for void though the call had an error",
		workshop.Edit{Old: voidInOrchestration, New: "	s.cell.Call(ctx, \"void\", o, o.ID+\".award\")\n"}),
	undone("voided at the third try, or so", goodNewsLimps, "makes the call three times, and goes on whatever came of that",
		workshop.Edit{Old: voidInOrchestration, New: "	for range 3 {\n		if _, err := s.cell.Call(ctx, \"void\", o, o.ID+\".award\"); err == nil {\n			break\n		}\n	}\n"}),
	undone("look, then call", bothAtOnce, "looks for a note of the revocation before the call; the revocation comes in between",
		workshop.Edit{Old: awardInOrchestration, New: lookFirst + awardInOrchestration},
		workshop.Edit{Old: voidInOrchestration, New: "	revoked.Store(o.ID, true)\n"},
		workshop.Edit{Old: beforeAward, New: "var revoked sync.Map\n\n" + beforeAward},
		workshop.Edit{Old: "	\"log/slog\"\n", New: "	\"log/slog\"\n	\"sync\"\n"}),
	undone("one at a time", goodNewsLimps, "locks, looks for a note and calls: what was sent under the lock may arrive after it",
		workshop.Edit{Old: awardInOrchestration, New: "	lock.Lock()\n	defer lock.Unlock()\n" + lookFirst + awardInOrchestration},
		workshop.Edit{Old: voidInOrchestration, New: "	lock.Lock()\n	defer lock.Unlock()\n	revoked.Store(o.ID, true)\n"},
		workshop.Edit{Old: beforeAward, New: "var (\n	lock    sync.Mutex\n	revoked sync.Map\n)\n\n" + beforeAward},
		workshop.Edit{Old: "	\"log/slog\"\n", New: "	\"log/slog\"\n	\"sync\"\n"}),
	undone("notes in memory", startedBetween, "voids the key only of what this process has seen begin, and notes the rest in a variable",
		workshop.Edit{Old: awardInOrchestration, New: lookFirst + "	begun.Store(o.ID, true)\n" + awardInOrchestration},
		workshop.Edit{Old: voidInOrchestration, New: "	revoked.Store(o.ID, true)\n	if _, was := begun.Load(o.ID); was {\n		if _, err := s.cell.Call(ctx, \"void\", o, o.ID+\".award\"); err != nil {\n			return kit.Answer{}, err\n		}\n	}\n"},
		workshop.Edit{Old: beforeAward, New: "var begun, revoked sync.Map\n\n" + beforeAward},
		workshop.Edit{Old: "	\"log/slog\"\n", New: "	\"log/slog\"\n	\"sync\"\n"}),
}

// lookFirst is what mutants do before they award.
const lookFirst = `	if _, is := revoked.Load(o.ID); is {
		return kit.Answer{Outcome: "blocked", Reason: "revoked"}, nil
	}
`

func reordered(name, scenario, sentence string, edits ...workshop.Edit) workshop.Mutant {
	return mutant(record.Choreography, "choreography/loyalty.go", name, scenario, sentence, edits)
}

func undone(name, scenario, sentence string, edits ...workshop.Edit) workshop.Mutant {
	return mutant(record.Orchestration, "orchestration/loyalty.go", name, scenario, sentence, edits)
}
