package sandbox_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// partner is a client with a partner's key beside a test key of the demonstration.
func (b *bench) partner(t *testing.T, secret string) *gigstack.Caller {
	t.Helper()
	key, err := gigstack.NewKey(b.NewKey(sandbox.TeamKemper, false, "viewer"))
	require.NoError(t, err)
	partner, err := gigstack.NewKey(secret)
	require.NoError(t, err)
	c, err := gigstack.New(gigstack.Options{BaseURL: b.url, Key: key, PartnerKey: partner, Allow: func(context.Context, gigstack.Spec, string) error { return nil }})
	require.NoError(t, err)
	return c
}

func signup(edit ...func(*gigstack.SignupAccountInput)) gigstack.SignupAccountInput {
	in := gigstack.SignupAccountInput{Email: "agente@example.mx", Name: "Agente", PlanID: "free", IdempotencyKey: new(gigstack.IdempotencyKey("intento-0001"))}
	for _, e := range edit {
		e(&in)
	}
	return in
}

// A new account works at once, with both of its keys, and meets no other.
func TestSignup(t *testing.T) {
	b := start(t, sandbox.Options{})
	partner := b.partner(t, sandbox.PartnerKey)
	in := signup(func(in *gigstack.SignupAccountInput) {
		in.PlanID, in.BillingCycle, in.StripePaymentMethod = "agent-tier", new(gigstack.BillingCycle("annual")), new("pm_card_visa")
	})
	account := ok(t, partner, gigstack.SignupAccount, in)
	assert.Equal(t, "active", account.Subscription.Status)
	assert.Equal(t, b.clock.Load()/1e9+365*24*3600, int64(account.Subscription.CurrentPeriodEnd))
	for secret, live := range map[gigstack.SecretLink]bool{account.APIKeys.Live: true, account.APIKeys.Test: false} {
		key, err := gigstack.NewKey(string(secret))
		require.NoError(t, err)
		assert.Equal(t, account.TeamID, key.Claims().Team)
		assert.Equal(t, live, *key.Claims().Livemode)
		c, err := gigstack.New(gigstack.Options{BaseURL: b.url, Key: key, Allow: func(context.Context, gigstack.Spec, string) error { return nil }})
		require.NoError(t, err)
		team := ok(t, c, gigstack.GetTeam, gigstack.TeamRef{ID: account.TeamID})
		assert.Equal(t, "XAXX010101000", team.TaxID)
		assert.Equal(t, []gigstack.TeamMember{{ID: account.UserID, Email: in.Email, Role: "admin"}}, team.Members)
		assert.Equal(t, live, ok(t, c, gigstack.CreateService, gigstack.CreateServiceInput{Description: "Clase"}).Livemode)
		assert.Equal(t, []string{account.TeamID}, teamIDs(t, c, gigstack.ListTeamsInput{}))
	}
	in.Name = "Otro"
	assert.Equal(t, account, ok(t, partner, gigstack.SignupAccount, in), "a repeated key answers as the first time")
	in.IdempotencyKey = new(gigstack.IdempotencyKey("intento-0002"))
	_, err := gigstack.SignupAccount.Call(t.Context(), partner, in)
	requireRefusal(t, err, http.StatusConflict, "resource_already_exists")
}

func TestSignupRefusals(t *testing.T) {
	b := start(t, sandbox.Options{})
	good := b.partner(t, sandbox.PartnerKey)
	paid := func(method string) func(*gigstack.SignupAccountInput) {
		return func(in *gigstack.SignupAccountInput) { in.PlanID, in.StripePaymentMethod = "pro", &method }
	}
	for _, tt := range []struct {
		name   string
		by     *gigstack.Caller
		in     gigstack.SignupAccountInput
		status int
		code   string
	}{
		{"wrong partner", b.partner(t, "partner_of_nobody"), signup(), 401, "unauthorized"},
		{"API key is no partner's", b.partner(t, b.NewKey(sandbox.TeamKemper, true, "owner")), signup(), 401, "unauthorized"},
		{"e-mail is known, in capitals", good, signup(func(in *gigstack.SignupAccountInput) { in.Email = "LAURA@kemper.example.mx" }), 409, "resource_already_exists"},
		{"e-mail is none", good, signup(func(in *gigstack.SignupAccountInput) { in.Email = "agente" }), 400, "validation_failed"},
		{"no name", good, signup(func(in *gigstack.SignupAccountInput) { in.Name = " " }), 400, "validation_failed"},
		{"plan is none", good, signup(func(in *gigstack.SignupAccountInput) { in.PlanID = "gratis" }), 400, "validation_failed"},
		{"cycle is none", good, signup(func(in *gigstack.SignupAccountInput) { in.BillingCycle = new(gigstack.BillingCycle("weekly")) }), 400, "validation_failed"},
		{"RFC is none", good, signup(func(in *gigstack.SignupAccountInput) { in.RFC = new(gigstack.RFC("X")) }), 400, "validation_failed"},
		{"paid plan without a method", good, signup(paid("")), 400, "validation_failed"},
		{"declined", good, signup(paid(sandbox.DeclinedMethod)), 402, "payment_processor_error"},
		{"no idempotency key", good, signup(func(in *gigstack.SignupAccountInput) { in.IdempotencyKey = nil }), 400, "validation_failed"},
		{"idempotency key too short", good, signup(func(in *gigstack.SignupAccountInput) { in.IdempotencyKey = new(gigstack.IdempotencyKey("1234567")) }), 400, "validation_failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gigstack.SignupAccount.Call(t.Context(), tt.by, tt.in)
			requireRefusal(t, err, tt.status, tt.code)
		})
	}
	ok(t, good, gigstack.SignupAccount, signup(func(in *gigstack.SignupAccountInput) { in.StripePaymentMethod = new(sandbox.DeclinedMethod) })) // free asks nobody
}

func TestAuthHealth(t *testing.T) {
	b := start(t, sandbox.Options{})
	status, answer := b.raw(t, "", http.MethodGet, "/auth/health", "")
	assert.Equal(t, http.StatusOK, status, "for whoever asks")
	assert.JSONEq(t, `{"status":"ok"}`, answer)
	assert.Equal(t, "ok", ok(t, b.client(t, sandbox.TeamXenon, false, "viewer"), gigstack.CheckAuthHealth, struct{}{}).Status)
}

func TestLoginLink(t *testing.T) {
	b := start(t, sandbox.Options{})
	c := b.client(t, sandbox.TeamXenon, false, "editor")
	first := ok(t, c, gigstack.GenerateUserLoginLink, gigstack.LoginLinkInput{UserID: "user_diego"})
	again := ok(t, c, gigstack.GenerateUserLoginLink, gigstack.LoginLinkInput{UserID: "user_diego"})
	assert.NotEqual(t, string(first.Token), string(again.Token), "each call makes a new one")
	assert.True(t, strings.HasSuffix(string(first.URL), "?token="+string(first.Token)))
	assert.Greater(t, first.ExpiresAt, b.clock.Load()/1e9)
	for id, status := range map[string]int{"user_mariana": 404, "user_ximena": 404, "user_none": 404, "": 400} {
		_, err := gigstack.GenerateUserLoginLink.Call(t.Context(), c, gigstack.LoginLinkInput{UserID: id})
		failure(t, err, status)
	}
}
