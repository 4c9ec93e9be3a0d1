package orchestration

// What tests register with the SDK's replayer.
var RegisterFlow = registerFlow

const WorkflowType = workflowType
