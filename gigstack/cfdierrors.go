package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// ListCFDIErrors looks up why the SAT or the certifier refuses documents. No
// source shows its path: it follows from the routes beside it.
//
// It explains rejection codes of the SAT and the certifier, with a remedy: one by code,
// or those whose text has the words of q. A reference, the same for every team.
var ListCFDIErrors = Endpoint[ListCFDIErrorsInput, Page[CFDIError]]{
	Name:  "list_cfdi_errors",
	Route: "GET /invoices/errors",
	Risk:  risk.Read,
	Title: "Look up CFDI errors",
	Doc:   "Explain SAT rejection codes, with the remedy.",
}

// ListCFDIErrorsInput chooses the codes.
type ListCFDIErrorsInput struct {
	PagePaging
	Code *string        `json:"code,omitempty" doc:"Such as CFDI40145."` // exact code, such as CFDI40145
	Q    *string        `json:"q,omitempty"`                             // words of code, description, explanation or solution
	Type *CFDIErrorType `json:"type,omitempty"`                          // whose data is wrong
}

// CFDIErrorType is whose data a rejection is about.
type CFDIErrorType string

// Choices lists the types.
func (CFDIErrorType) Choices() []Choice {
	return []Choice{{"invoice", "the document"}, {"receiver", ""}, {"sender", "the issuer"}, {"unknown", ""}}
}

// CFDIError is a reason to refuse a document.
type CFDIError struct {
	Code        string `json:"code"`
	Description string `json:"description" doc:"In Spanish."`
	Explanation string `json:"explanation,omitempty"`
	Solution    string `json:"solution,omitempty"`
	Type        string `json:"type,omitempty"`
}
