package stage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.temporal.io/api/history/v1"

	"github.com/sagabench/sagabench/food"
)

// This file is about calls and events that the program asked for and no one else knows.

// Scheduled counts the calls that an order's workflow has asked for, by action. The
// attempts of one are one.
func (st *Stage) Scheduled(ctx context.Context, order string) (map[string]int, error) {
	calls := map[string]int{}
	events, err := st.history(ctx, order)
	for _, e := range events {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			calls[a.GetActivityType().GetName()]++
		}
	}
	return calls, err
}

// Unknown returns an event that a participant subscribes to and the stream does not take,
// and its service; "" if there is none.
func (st *Stage) Unknown(ctx context.Context) (kind string, by food.Service, err error) {
	stream, err := st.js.Stream(ctx, st.name)
	if err != nil {
		return "", "", err
	}
	taken := stream.CachedInfo().Config.Subjects
	for _, service := range food.AllServices {
		c, err := st.js.Consumer(ctx, st.name, string(service))
		if err != nil {
			return "", "", err
		}
		for _, subject := range filters(c.CachedInfo().Config) {
			if kind, _, ok := st.event(subject); ok && !slices.Contains(taken, subject) {
				return kind, service, nil
			}
		}
	}
	return "", "", nil
}

func filters(c jetstream.ConsumerConfig) []string {
	if c.FilterSubject != "" {
		return []string{c.FilterSubject}
	}
	return c.FilterSubjects
}

// unanswered is the call that a workflow waits for, as far as the server knows.
func (st *Stage) unanswered(order string) string {
	ctx, cancel := context.WithTimeout(st.life, 2*time.Second)
	defer cancel()
	events, err := st.history(ctx, order)
	if err != nil {
		return ""
	}
	open := map[int64]*history.ActivityTaskScheduledEventAttributes{}
	for _, e := range events {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			open[e.GetEventId()] = a
		}
		delete(open, e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId())
		delete(open, e.GetActivityTaskFailedEventAttributes().GetScheduledEventId())
	}
	for _, a := range open {
		call, queue := a.GetActivityType().GetName(), strings.TrimPrefix(a.GetTaskQueue().GetName(), st.name+".")
		if !slices.Contains(food.AllServices, food.Service(queue)) {
			return fmt.Sprintf("Your workflow waits for %s.%s, and no service takes calls from a queue %q.", queue, call, queue)
		}
		if !slices.Contains(food.Actions[food.Service(queue)], food.Action(call)) {
			return fmt.Sprintf("Your workflow waits for %s.%s, and the %s service has no such call.", queue, call, queue)
		}
	}
	return ""
}
