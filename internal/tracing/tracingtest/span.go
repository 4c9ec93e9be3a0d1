package tracingtest

import (
	"encoding/hex"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
)

func spanOf(about map[string]any, s *traces.Span) Span {
	got := Span{
		Name: s.GetName(), Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()),
		Parent: hex.EncodeToString(s.GetParentSpanId()), Attributes: values(s.GetAttributes()),
	}
	got.Service, _ = about["service.name"].(string)
	got.Traffic, _ = about["service.namespace"].(string)
	if s.GetStatus().GetCode() == traces.Status_STATUS_CODE_ERROR {
		got.Failed = s.GetStatus().GetMessage()
	}
	return got
}

func values(all []*common.KeyValue) map[string]any {
	m := map[string]any{}
	for _, kv := range all {
		switch v := kv.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			m[kv.GetKey()] = v.StringValue
		case *common.AnyValue_IntValue:
			m[kv.GetKey()] = v.IntValue
		}
	}
	return m
}
