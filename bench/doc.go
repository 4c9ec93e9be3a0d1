// Package bench is the experiment. It offers the same orders, with the same
// faults, to each style, watches the ledgers settle them, and writes down what
// happened. It knows neither NATS nor Temporal.
//
//	plan ──► load ──submit──► coordinator ──calls──► services ──► ledger
//	           │ due times      (a style)      ▲ faults             │
//	           │                                                    │ commits
//	           └───────────────► watch ◄────────────────────────────┘
//	                               │
//	                               ▼
//	                          run folder ──► checker ──► report
//
// The load is open-loop: when an order is due does not depend on how the system
// is coping, and every latency counts from the moment the order was due. The
// end of an order is read from the ledger's commit feed in every style, so the
// stopwatch is the same code for all.
package bench
