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
//
// Partners only. It opens a gigstack account for a new customer with its user, company,
// subscription and API keys. A paid plan is charged at once. For one more company of
// this account use create_team, for one more person create_user.
var SignupAccount = Endpoint[SignupAccountInput, SignedUpAccount]{
	Name:     "signup_account",
	Route:    "POST /auth/signup",
	Risk:     risk.Critical,
	Title:    "Sign up a new account",
	Doc:      "Partners only: open an account for a new customer; paid plans are charged at once.",
	Undo:     "No tool closes an account or takes the charge back.",
	Teamless: true,
	Partner:  true,
}

// SignupAccountInput is a new customer.
type SignupAccountInput struct {
	Email               string          `json:"email"`                                // E-mail of the account's first user
	Name                string          `json:"name"`                                 // name of the account
	RFC                 *RFC            `json:"rfc,omitempty"`                        // RFC; XAXX010101000 when absent
	Country             *Country        `json:"country,omitempty" doc:"ISO alpha-3."` // ISO 3166 alpha-3 code; MEX when absent
	PlanID              string          `json:"plan_id" doc:"free, agent-tier, pro or business."`
	BillingCycle        *BillingCycle   `json:"billing_cycle,omitempty"`                               // how often a paid plan is charged
	StripePaymentMethod *string         `json:"stripe_payment_method,omitempty" doc:"For paid plans."` // Stripe payment method; needed for paid plans
	Livemode            *bool           `json:"livemode,omitempty"`                                    // true: the subscription is charged for real
	PartnerRef          *string         `json:"partner_ref,omitempty"`                                 // referral code
	Metadata            Metadata        `json:"metadata,omitempty"`                                    // free data
	IdempotencyKey      *IdempotencyKey `json:"idempotency_key,omitempty"`                             // leave out unless you have one of your own: repeating it returns the first account
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
//
// It says nothing about this key: for that call get_context.
var CheckAuthHealth = Endpoint[struct{}, AuthHealth]{
	Name:     "check_auth_health",
	Route:    "GET /auth/health",
	Risk:     risk.Read,
	Title:    "Check sign-up and login",
	Doc:      "Whether gigstack's login is up; for this key get_context.",
	Teamless: true,
}

// AuthHealth is the state of authentication.
type AuthHealth struct {
	Status string `json:"status,omitempty" doc:"ok when all is well."`
}
