package lanes

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/sagabench/sagabench/internal/story"
)

// story adds what the engine recorded. Events of a history that refer to each other
// and are of one kind, such as WorkflowTaskScheduled, …Started and …Completed, are one
// step; those of a call belong to the step of the call.
func (b *builder) story() {
	if b.Story == nil {
		return
	}
	moments := map[string]story.Moment{}
	for _, m := range b.Story.Moments {
		moments[m.ID] = m
	}
	for _, m := range b.Story.Moments {
		cause := b.by[m.Cause]
		if m.Cause == "" {
			cause = nil
		}
		family, same := familyOf(m), moments[m.Cause]
		switch {
		case family != "" && m.Call != "":
			b.ofCall(m, cause)
		case family != "" && cause != nil && familyOf(same) == family && same.Call == "":
			b.extend(cause, m)
		default:
			b.single(m, family)
		}
	}
	b.causes(moments)
}

// familyOf is the name of an event of a history without its last word; "" if it has
// none, as a message.
func familyOf(m story.Moment) string {
	last := strings.LastIndexFunc(m.What, unicode.IsUpper)
	return m.What[:max(last, 0)]
}

// single makes a step of a moment.
func (b *builder) single(m story.Moment, family string) {
	lane := cmp.Or(m.By, "server")
	if family == "WorkflowTask" {
		lane = "workflow" // that it is for, whoever scheduled it
	}
	at := b.after(m.At)
	s := b.add(&Step{Kind: AMessage, Lane: clean(lane), What: cmp.Or(strings.TrimSpace(clean(m.What)), "?"), At: at, Call: m.Call, Result: clean(m.Detail), IDs: []string{m.ID}})
	if m.What == "dead letter" {
		s.Failed = true
	}
	b.by[m.ID] = s
}

// extend adds a moment to the step of the one that it refers to.
func (b *builder) extend(s *Step, m story.Moment) {
	s.Kind, s.What = ATask, familyOf(m)
	s.End = came(b.after(m.At))
	s.Lane = clean(cmp.Or(m.By, s.Lane))
	if m.Detail != "" {
		s.Result = clean(m.Detail)
	}
	s.IDs = append(s.IDs, m.ID)
	b.by[m.ID] = s
}

// ofCall adds a moment of a history to the attempts at its call: the first is when it
// was asked for, and the last one with an answer when that was reported.
func (b *builder) ofCall(m story.Moment, cause *Step) {
	all := b.of[m.Call]
	if len(all) == 0 || b.Placed == nil && m.Attempt > 0 && all[len(all)-1].Attempt != m.Attempt {
		all = b.begun(m, all)
	}
	first, last := all[0], all[len(all)-1]
	s := last
	switch {
	case m.Outcome != "":
		if s = answering(all); s.Outcome == "" && s.Result == "" {
			s.answer(m.Outcome, m.Detail, 0, m.Call)
		}
		s.Reported = came(b.after(m.At))
	case m.Attempt == 0 && first.Asked == nil && first.IDs == nil:
		s, first.Asked = first, came(b.after(m.At))
	}
	if cause != nil && cause.Call != m.Call && first.after == nil {
		first.after = cause
	}
	s.IDs = append(s.IDs, m.ID)
	b.by[m.ID] = s
}

// answering is the attempt whose answer the engine has: the one that wrote the row, or
// else the last.
func answering(all []*Step) (s *Step) {
	for _, one := range all {
		if one.bare {
			continue
		}
		if s = one; one.Outcome != "" {
			break
		}
	}
	return cmp.Or(s, all[0])
}

// begun makes the step of a call of which the engine alone has a record. Where it counts
// attempts, that is the number of the last.
func (b *builder) begun(m story.Moment, all []*Step) []*Step {
	if len(all) == 0 {
		all = append(all, b.call(m.Call, m.Attempt, b.after(m.At)))
	}
	last := all[len(all)-1]
	last.Attempt = max(last.Attempt, m.Attempt)
	if m.Attempt > 0 {
		last.At = b.after(m.At)
	}
	b.of[m.Call] = all
	return all
}

// causes follows what the engine recorded: a message that reports a call comes from
// it, and the call from the message's cause. Without attempts, messages follow from
// each other.
func (b *builder) causes(moments map[string]story.Moment) {
	for _, m := range b.Story.Moments {
		s, cause := b.by[m.ID], b.by[m.Cause]
		if m.Cause == "" {
			cause = nil
		}
		if s.Kind == ACall {
			continue
		}
		call := b.answered(m)
		switch {
		case call != nil:
			s.after = call
			if first := b.of[m.Call][0]; first.after == nil && cause != nil {
				first.after = cause
			}
		case s.after == nil && cause != nil && cause != s:
			s.after = cause
		}
	}
}

// answered is the attempt that a message reports.
func (b *builder) answered(m story.Moment) *Step {
	all := b.of[m.Call]
	if m.Outcome == "" || len(all) == 0 {
		return nil
	}
	return answering(all)
}
