package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/authorization"
	clusterconfig "go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	cluster = "active"
	host    = "127.0.0.1"
)

// addresses of the services. Only the frontend's is for clients; the others are
// how the services find each other.
type addresses map[primitives.ServiceName]*net.TCPAddr

// freePorts lets the system choose every port that was not given. The ports are
// held together until all are known, so that they differ. Another program may
// take one before the server listens; the server then fails and reports it.
func freePorts(frontend int) (addresses, error) {
	a := addresses{}
	given := map[string]int{string(primitives.FrontendService): frontend}
	for _, service := range temporal.DefaultServices {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(given[service])))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		a[primitives.ServiceName(service)] = l.Addr().(*net.TCPAddr)
	}
	return a, nil
}

func (a addresses) frontend() string { return a[primitives.FrontendService].String() }

func options(a addresses, store *config.SQL, untuned bool, level zap.AtomicLevel) []temporal.ServerOption {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for service, addr := range a {
		hosts[service] = static.SingleLocalHost(addr.String())
	}
	return []temporal.ServerOption{
		temporal.WithConfig(serverConfig(a, store)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(newLogger(level)),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(dynamicConfig(untuned)),
	}
}

// newLogger writes what is at least of the level to standard error. There are no
// stack traces: they show little to who is not at work on the server.
func newLogger(level zap.AtomicLevel) log.Logger {
	encoder := zapcore.NewConsoleEncoder(log.DefaultZapEncoderConfig)
	return log.NewZapLogger(zap.New(zapcore.NewCore(encoder, zapcore.Lock(os.Stderr), level)))
}

// serverConfig is what an installation keeps in its YAML file. What is not
// mentioned is off: metrics, profiling, the HTTP API, archival, TLS.
func serverConfig(a addresses, store *config.SQL) *config.Config {
	c := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     "sqlite",
			VisibilityStore:  "sqlite",
			NumHistoryShards: 1, // SQLite has one writer
			DataStores:       map[string]config.DataStore{"sqlite": {SQL: store}},
		},
		ClusterMetadata: &clusterconfig.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        cluster,
			CurrentClusterName:       cluster,
			ClusterInformation: map[string]clusterconfig.ClusterInformation{
				cluster: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: a.frontend(), ClusterID: "sagabench"},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: a.frontend()},
		Services:            map[string]config.Service{},
	}
	for service, addr := range a {
		c.Services[string(service)] = config.Service{RPC: config.RPC{GRPCPort: addr.Port, BindOnIP: host}}
	}
	c.Archival.History.State = "disabled"
	c.Archival.Visibility.State = "disabled"
	c.NamespaceDefaults.Archival.History.State = "disabled"
	c.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return c
}

// answers waits until the server answers a question that passes through the
// frontend, the history shard and the database: what about a workflow that
// does not exist? It returns how many history shards the server reports.
func answers(ctx context.Context, addr string) (shards int32, err error) {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	silent := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.NewLazyClient(client.Options{HostPort: addr, Namespace: namespace, Logger: silent})
	if err != nil {
		return 0, err
	}
	defer c.Close()
	for {
		_, err := c.DescribeWorkflowExecution(ctx, "no-such-workflow", "")
		if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
			break
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("not ready: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	info, err := c.WorkflowService().GetClusterInfo(ctx, &workflowservice.GetClusterInfoRequest{})
	return info.GetHistoryShardCount(), err
}
