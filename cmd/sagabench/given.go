package main

import (
	"fmt"
	"maps"
	"runtime"
	"strings"

	"github.com/sagabench/sagabench/bench/plan"
	"github.com/sagabench/sagabench/bench/world"
	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
	"github.com/sagabench/sagabench/internal/twins"
)

// What each style states for the parity table, in the words of [settings].

func choreographyGiven(p plan.Plan, server map[string]string) map[string]string {
	m := twins.Choreography.Given(p.Policy)
	maps.Copy(m, ours(p))
	maps.Copy(m, map[string]string{
		"copies of what is stored":           "1", // of each stream and consumer, on a cluster too
		"attempts when the server is killed": "delivery counts of the last moments are lost",
		"late replies":                       "a late ack is accepted",
		"a call that has been made":          "its ack is sent and not waited for; the server stores it later",
		"what the engine keeps":              "each event, once",
		"wire format":                        "JSON in NATS messages",
		"queues":                             "one durable consumer per service",
		"local activities":                   "has none",
	})
	if server == nil {
		return m
	}
	m["server tuning"] = "defaults"
	always := server["sync_always"] == "true"
	switch {
	case p.Durability == durability.Memory: // the streams are, whatever the server does with files
		m[durabilityRow], m["syncs to keep that"] = "memory", "none: streams in memory"
	case always:
		m[durabilityRow], m["syncs to keep that"] = "power", "each write of a stream, before it is answered"
	default:
		m[durabilityRow], m["syncs to keep that"] = "process", "none before an answer; files every "+server["sync_interval"]
	}
	return m
}

func orchestrationGiven(p plan.Plan, server map[string]string) map[string]string {
	m := twins.Orchestration.Given(p.Policy)
	maps.Copy(m, ours(p))
	maps.Copy(m, map[string]string{
		"copies of what is stored":           "1", // SQLite's file
		"attempts when the server is killed": "counted in the workflow's state",
		"late replies":                       "a late completion is refused",
		"a call that has been made":          "its completion is answered when it is stored",
		"what the engine keeps":              "each order's whole history",
		"wire format":                        "JSON payloads in gRPC",
		"queues":                             "one task queue per service, one for workflows",
		"local activities":                   "where a scenario asks for them",
	})
	if server == nil {
		return m
	}
	m["server tuning"] = tunedBy(server)
	m[durabilityRow], m["syncs to keep that"] = sqliteKeeps(server, runtime.GOOS)
	return m
}

// ours is what this program does for every style alike.
func ours(p plan.Plan) map[string]string {
	m := map[string]string{
		"server's process":                          fmt.Sprintf("its own, on 127.0.0.1, fresh for each block, GOGC=%d as worker and harness; CPU time, memory and disk measured", command.GCPercent),
		"syncs of the ledger, the instrument's own": "none: in memory",
	}
	if sync := world.SyncOf(p.Durability); sync != "" {
		m["syncs of the ledger, the instrument's own"] = "SQLite, wal, synchronous=" + string(sync)
	}
	return m
}

// sqliteKeeps is what a database promises by its pragmas, and what it syncs for that.
func sqliteKeeps(pragma map[string]string, system string) (level, syncs string) {
	journal := pragma["journal_mode"]
	if journal == "memory" {
		return "memory", "none: SQLite in memory"
	}
	full := system != "darwin" || pragma["fullfsync"] == "1"
	switch pragma["synchronous"] {
	case "0":
		return "process", "none: SQLite, " + journal + ", synchronous=OFF"
	case "1":
		return "process", "at checkpoints: SQLite, " + journal + ", synchronous=NORMAL"
	case "2", "3":
		if !full {
			return "process", "each commit, to the drive's cache: SQLite, " + journal + ", synchronous=FULL without fullfsync"
		}
		return "power", "each commit, before it is answered: SQLite, " + journal + ", synchronous=FULL"
	}
	return "", ""
}

// tunedBy is what a Temporal server reports of its tuning, in words.
func tunedBy(server map[string]string) string {
	var set []string
	for _, of := range []struct{ name, words string }{
		{"history_shards", "%s history shard"},
		{"matching.numtaskqueuereadpartitions", "%s partition a queue"},
		{"history.timerprocessormaxtimeshift", "timers exact to %s"},
		{"history.transferprocessormaxpollrps", "queues polled %s times a second"},
		{"frontend.rps", "%s requests a second allowed"},
	} {
		if value := server[of.name]; value != "" {
			set = append(set, fmt.Sprintf(of.words, value))
		}
	}
	return strings.Join(set, ", ")
}
