package main

import (
	"maps"
	"slices"
	"testing"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/record"
	"github.com/sagabench/sagabench/internal/durability"
)

// What the servers report of themselves at a durability. TestServersReadTheirSettingsBack
// holds these words against real ones.
func reportedAt(level durability.Level) map[string]map[string]string {
	sqlite := map[durability.Level]map[string]string{
		durability.Memory:  {"journal_mode": "memory", "synchronous": "2", "fullfsync": "0"},
		durability.Process: {"journal_mode": "wal", "synchronous": "0", "fullfsync": "0"},
		durability.Power:   {"journal_mode": "wal", "synchronous": "2", "fullfsync": "1"},
	}[level]
	sqlite["history_shards"], sqlite["history.timerprocessormaxtimeshift"] = "1", "1ms"
	always := map[bool]string{false: "false", true: "true"}[level == durability.Power]
	return map[string]map[string]string{
		record.Choreography:  {"sync_always": always, "sync_interval": "2m0s"},
		record.Orchestration: sqlite,
	}
}

func quickAt(t *testing.T, level durability.Level) plan.Plan {
	t.Helper()
	p, _, err := plan.Find("quick", []string{record.Choreography, record.Orchestration})
	if err != nil {
		t.Fatal(err)
	}
	p.Durability = level
	return p
}

func bySetting(rows []record.Parity) map[string]record.Parity {
	m := map[string]record.Parity{}
	for _, r := range rows {
		m[r.Setting] = r
	}
	return m
}

// Servers that run as they were asked to promise the same, and every row is known.
func TestBothSidesAreGivenTheSamePromise(t *testing.T) {
	for _, level := range durability.Levels {
		rows := parity(quickAt(t, level), nil, reportedAt(level))
		for _, r := range rows {
			for style, value := range r.Values {
				if value == record.Unknown || r.From == "" || r.Group == "" || !r.Equal && r.Note == "" {
					t.Errorf("%s, %s: %+v", level, style, r)
				}
			}
		}
		if p := bySetting(rows)[durabilityRow]; !p.Equal || p.Values[record.Choreography] != string(level) {
			t.Errorf("%s: %+v", level, p)
		}
	}
}

// The table follows what the servers report, not what they were asked for.
func TestParityFollowsWhatServersReport(t *testing.T) {
	for name, test := range map[string]struct {
		level               durability.Level
		style, setting, was string
	}{
		"NATS does not sync":          {durability.Power, record.Choreography, "sync_always", "false"},
		"NATS syncs always":           {durability.Process, record.Choreography, "sync_always", "true"},
		"SQLite syncs at checkpoints": {durability.Power, record.Orchestration, "synchronous", "1"},
		"SQLite does not sync":        {durability.Power, record.Orchestration, "synchronous", "0"},
		"SQLite syncs each commit":    {durability.Process, record.Orchestration, "synchronous", "2"},
		"SQLite is in memory":         {durability.Process, record.Orchestration, "journal_mode", "memory"},
		"SQLite reports nonsense":     {durability.Process, record.Orchestration, "synchronous", "?"},
	} {
		t.Run(name, func(t *testing.T) {
			reported := reportedAt(test.level)
			before := bySetting(parity(quickAt(t, test.level), nil, reported))
			reported[test.style][test.setting] = test.was
			after := bySetting(parity(quickAt(t, test.level), nil, reported))
			if p := after[durabilityRow]; p.Equal || p.Note == "" {
				t.Errorf("promises are still equal: %+v", p)
			}
			if now, then := after["syncs to keep that"].Values[test.style], before["syncs to keep that"].Values[test.style]; now == then {
				t.Errorf("syncs are still %q", now)
			}
		})
	}
	// At durability process more syncs are a difference that promises nothing.
	reported := reportedAt(durability.Process)
	reported[record.Orchestration]["synchronous"] = "1"
	rows := bySetting(parity(quickAt(t, durability.Process), nil, reported))
	if got := rows["syncs to keep that"].Values[record.Orchestration]; !rows[durabilityRow].Equal || got != "at checkpoints: SQLite, wal, synchronous=NORMAL" {
		t.Errorf("syncs at checkpoints are %q, promises %+v", got, rows[durabilityRow])
	}
}

// On macOS a plain fsync leaves data in the drive's cache, which a loss of power empties.
func TestFullSyncsOnMacOS(t *testing.T) {
	pragma := reportedAt(durability.Power)[record.Orchestration]
	if level, _ := sqliteKeeps(pragma, "darwin"); level != "power" {
		t.Errorf("with full syncs it keeps %s", level)
	}
	pragma["fullfsync"] = "0"
	if level, _ := sqliteKeeps(pragma, "darwin"); level != "process" {
		t.Errorf("without full syncs it keeps %s", level)
	}
	if level, _ := sqliteKeeps(pragma, "linux"); level != "power" {
		t.Errorf("elsewhere it keeps %s", level)
	}
}

// There is no row that would be equal whatever a style was given, or that is known of a
// server that never started.
func TestEveryRowCanBeUnequal(t *testing.T) {
	p := quickAt(t, durability.Process)
	for _, r := range parity(p, nil, nil) {
		if s := settings(p)[slices.IndexFunc(settings(p), func(s setting) bool { return s.name == r.Setting })]; s.server && s.from == record.FromServer && (r.Equal || r.Values[record.Choreography] != record.Unknown) {
			t.Errorf("known without a server: %+v", r)
		}
	}
	i := slices.IndexFunc(engines, func(e engine) bool { return e.style == record.Orchestration })
	given := engines[i].given
	t.Cleanup(func() { engines[i].given = given })
	engines[i].given = func(p plan.Plan, server map[string]string) map[string]string {
		m := maps.Clone(given(p, server))
		for name := range m {
			m[name] += " and more"
		}
		return m
	}
	for _, r := range parity(p, nil, reportedAt(durability.Process)) {
		if r.Equal {
			t.Errorf("equal although the sides differ: %+v", r)
		}
	}
}

// A style that does not take part has no column.
func TestParityIsOfThePlansStyles(t *testing.T) {
	p := quickAt(t, durability.Process)
	p.Styles = []string{record.Orchestration, record.Baseline}
	for _, r := range parity(p, nil, reportedAt(durability.Process)) {
		if len(r.Values) != 1 || r.Values[record.Orchestration] == "" {
			t.Errorf("%+v", r)
		}
	}
}
