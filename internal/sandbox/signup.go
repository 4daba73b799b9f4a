package sandbox

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// PartnerKey lets a partner sign up accounts in any sandbox. It opens nothing else.
const PartnerKey = "gigstack-sandbox-partner"

// DeclinedMethod is a payment method that Stripe declines, as in its own test mode.
const DeclinedMethod = "pm_card_chargeDeclined"

func (s *Sandbox) routeAuth() {
	serve(s, gigstack.SignupAccount, (*call).signupAccount)
	s.routes.add(gigstack.CheckAuthHealth.Route, func(c *call, _ []byte) (any, error) { // for whoever asks
		c.dialect.kind = bareDialect
		return gigstack.AuthHealth{Status: "ok"}, nil
	})
}

// plans is what a plan lets a team stamp in a month. All but free are paid.
var plans = map[string]string{"free": "10", "agent-tier": "100", "pro": "1000", "business": "10000"}

// authorizePartner is authorize for the endpoints that need a partner's key.
func (c *call) authorizePartner() error {
	if c.request.Header.Get("X-Internal-API-Key") != PartnerKey {
		return &apiError{status: http.StatusUnauthorized, code: "unauthorized", message: "Invalid or missing partner key"}
	}
	return nil
}

// signupAccount answers a repeated key as the first time, whatever else the call
// says.
func (c *call) signupAccount(in gigstack.SignupAccountInput) (v gigstack.SignedUpAccount, err error) {
	c.dialect.kind = bareDialect
	c.created()
	s := c.sandbox
	key := gigstack.IdempotencyKey(c.request.Header.Get("Idempotency-Key"))
	if err := shaped("Idempotency-Key", &key); err != nil {
		return v, err
	}
	if first, ok := s.state.signups[key]; ok {
		return first, nil
	}
	if err := s.checkSignup(in); err != nil {
		return v, err
	}
	v = c.openAccount(in)
	if s.state.signups == nil {
		s.state.signups = map[gigstack.IdempotencyKey]gigstack.SignedUpAccount{}
	}
	s.state.signups[key] = v
	return v, nil
}

func (s *Sandbox) checkSignup(in gigstack.SignupAccountInput) error {
	if err := cmp.Or(mailAddress("email", &in.Email), shaped("rfc", in.RFC), shaped("country", in.Country), allowed("billing_cycle", in.BillingCycle)); err != nil {
		return err
	}
	method := orElse(in.StripePaymentMethod, "")
	switch {
	case strings.TrimSpace(in.Name) == "":
		return invalid("name", "name is required")
	case plans[in.PlanID] == "":
		return invalid("plan_id", "There is no plan %q", in.PlanID)
	case s.userByEmail(in.Email) != nil:
		return exists("An account with e-mail %s exists already", in.Email)
	case in.PlanID != "free" && method == "":
		return invalid("stripe_payment_method", "stripe_payment_method is required for plan %s", in.PlanID)
	case in.PlanID != "free" && method == DeclinedMethod:
		return &apiError{status: http.StatusPaymentRequired, code: "payment_processor_error", message: "Your card was declined"}
	}
	return nil
}

// openAccount makes all that an account needs. Its keys open it at once.
func (c *call) openAccount(in gigstack.SignupAccountInput) (v gigstack.SignedUpAccount) {
	s := c.sandbox
	u := user{User: gigstack.User{ID: s.newID("user"), Email: in.Email, FirstName: in.Name, CreatedAt: gigstack.SecondsOf(c.now)}, account: s.newID("billing")}
	t := team{
		ID: s.newID("team"), account: u.account, status: "active", name: in.Name, created: gigstack.SecondsOf(c.now),
		taxID: orElse(in.RFC, gigstack.RFC(cfdi.PublicRFC)), supportEmail: in.Email, owner: u.ID, integrations: connected(),
		address: gigstack.Address{Country: new(string(orElse(in.Country, "MEX")))},
		credits: credits{gigstack.Dec(plans[in.PlanID]), gigstack.Dec("0"), gigstack.MillisOf(c.now)},
	}
	u.home = t.ID
	t.join(u.ID, "admin")
	s.state.users.add(u.ID, u)
	s.state.teams.add(t.ID, t)
	ends := c.now.AddDate(0, 1, 0)
	if orElse(in.BillingCycle, "monthly") == "annual" {
		ends = c.now.AddDate(1, 0, 0)
	}
	link := func(page string) gigstack.SecretLink {
		return gigstack.SecretLink(c.base() + "/" + page + "?token=" + s.digest(page)[:24])
	}
	return gigstack.SignedUpAccount{
		UserID: u.ID, TeamID: t.ID, BillingAccountID: t.account,
		Subscription: gigstack.Subscription{ID: s.newID("sub"), Status: "active", CurrentPeriodEnd: gigstack.SecondsOf(ends)},
		APIKeys:      gigstack.APIKeys{Live: gigstack.SecretLink(s.mint(t.ID, true, "owner")), Test: gigstack.SecretLink(s.mint(t.ID, false, "owner"))},
		NextSteps: gigstack.NextSteps{
			FIELUploadURL: link("fiel"), ManifestSignURL: link("manifest"),
			Note: "Upload the FIEL and sign the manifest before stamping live invoices.",
		},
	}
}
