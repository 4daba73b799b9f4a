package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Auth is the page of accounts themselves.
var Auth = Resource{
	Name:      "auth",
	Doc:       "Sign-up of new accounts by partners, and the health of authentication.",
	Endpoints: []Operation{SignupAccount, CheckAuthHealth},
}

// SignupAccount makes an account of a stranger's: a partner's key authorizes it,
// and its keys open everything there will be.
var SignupAccount = Endpoint[SignupAccountInput, SignedUpAccount]{
	Name:     "signup_account",
	Route:    "POST /auth/signup",
	Risk:     risk.Critical,
	Title:    "Sign up a new account",
	Doc:      "Partners only: open a gigstack account for a new customer with its user, company, subscription and API keys. A paid plan is charged at once. For one more company of this account use create_team, for one more person create_user.",
	Undo:     "No tool closes an account or takes the charge back.",
	Teamless: true,
	Partner:  true,
}

// SignupAccountInput is a new customer.
type SignupAccountInput struct {
	Email               string          `json:"email" doc:"E-mail of the account's first user."`
	Name                string          `json:"name" doc:"Name of the account."`
	RFC                 *RFC            `json:"rfc,omitempty" doc:"RFC; XAXX010101000 when absent."`
	Country             *Country        `json:"country,omitempty" doc:"ISO 3166 alpha-3 code; MEX when absent."`
	PlanID              string          `json:"plan_id" doc:"Plan: free, agent-tier, pro, business."`
	BillingCycle        *BillingCycle   `json:"billing_cycle,omitempty" doc:"How often a paid plan is charged."`
	StripePaymentMethod *string         `json:"stripe_payment_method,omitempty" doc:"Stripe payment method (pm_…); needed for paid plans."`
	Livemode            *bool           `json:"livemode,omitempty" doc:"true: the subscription is charged for real."`
	PartnerRef          *string         `json:"partner_ref,omitempty" doc:"Referral code."`
	Metadata            Metadata        `json:"metadata,omitempty" doc:"Free data."`
	IdempotencyKey      *IdempotencyKey `json:"idempotency_key,omitempty" doc:"Leave out unless you have one of your own: repeating it returns the first account."`
}

// Country is a country in three letters.
type Country string

// Pattern is what a code looks like.
func (Country) Pattern() string { return `^[A-Z]{3}$` }

// BillingCycle is how often a subscription is charged.
type BillingCycle string

// Choices lists the cycles.
func (BillingCycle) Choices() []Choice { return []Choice{{"monthly", ""}, {"annual", ""}} }

// IdempotencyKey is a key that travels as the header Idempotency-Key.
type IdempotencyKey string

// Pattern is what the header may hold.
func (IdempotencyKey) Pattern() string { return `^[A-Za-z0-9._:-]{8,128}$` }

// SignedUpAccount is a new account. Its keys are shown this once.
type SignedUpAccount struct {
	UserID           string       `json:"user_id,omitempty"`
	TeamID           string       `json:"team_id,omitempty"`
	BillingAccountID string       `json:"billing_account_id,omitempty"`
	Subscription     Subscription `json:"subscription,omitzero"`
	APIKeys          APIKeys      `json:"api_keys,omitzero"`
	NextSteps        NextSteps    `json:"next_steps,omitzero"`
}

// Subscription is what an account pays for.
type Subscription struct {
	ID               string  `json:"id,omitempty"`
	Status           string  `json:"status,omitempty"`
	CurrentPeriodEnd Seconds `json:"current_period_end,omitempty"`
}

// APIKeys is a team's keys, one for each mode.
type APIKeys struct {
	Live SecretLink `json:"live,omitempty"`
	Test SecretLink `json:"test,omitempty"`
}

// NextSteps is where the new customer hands in its e.firma and signs the
// manifest. Whoever has the links can do it in its name.
type NextSteps struct {
	FIELUploadURL   SecretLink `json:"fiel_upload_url,omitempty"`
	ManifestSignURL SecretLink `json:"manifest_sign_url,omitempty"`
	Note            string     `json:"note,omitempty"`
}

// CheckAuthHealth asks whether sign-up and login answer. It needs no key.
var CheckAuthHealth = Endpoint[struct{}, AuthHealth]{
	Name:     "check_auth_health",
	Route:    "GET /auth/health",
	Risk:     risk.Read,
	Title:    "Check sign-up and login",
	Doc:      "Tell whether gigstack's authentication answers. It says nothing about this key: for that call get_context.",
	Teamless: true,
}

// AuthHealth is the state of authentication.
type AuthHealth struct {
	Status string `json:"status,omitempty" doc:"ok when all is well."`
}
