package orchestration

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/sagabench/sagabench/food"
)

// Server returns the version of the Temporal server at hostPort, or says what
// keeps orders from being placed there.
func Server(ctx context.Context, hostPort, namespace string) (version string, err error) {
	c := Config{HostPort: hostPort, Namespace: namespace, Name: "server", Policy: food.DefaultPolicy}
	cl, err := c.dial(ctx)
	if err != nil {
		return "", fmt.Errorf("no Temporal server takes requests at %s: %w", hostPort, errors.Unwrap(err))
	}
	defer cl.Close()
	service := cl.WorkflowService()
	_, err = service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if _, ok := errors.AsType[*serviceerror.NamespaceNotFound](err); ok {
		return "", fmt.Errorf("the Temporal server at %s has no namespace %q: make it with \"temporal operator namespace create --namespace %s\"", hostPort, namespace, namespace)
	}
	if err != nil {
		return "", fmt.Errorf("the Temporal server at %s does not tell of namespace %q: %w", hostPort, namespace, err)
	}
	info, err := service.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		return "", fmt.Errorf("the Temporal server at %s does not tell its version: %w", hostPort, err)
	}
	return info.GetServerVersion(), nil
}
