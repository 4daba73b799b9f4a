package sandbox

import (
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// listCFDIErrors is a reference, the same for everybody.
func (c *call) listCFDIErrors(in gigstack.ListCFDIErrorsInput) (p gigstack.Page[gigstack.CFDIError], err error) {
	if err := allowed("type", in.Type); err != nil {
		return p, err
	}
	words := wordsOf(orElse(in.Q, ""))
	found := []gigstack.CFDIError{}
	for _, r := range catalogs.Rejections() {
		v := gigstack.CFDIError{Code: r.Code, Description: r.ES, Explanation: r.EN, Solution: r.Fix, Type: r.Type}
		if r.Field != "" {
			v.Description, v.Explanation = r.Field+": "+r.ES, r.Field+": "+r.EN
		}
		_, fits := matches(words, wordsOf(strings.Join([]string{v.Code, v.Description, v.Explanation, v.Solution}, " ")))
		if fits && (in.Code == nil || v.Code == *in.Code) && (in.Type == nil || v.Type == string(*in.Type)) {
			found = append(found, v)
		}
	}
	c.message = "CFDI errors retrieved successfully"
	return numbered(c, errorsDialect, found, in.PagePaging, 50)
}
