package tools

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
)

// rejectionCode is how the SAT and certifiers number their reasons.
var rejectionCode = regexp.MustCompile(`\b(?:CFDI|CRP|CCE|NOM|IEDU)[0-9]{2,6}\b|^[2-7][0-9]{2}\b`)

// Reasons that are no code.
const (
	otherReason = "other"
	notBack     = "stamp_pending"
	noDocument  = "automation_without_document"
)

// grouped is why documents were not stamped, most frequent first, and how many more
// there are for reasons beyond those.
func (w *symptoms) grouped(ctx context.Context, s *study) (list []rejection, notShown int) {
	byCode := map[string][]refusal{notBack: w.stuck, noDocument: w.silent}
	for _, r := range w.failed {
		code := cmp.Or(rejectionCode.FindString(strings.ToUpper(r.said)), otherReason)
		byCode[code] = append(byCode[code], r)
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		all := byCode[code]
		if len(all) == 0 {
			continue
		}
		slices.SortFunc(all, func(a, b refusal) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(a.ID, b.ID)) })
		r := rejection{Code: code, Count: len(all), Said: clip(all[0].said, longText)}
		for _, one := range all[:min(len(all), perRejection)] {
			r.Examples = append(r.Examples, one.example)
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b rejection) int { return b.Count - a.Count })
	for _, r := range list[min(len(list), rejectionsShown):] {
		notShown += r.Count
	}
	list = list[:min(len(list), rejectionsShown)]
	for i := range list {
		list[i].Cause, list[i].Fix = explainCode(ctx, s, list[i].Code)
	}
	return list, notShown
}

// explainCode is cause and fix of a reason: from the SAT's matrix, else from gigstack.
func explainCode(ctx context.Context, s *study, code string) (cause, fix string) {
	switch code {
	case otherReason:
		return "", "See what was said; list_cfdi_errors finds words too."
	case notBack:
		return "The certifier has not answered yet.", "get_income_invoice again; after an hour tell gigstack's support. Do not stamp a second one."
	case noDocument:
		return "The payment succeeded and its automation issued neither invoice nor receipt.", "get_payment and validate_client; then create_income_invoice."
	}
	known := catalogs.Rejections()
	if i := slices.IndexFunc(known, func(r catalogs.Rejection) bool { return r.Code == code }); i >= 0 {
		return strings.TrimPrefix(known[i].Field+": "+known[i].EN, ": "), known[i].Fix
	}
	page, _ := one(ctx, s, gigstack.ListCFDIErrors, gigstack.ListCFDIErrorsInput{Code: &code})
	for _, e := range page.Data {
		return clip(cmp.Or(e.Explanation, e.Description), longText), clip(e.Solution, longText)
	}
	return "", "list_cfdi_errors knows nothing of it: tell the person what was said."
}

// conclude is the answer in a sentence: the first thing that stops every stamp, else
// what could not be seen, else what stopped some.
func conclude(d diagnosis) (verdict, canStamp string) {
	find := func(state string, but ...string) *checked {
		i := slices.IndexFunc(d.Checks, func(c checked) bool { return c.State == state && !slices.Contains(but, c.Check) })
		if i < 0 {
			return nil
		}
		return &d.Checks[i]
	}
	if problem := find(isProblem); problem != nil {
		return strings.TrimSpace("Nothing can be stamped: " + problem.About + " " + problem.Next), "no"
	}
	refused := ""
	if len(d.Rejections) > 0 {
		total := d.NotShown
		for _, r := range d.Rejections {
			total += r.Count
		}
		refused = fmt.Sprintf(" %d documents of the last %d days were not stamped, most for %s: see rejections.", total, daysLookedBack, d.Rejections[0].Code)
	}
	if unseen := find(isUnknown, "key", "credits"); unseen != nil { // which gigstack often does not say
		return "Not everything could be seen: " + unseen.About + refused, isUnknown
	}
	warned := ""
	if warning := find(isWarning); warning != nil {
		warned = " Mind: " + warning.About
	}
	return "Nothing stops stamping as such." + refused + warned, "yes"
}
