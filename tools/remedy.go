package tools

import "github.com/gigstack/gigstack-mcp/gigstack"

// Remedy is what to do about a call that failed, as agents are told.
func Remedy(e *gigstack.Error) string { return new(Tools).explainAPI(e).Next }
