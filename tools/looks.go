package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// look reads what a guarded call concerns and adds it to the preview. Its error
// stops the call: what is not there, or is sure to be refused, cannot be planned.
type look func(ctx context.Context, r request, p *preview) error

// looks is what is worth a look before each guarded tool; a tool that is not
// here shows its arguments alone.
var looks = map[string]look{
	gigstack.CreateIncomeInvoice.Name:        looksAtLines,
	gigstack.CreateEgressInvoice.Name:        looksAtLines,
	gigstack.StampDraftInvoice.Name:          looksAtDraftStamp,
	gigstack.DeleteDraftInvoice.Name:         looksAtDraft,
	gigstack.RegisterPayment.Name:            looksAtLines,
	gigstack.RequestPayment.Name:             looksAtLines,
	gigstack.ResendInvoiceEmail.Name:         looksAtResending,
	gigstack.CancelInvoice.Name:              looksAtCancellation,
	gigstack.MarkPaymentPaid.Name:            looksAtPayment,
	gigstack.UpdatePayment.Name:              looksAtPaymentUpdate,
	gigstack.RefundPayment.Name:              looksAtRefund,
	gigstack.CancelPayment.Name:              looksAtPayment,
	gigstack.StampReceipt.Name:               looksAtReceipt,
	gigstack.CancelReceipt.Name:              looksAtReceipt,
	gigstack.DeleteClient.Name:               looksAtClient,
	gigstack.CreateClientPortalLink.Name:     looksAtClient,
	gigstack.StampClientPendingReceipts.Name: looksAtPendingReceipts,
	gigstack.DeleteService.Name:              looksAtService,
	gigstack.CreateWebhook.Name:              looksAtNewWebhook,
	gigstack.UpdateWebhook.Name:              looksAtWebhookChange,
	gigstack.DeleteWebhook.Name:              looksAtWebhook,
	gigstack.CreateUser.Name:                 looksAtEmail,
	gigstack.ResetUserPassword.Name:          looksAtEmail,
	gigstack.AddTeamMember.Name:              looksAtMember,
	gigstack.RemoveTeamMember.Name:           looksAtMember,
	gigstack.CreateTeam.Name:                 looksAtNewTeam,
	gigstack.UpdateTeamSeries.Name:           looksAtSeries,
	gigstack.DeleteTeam.Name:                 looksAtDoomedTeam,
	gigstack.GenerateUserLoginLink.Name:      looksAtLogin,
	gigstack.SignupAccount.Name:              looksAtSignup,
	gigstack.CreateRetention.Name:            looksAtRetention,
	gigstack.CancelRetention.Name:            looksAtRetentionCancellation,
	gigstack.ActivateSATDownload.Name:        looksAtActivation,
	gigstack.DeactivateSATDownload.Name:      looksAtDeactivation,
	gigstack.RegisterSATBusiness.Name:        looksAtRegistration,
	gigstack.CreateSATDownloadRequest.Name:   looksAtRequest,
	gigstack.FetchSATInvoiceXML.Name:         looksAtXML,
	gigstack.RetrySATInvoiceXML.Name:         looksAtXML,
	gigstack.EnableSATSync.Name:              looksAtSync,
	gigstack.SaveSATDownloadSchedule.Name:    looksAtSync,

	gigstack.ConnectGetTeamOnboarding.Name: looksAtConnectLink,
	gigstack.ConnectCreateTeam.Name:        looksAtConnectTeam,
	gigstack.ConnectUpdateTeam.Name:        looksAtConnectTeam,
	gigstack.ConnectDeleteTeam.Name:        looksAtDoomedTeam,
	gigstack.ConnectAddTeamMember.Name:     looksAtInvitation,
	gigstack.ConnectUpdateTeamMember.Name:  looksAtConnectMembers,
	gigstack.ConnectUpdateTeamMembers.Name: looksAtConnectMembers,
	gigstack.ConnectRemoveTeamMember.Name:  looksAtConnectMembers,
	gigstack.ConnectRemoveTeamMembers.Name: looksAtConnectMembers,
	gigstack.ConnectCreateIntegration.Name: looksAtIntegration,
	gigstack.LegacyCreatePayment.Name:      looksAtLegacyPayment,
	gigstack.LegacyCreateInvoice.Name:      looksAtLegacyInvoice,
}

// arguments is the call's arguments in the endpoint's own type.
func arguments[In any](r request) (in In, err error) {
	err = json.Unmarshal(r.args, &in)
	return in, err
}

// ref is the id that most guarded calls carry.
func (r request) ref() string {
	in, err := arguments[map[string]json.RawMessage](r)
	if err != nil {
		return ""
	}
	return text(in["id"])
}

// pointless is the refusal of a call that gigstack or the SAT would refuse.
func pointless(next, format string, args ...any) error {
	message := plain(fmt.Sprintf(format, args...))
	f := &failure{Code: "would_be_refused", Outcome: gigstack.NotSent, Message: message + ". Nothing was sent.", Next: next}
	f.foreign = slices.ContainsFunc(args, func(arg any) bool { return schemas.Says(fmt.Sprint(arg)) })
	for _, code := range catalogs.RejectionCodes(message) {
		if rejection, known := catalogs.RejectionOf(code); known { // next says the fix
			f.Details = append(f.Details, reason{Code: code, Field: cmp.Or(rejection.Argument, rejection.Field), Cause: rejection.EN})
			f.NextTool = cmp.Or(f.NextTool, rejection.Tool)
		}
	}
	return f
}

func isNotFound(err error) bool  { return hasStatus(err, http.StatusNotFound) }
func isForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

func hasCode(err error, code string) bool {
	var api *gigstack.Error
	return errors.As(err, &api) && api.Code == code
}

func hasStatus(err error, status int) bool {
	var api *gigstack.Error
	return errors.As(err, &api) && api.Status == status
}

// sees takes the mode from a record of gigstack's, which counts for more than
// what the key says of itself.
func (p *preview) sees(live *bool) {
	if live == nil {
		return
	}
	if p.Livemode != nil && *p.Livemode != *live {
		p.Warnings = append(p.Warnings, "The key claims another mode than gigstack's data shows; the data counts.")
	}
	p.Livemode = live
}

// whenTrue is nil for false, which may also mean that gigstack did not say.
func whenTrue(live bool) *bool {
	if !live {
		return nil
	}
	return &live
}

func clientWords(c gigstack.Client) string {
	parts := []string{cmp.Or(c.LegalName, c.Name, c.Company, c.Email, "without a name")}
	if c.TaxID != "" {
		parts = append(parts, "RFC "+c.TaxID)
	}
	if c.ID != "" {
		parts = append(parts, c.ID)
	}
	return strings.Join(parts, ", ")
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func looksAtClient(ctx context.Context, r request, p *preview) error {
	if r.ref() == "" { // by e-mail
		return looksAtEmail(ctx, r, p)
	}
	_, err := readClient(ctx, r, p)
	return err
}

// readClient reads the client a call is about and shows it.
func readClient(ctx context.Context, r request, p *preview) (client gigstack.Client, err error) {
	client, err = gigstack.GetClient.Call(ctx, r.caller, gigstack.ClientRef{ID: r.ref()})
	if err != nil {
		return client, err
	}
	p.sees(client.Livemode)
	p.saw(client.LegalName, client.TaxID, client.Name, client.Email)
	p.Subject, p.word = "Client "+clientWords(client), client.TaxID
	p.reaches(client.TaxID)
	return client, nil
}

func looksAtService(ctx context.Context, r request, p *preview) error {
	service, err := gigstack.GetService.Call(ctx, r.caller, gigstack.ServiceRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.saw(service.Description, service.UnitPrice, service.Taxes)
	p.Subject = fmt.Sprintf("Service %q, %s, price %s", service.Description, service.ID, service.UnitPrice.StringFixed(2))
	return nil
}

func looksAtNewWebhook(_ context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CreateWebhookInput](r)
	if err != nil {
		return err
	}
	p.Subject = fmt.Sprintf("Everything is sent to %s, of live and test alike, about %s", in.URL, eventWords(in.Events))
	return nil
}

func looksAtWebhook(ctx context.Context, r request, p *preview) error {
	webhook, err := gigstack.GetWebhook.Call(ctx, r.caller, gigstack.WebhookRef{ID: r.ref()})
	if err != nil {
		return err
	}
	p.saw(webhook.URL, webhook.Events)
	p.was = webhook
	p.Subject = fmt.Sprintf("Webhook %s to %s, events %s", webhook.ID, webhook.URL, strings.Join(webhook.Events, ", "))
	return nil
}

// looksAtEmail shows whom a call reaches that knows people by their address.
func looksAtEmail(_ context.Context, r request, p *preview) error {
	in, err := arguments[struct {
		Email string `json:"email"`
	}](r)
	p.Subject, p.word = "The person at "+in.Email, in.Email
	return err
}

func looksAtMember(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.AddTeamMemberInput](r)
	if err != nil {
		return err
	}
	user, err := gigstack.GetUser.Call(ctx, r.caller, gigstack.UserRef{ID: in.UserID})
	switch {
	case isNotFound(err): // a team sees its own members only
		p.Subject = "The user " + in.UserID + ", whom this team does not see"
	case err != nil:
		return err
	default:
		p.saw(user.ID, user.Email)
		if i := slices.IndexFunc(user.Teams, func(m gigstack.Membership) bool { return m.TeamID == in.ID }); i >= 0 {
			p.was = user.Teams[i]
		}
		p.Subject = fmt.Sprintf("%s %s, %s (%s)", user.FirstName, user.LastName, user.Email, user.ID)
	}
	if in.Role != nil {
		p.Facts = append(p.Facts, "role "+string(*in.Role))
	}
	return nil
}

func looksAtNewTeam(_ context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.CreateTeamInput](r)
	if err != nil {
		return err
	}
	p.Subject = fmt.Sprintf("New company %s, RFC %s", value(in.LegalName), value(in.TaxID))
	for _, member := range in.AddMembers {
		p.Facts = append(p.Facts, fmt.Sprintf("%s gets access", member.ID))
	}
	return nil
}

// looksAtSeries shows what becomes of the counters that decide the next folio.
func looksAtSeries(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.UpdateTeamSeriesInput](r)
	if err != nil {
		return err
	}
	was, err := series(ctx, r)
	if err != nil {
		return err
	}
	p.was = was
	p.Subject = fmt.Sprintf("Series %s: live folio %d, test folio %d", was.Series, was.Live, was.Test)
	if in.Live != nil {
		p.saw(was.Live)
		p.Facts = append(p.Facts, fmt.Sprintf("live folio %d becomes %d, also with a test key", was.Live, *in.Live))
		if *in.Live < was.Live {
			p.Warnings = append(p.Warnings, "The live counter goes down: folios may be used twice.")
		}
	}
	return nil
}
