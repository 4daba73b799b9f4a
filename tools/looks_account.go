package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// looksAtWebhookChange shows what an endpoint is and what becomes of it.
func looksAtWebhookChange(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.UpdateWebhookInput](r)
	if err != nil {
		return err
	}
	webhook, err := gigstack.GetWebhook.Call(ctx, r.caller, gigstack.WebhookRef{ID: in.ID})
	if err != nil {
		return err
	}
	expected := string(value(in.ExpectedRevision))
	if expected != "" && webhook.Revision != "" && expected != webhook.Revision && in.OperationID == nil { // else it may be a repetition
		return pointless("Read it with get_webhook, then decide again.", "webhook %s has changed since it was read", webhook.ID)
	}
	p.saw(webhook.URL, webhook.Events, webhook.Status, webhook.Revision)
	p.was = webhook
	p.Subject = fmt.Sprintf("Webhook %s to %s, %s, events %s", webhook.ID, webhook.URL, webhook.Status, strings.Join(webhook.Events, ", "))
	if in.URL != nil {
		p.Facts = append(p.Facts, "everything is sent to "+string(*in.URL)+" from now on")
	}
	if in.Events != nil {
		p.Facts = append(p.Facts, "events become "+eventWords(in.Events))
	}
	if in.Status != nil {
		p.Facts = append(p.Facts, "it becomes "+string(*in.Status))
	}
	if in.Signing != nil && value(in.Signing.Rotate) {
		p.Warnings = append(p.Warnings, "The signing secret is replaced: the receiver refuses deliveries until it knows the new one.")
	}
	return nil
}

// eventWords is a list of events, also when it is empty or has them all.
func eventWords(events []gigstack.WebhookEvent) string {
	if all := len(gigstack.WebhookEvent("").Choices()); len(events) >= all {
		return fmt.Sprintf("all %d events", all)
	}
	return cmp.Or(joinWords(events), "none")
}

// looksAtDoomedTeam shows who loses a company, and refuses one that has to stay.
func looksAtDoomedTeam(ctx context.Context, r request, p *preview) error {
	team, err := gigstack.GetTeam.Call(ctx, r.caller, gigstack.TeamRef{ID: r.ref()})
	if err != nil {
		return err
	}
	if team.Status == "pending_deletion" {
		return pointless("Tell the person.", "team %s is scheduled for deletion already", team.ID)
	}
	for _, provider := range []string{"stripe", "mercadopago", "paypal", "openpay", "conekta", "clip", "bank", "shopify", "whmcs", "hilos"} {
		if team.Integrations[provider].Completed {
			return pointless("A person can disconnect it in the gigstack app first.", "team %s has %s connected", team.ID, provider)
		}
	}
	if kind, err := anyDocument(ctx, r.caller); err != nil {
		return err
	} else if kind != "" {
		return pointless("A company with documents cannot be deleted; a person can stop using it.", "team %s has %s", team.ID, kind)
	}
	p.saw(team.ID, team.LegalName, team.TaxID, team.Members)
	p.word = team.TaxID
	p.Subject = fmt.Sprintf("Company %s, RFC %s, %s", cmp.Or(team.LegalName, teamName(team)), team.TaxID, team.ID)
	for _, member := range team.Members {
		p.Facts = append(p.Facts, cmp.Or(member.Email, member.ID)+" loses it")
	}
	p.Warnings = append(p.Warnings, "The company goes in live and in test, whatever the key.")
	return nil
}

// anyDocument is a kind of document that the team has, "" for none. Those of the
// other mode than the key's are not seen.
func anyDocument(ctx context.Context, c *gigstack.Caller) (kind string, err error) {
	one := gigstack.Paging{Limit: new(1)}
	for _, look := range []struct {
		kind string
		has  func() (bool, error)
	}{
		{"invoices", func() (bool, error) {
			page, err := gigstack.ListIncomeInvoices.Call(ctx, c, gigstack.ListInvoicesInput{Paging: one})
			return len(page.Data) > 0, err
		}},
		{"credit notes", func() (bool, error) {
			page, err := gigstack.ListEgressInvoices.Call(ctx, c, gigstack.ListInvoicesInput{Paging: one})
			return len(page.Data) > 0, err
		}},
		{"payments", func() (bool, error) {
			page, err := gigstack.ListPayments.Call(ctx, c, gigstack.ListPaymentsInput{Paging: one})
			return len(page.Data) > 0, err
		}},
		{"receipts", func() (bool, error) {
			page, err := gigstack.ListReceipts.Call(ctx, c, gigstack.ListReceiptsInput{Paging: one})
			return len(page.Data) > 0, err
		}},
	} {
		if found, err := look.has(); err != nil || found {
			return look.kind, err
		}
	}
	return "", nil
}

// looksAtLogin shows as whom the holder of a login link could act, and where.
func looksAtLogin(ctx context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.LoginLinkInput](r)
	if err != nil {
		return err
	}
	user, err := gigstack.GetUser.Call(ctx, r.caller, gigstack.UserRef{ID: in.UserID})
	if err != nil {
		return err
	}
	p.saw(user.ID, user.Email, user.Teams)
	p.word = user.Email
	p.Subject = fmt.Sprintf("%s %s, %s (%s)", user.FirstName, user.LastName, user.Email, user.ID)
	for _, team := range user.Teams {
		p.Facts = append(p.Facts, fmt.Sprintf("%s of %s", cmp.Or(team.Role, "member"), cmp.Or(team.TeamName, team.TeamID)))
	}
	p.Warnings = append(p.Warnings, "Whoever holds the link acts as this person, also in live.")
	return nil
}

// looksAtSignup shows what is opened, and what it costs whom.
func looksAtSignup(_ context.Context, r request, p *preview) error {
	in, err := arguments[gigstack.SignupAccountInput](r)
	if err != nil {
		return err
	}
	if !r.caller.IsPartner() {
		return pointless("Only gigstack's partners can do this: the operator starts the server with --partner-key-file.", "this server has no partner key")
	}
	p.word = in.Email
	p.Subject = fmt.Sprintf("New account %s for %s, RFC %s", in.Name, in.Email, cmp.Or(string(value(in.RFC)), "XAXX010101000"))
	p.Facts = append(p.Facts, "plan "+in.PlanID)
	if in.PlanID == "free" {
		return nil
	}
	if value(in.StripePaymentMethod) == "" {
		return pointless("Ask the person for a Stripe payment method, or use plan free.", "plan %s needs stripe_payment_method", in.PlanID)
	}
	p.Facts = append(p.Facts, "charged "+cmp.Or(string(value(in.BillingCycle)), "as the plan says")+" to "+*in.StripePaymentMethod)
	if value(in.Livemode) {
		p.Warnings = append(p.Warnings, "The subscription is live: real money is charged.")
	}
	return nil
}
