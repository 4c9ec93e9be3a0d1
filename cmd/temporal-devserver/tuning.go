package main

import (
	"maps"

	dc "go.temporal.io/server/common/dynamicconfig"
)

const (
	// pollRPS is how often a task queue inside the history service may look for
	// new tasks, and an installation has one such queue per shard. At the default
	// of 20, and with the one shard that SQLite allows, every step of a workflow
	// waits up to 100 ms for its turn.
	pollRPS = 1000

	// noLimit is for limits on requests. What is measured is the server, not its
	// protection from its clients.
	noLimit = 1_000_000

	// partitions of a task queue spread it over hosts. There is one host, and
	// with more partitions a task and its poller may miss each other.
	partitions = 1
)

var tuned = dc.StaticClient{
	dc.TransferProcessorMaxPollRPS.Key():   pollRPS,
	dc.TimerProcessorMaxPollRPS.Key():      pollRPS,
	dc.VisibilityProcessorMaxPollRPS.Key(): pollRPS,

	dc.MatchingNumTaskqueueReadPartitions.Key():  partitions,
	dc.MatchingNumTaskqueueWritePartitions.Key(): partitions,

	dc.FrontendRPS.Key():                                  noLimit,
	dc.FrontendMaxNamespaceRPSPerInstance.Key():           noLimit,
	dc.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): noLimit,
	dc.FrontendPersistenceMaxQPS.Key():                    noLimit,
	dc.HistoryRPS.Key():                                   noLimit,
	dc.HistoryPersistenceMaxQPS.Key():                     noLimit,
	dc.MatchingRPS.Key():                                  noLimit,
	dc.MatchingPersistenceMaxQPS.Key():                    noLimit,
	dc.WorkerPersistenceMaxQPS.Key():                      noLimit,
	dc.VisibilityPersistenceMaxReadQPS.Key():              noLimit,
	dc.VisibilityPersistenceMaxWriteQPS.Key():             noLimit,
}

// official is what "temporal server start-dev" sets.
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
