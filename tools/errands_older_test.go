package tools_test

import "github.com/gigstack/gigstack-mcp/internal/sandbox"

// olderErrands is a sensible call of every endpoint of the older documentation.
func olderErrands() []errand {
	team := args{"id": sandbox.TeamKemper}
	fixed := func(a args) func(*desk) args { return func(*desk) args { return a } }
	line := args{"name": "Curso", "quantity": 1, "total": 1160, "taxes": []any{args{"type": "IVA", "rate": 0.16, "factor": "Tasa"}}}
	return []errand{
		{"legacy_ping_get", fixed(nil)},
		{"legacy_ping_post", fixed(args{"hello": "world"})},
		{"legacy_ping_put", fixed(nil)},
		{"legacy_ping_delete", fixed(nil)},
		{"legacy_list_catalogs", fixed(nil)},
		{"legacy_get_catalog", fixed(args{"id": "tax-regimes"})},
		{"legacy_create_payment", func(d *desk) args { return args{"clientId": d.client, "items": []any{line}, "avoidEmail": true} }},
		{"legacy_create_invoice", func(d *desk) args { return args{"clientId": d.client, "amount": 500, "description": "Renta"} }},
		{"legacy_list_invoices", fixed(args{"limit": 2})},
		{"legacy_get_invoice", fixed(args{"id": "inv_biblioteca"})},
		{"legacy_update_receipt", func(d *desk) args { return args{"id": d.sold("create_receipt"), "receiptNumber": "R-1"} }},
		{"connect_create_team", fixed(args{"name": "Sucursal", "onboarding": args{"steps": []any{"team_setup"}}})},
		{"connect_list_teams", fixed(args{"limit": 2, "onboarded": true})},
		{"connect_get_team", fixed(team)},
		{"connect_update_team", fixed(team.with("description", "Escuela"))},
		{"connect_get_team_onboarding", fixed(team)},
		{"connect_complete_onboarding_step", fixed(team.with("step", "client_setup").with("data", args{"clients": 3}))},
		{"connect_add_team_member", fixed(team.with("email", "invitada@example.mx").with("role", "developer"))},
		{"connect_list_team_members", fixed(team)},
		{"connect_update_team_member", fixed(team.with("memberId", "user_mariana").with("role", "admin"))},
		{"connect_update_team_members", fixed(team.with("members", []any{args{"id": "user_mariana", "permissions": args{"invoices": "viewer"}}}))},
		{"connect_remove_team_member", fixed(team.with("memberId", "user_mariana"))},
		{"connect_remove_team_members", fixed(team.with("members", []any{"user_pedro"}))},
		{"connect_create_integration", fixed(team.with("type", "webhook").with("name", "Avisos").with("configuration", args{"url": "https://example.com/hook"}))},
		{"connect_list_integrations", fixed(team)},
		{"connect_delete_team", fixed(args{"id": sandbox.TeamNueva})},
	}
}
