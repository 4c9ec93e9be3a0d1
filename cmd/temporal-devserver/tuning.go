package main

import (
	"fmt"
	"maps"
	"time"

	dc "go.temporal.io/server/common/dynamicconfig"
)

// The server's defaults suit hundreds of shards on many hosts. Here is one shard
// on one host, and these are the defaults that would be measured in place of the
// server. None of them weakens a durability.
const (
	// pollRPS is how often a queue inside the history service may look for new
	// tasks, and there is one such queue per shard and kind of task. At the default
	// of 20, and with the one shard that SQLite allows, every step of a workflow
	// waits up to 100 ms for its turn: 400 ms for an order of four steps.
	pollRPS = 1000

	// timerShift is how far ahead of the clock a shard reads its timers. A timer
	// that is set closer than that fires late. At the default of a second no
	// activity is retried sooner than a second after it failed, whatever its retry
	// policy says.
	timerShift = time.Millisecond

	// partitions of a task queue spread it over hosts. There is one host, and with
	// the default of 4 a task and a poller that miss each other cost 20 % more CPU.
	partitions = 1

	// noLimit is for limits on requests. What is measured is the server, not its
	// protection from its clients.
	noLimit = 1_000_000
)

// Without effect above the noise of measurement, and so left alone: the page
// cache and checkpoints of SQLite, transition histories, concurrent I/O of the
// shard, the worker service (under 1 % of a core when idle). More than one
// connection to SQLite makes it worse: transactions collide and are tried again.
var tuned = dc.StaticClient{
	dc.TransferProcessorMaxPollRPS.Key():   pollRPS,
	dc.TimerProcessorMaxPollRPS.Key():      pollRPS,
	dc.VisibilityProcessorMaxPollRPS.Key(): pollRPS,

	dc.TimerProcessorMaxTimeShift.Key(): timerShift,

	dc.MatchingNumTaskqueueReadPartitions.Key():  partitions,
	dc.MatchingNumTaskqueueWritePartitions.Key(): partitions,

	dc.FrontendRPS.Key():                                         noLimit,
	dc.FrontendMaxNamespaceRPSPerInstance.Key():                  noLimit,
	dc.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        noLimit,
	dc.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): noLimit,
	dc.FrontendPersistenceMaxQPS.Key():                           noLimit,
	dc.HistoryRPS.Key():                                          noLimit,
	dc.HistoryPersistenceMaxQPS.Key():                            noLimit,
	dc.MatchingRPS.Key():                                         noLimit,
	dc.MatchingPersistenceMaxQPS.Key():                           noLimit,
	dc.WorkerPersistenceMaxQPS.Key():                             noLimit,
	dc.VisibilityPersistenceMaxReadQPS.Key():                     noLimit,
	dc.VisibilityPersistenceMaxWriteQPS.Key():                    noLimit,
}

// official is what "temporal server start-dev" sets, as far as it concerns
// workflows.
var official = dc.StaticClient{
	dc.HistoryCacheHostLevelMaxSize.Key():                 8096,
	dc.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
	dc.FrontendPersistenceMaxQPS.Key():                    10_000,
	dc.HistoryPersistenceMaxQPS.Key():                     45_000,
	dc.ForceSearchAttributesCacheRefreshOnRead.Key():      true,
	dc.ForceNexusEndpointRefreshOnRead.Key():              true,
}

func dynamicConfig(untuned bool) dc.StaticClient {
	c := maps.Clone(tuned)
	if untuned {
		c = maps.Clone(official)
	}
	// The server would ask a host on the internet for newer versions.
	c[dc.EnableServerVersionCheck.Key()] = false
	return c
}

// tuning is what decides most of a run, as it is set: how fast queues look for tasks, how
// exact timers are, over how many partitions a task queue is spread, and one of the limits.
func tuning(untuned bool) map[string]string {
	in, shown := dynamicConfig(untuned), map[string]string{}
	for _, key := range []dc.Key{
		dc.TransferProcessorMaxPollRPS.Key(), dc.TimerProcessorMaxTimeShift.Key(), dc.MatchingNumTaskqueueReadPartitions.Key(),
		dc.FrontendRPS.Key(),
	} {
		if value, ok := in[key]; ok {
			shown[key.String()] = fmt.Sprint(value)
		}
	}
	return shown
}
