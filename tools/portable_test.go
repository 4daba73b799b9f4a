package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keywords are those of JSON Schema that every model provider accepts.
var keywords = []string{
	"type", "properties", "required", "additionalProperties", "enum", "items", "description", "default", "pattern", "format",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
}

var toolName = regexp.MustCompile(`^[a-z][a-z0-9_]{2,39}$`)

// plain are arguments that need no words: their name says it all, the server's
// instructions say it for every tool, or the argument before them does (Colombia's). Any
// other is described or lists its values.
const plain = `
	add_master_team_members addenda alias allow_notes_on_self_invoice allow_product_code_on_self_invoice amount
	auto_join automate_complement_for_ppd_invoices automate_partial_payment_complements automaticInvoice
	avoidEmail avoid_automations_on_currencies avoid_receipts bcc cancel_receipts_on_refunds clientId client_id
	company concepts_catalog contactEmails country created_gte created_lte currency custom_payment_description
	customer_portal_id data days_back default_description description download_types dv email emails enabled
	enforce_client_country_taxes events exchange_rate first_name fiscal_responsibilities force_series
	generate_onboarding_url global_invoice_disabled global_invoicing_monthly_cuts hello id idempotency_key
	ignore_emails industry inviteMessage invoice_pdf_notes invoice_per_receipt isActive issuer_rfc last_name
	legalName legal_name limit limit_days_to_pay livemode logoUrl max_monthly_invoices memberId members metadata
	municipality_code name next onboarded organization_type override_item_description packageId partner_ref
	paymentMethod payment_conditions period_year permissions phone plan primaryColor q quantity reason
	receiptNumber receiver_rfc requestId return_files_urls rfc save_as secondaryColor send_email
	send_invoice_english_pdf series seriesId sku status supportEmail supportPhone support_email support_phone
	taxId tax_id team total_exempt tribute_code unit_key unit_name url use use_foreign_public_in_usd user_id
	uuid view fields`

// TestPortable holds the list against the rules of the house.
func TestPortable(t *testing.T) {
	for _, tool := range offer(t) {
		t.Run(tool.Name, func(t *testing.T) {
			assert.Regexp(t, toolName, tool.Name)
			assert.NotEmpty(t, tool.Title)
			assert.NotEmpty(t, tool.Description)
			assert.LessOrEqual(t, utf8.RuneCountInString(tool.Description), 1000)
			for _, hint := range []*bool{tool.Annotations.ReadOnlyHint, tool.Annotations.DestructiveHint, tool.Annotations.IdempotentHint, tool.Annotations.OpenWorldHint} {
				assert.NotNil(t, hint, "every annotation is given")
			}
			assert.Empty(t, unportable(decode(t, tool.InputSchema), "input", true))
			assert.Empty(t, unportable(decode(t, tool.OutputSchema), "output", false))
		})
	}
}

// TestUnportable proves that the rules find what breaks them.
func TestUnportable(t *testing.T) {
	for schema, problem := range map[string]string{
		`{"type":"string"}`: "s: the root is not an object",
		`{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}`:                   "s.a: says nothing",
		`{"type":"object","properties":{"a":{"type":"string","description":"A"}}}`:                              "s: not closed",
		`{"type":"object","properties":{"a":true},"additionalProperties":false}`:                                "s.a: a boolean schema",
		`{"type":"object","additionalProperties":true}`:                                                         "s: additionalProperties is true",
		`{"type":"object","oneOf":[]}`:                                                                          "s: oneOf",
		`{"type":"object","properties":{"a":{"$ref":"#","description":"A"}},"additionalProperties":false}`:      "s.a: $ref",
		`{"type":"object","additionalProperties":{"type":["string","null"]}}`:                                   "s.*: type is a list",
		`{"type":"object","properties":{"a":{"type":"array","items":true,"description":"A"}},"required":["b"]}`: "s: requires b, which it does not have",
	} {
		assert.Contains(t, unportable(decode(t, json.RawMessage(schema)), "s", true), problem, schema)
	}
}

// unportable lists what is wrong with the schema of a tool's arguments or, not
// closed, of its answer.
func unportable(schema any, path string, closed bool) (problems []string) {
	if root, ok := schema.(map[string]any); !ok || root["type"] != "object" {
		return []string{path + ": the root is not an object"}
	}
	return walk(schema, path, closed)
}

// tells reports whether an argument says more than its name.
func tells(argument any) bool {
	field, ok := argument.(map[string]any)
	items, _ := field["items"].(map[string]any)
	return !ok || field["description"] != nil || field["enum"] != nil || items["enum"] != nil
}

func walk(schema any, path string, closed bool) (problems []string) {
	report := func(path, format string, args ...any) {
		problems = append(problems, path+": "+fmt.Sprintf(format, args...))
	}
	node, ok := schema.(map[string]any)
	if !ok {
		report(path, "a boolean schema")
		return problems
	}
	for _, keyword := range slices.Sorted(maps.Keys(node)) {
		if !slices.Contains(keywords, keyword) {
			report(path, "%s", keyword)
		}
	}
	if _, ok := node["type"].([]any); ok {
		report(path, "type is a list")
	}
	properties, _ := node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		member := path + "." + name
		problems = append(problems, walk(properties[name], member, closed)...)
		if closed && !tells(properties[name]) && !slices.Contains(strings.Fields(plain), name) {
			report(member, "says nothing")
		}
	}
	required, _ := node["required"].([]any)
	for _, name := range required {
		if properties[name.(string)] == nil {
			report(path, "requires %s, which it does not have", name)
		}
	}
	switch rest := node["additionalProperties"].(type) {
	case map[string]any:
		problems = append(problems, walk(rest, path+".*", closed)...)
	case nil:
		if closed && properties != nil {
			report(path, "not closed")
		}
	default:
		if rest != false {
			report(path, "additionalProperties is %v", rest)
		}
	}
	if items, ok := node["items"]; ok {
		problems = append(problems, walk(items, path+"[]", closed)...)
	}
	return problems
}

func decode(t *testing.T, raw json.RawMessage) (value any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, &value))
	return value
}
