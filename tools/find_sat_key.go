package tools

import (
	"cmp"
	"context"
	"errors"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/satkeys"
)

// findKeyInput is a thing to be named as the SAT names it.
type findKeyInput struct {
	Query string   `json:"query" doc:"What is sold, or the unit, in Spanish or English; or the beginning of a key." jsonschema:"minLength=1,maxLength=200"`
	Kind  *keyKind `json:"kind,omitempty" doc:"product when absent."`
	Limit *int     `json:"limit,omitempty" doc:"5 when absent." jsonschema:"minimum=1,maximum=20"`
}

// keyKind is one of the SAT's lists of keys.
type keyKind string

// Choices lists them.
func (keyKind) Choices() []gigstack.Choice {
	return []gigstack.Choice{{Value: "product", Meaning: "product_key"}, {Value: "unit", Meaning: "unit_key"}}
}

// findKeyResult is keys that fit, best first.
type findKeyResult struct {
	Hits   []keyHit  `json:"hits" doc:"Best first; empty when no key fits: ask in other words, Spanish ones first."`
	Source keySource `json:"source"`
	Notes  []string  `json:"notes,omitempty"`
	Error  *failure  `json:"error,omitempty"`
}

func (findKeyResult) actedFor() string { return "" }

// keyHit is a key that fits.
type keyHit struct {
	Key        string       `json:"key"`
	NameES     string       `json:"name_es"`
	NameEN     string       `json:"name_en,omitempty"`
	Why        string       `json:"why"`
	Class      string       `json:"class,omitempty" doc:"What it is one of."`
	Symbol     string       `json:"symbol,omitempty"`
	Border     bool         `json:"border_incentive,omitempty" doc:"May have the IVA of 8 %."`
	Companions []keyMention `json:"companions,omitempty" doc:"What goes with it: the usual unit_key."`
}

// keyMention is a key of the other list.
type keyMention struct {
	Kind   string `json:"kind"`
	Key    string `json:"key"`
	NameES string `json:"name_es,omitempty"`
}

// keySource is the list that was searched.
type keySource struct {
	List     string `json:"list" doc:"The SAT's name for it."`
	Keys     int    `json:"keys"`
	Date     string `json:"date"`
	Complete bool   `json:"complete" doc:"All of it was searched, not the embedded selection alone."`
}

// findSATKey finds keys of the SAT's two large lists.
func (t *Tools) findSATKey() ownTool {
	return sessionTool("find_sat_key", "Find a SAT key",
		"Find the SAT's product or service key (product_key) or unit key (unit_key) for what a line sells, in Spanish or English as people say it. Choose by the names, never by the key alone, and ask the person when none is plainly right.",
		func(ctx context.Context, in findKeyInput) (v findKeyResult, err error) {
			kind := satkeys.Kind(cmp.Or(value(in.Kind), "product"))
			hits, source, err := t.Keys.Find(ctx, kind, in.Query, cmp.Or(value(in.Limit), 5))
			if errors.Is(err, satkeys.ErrDamaged) {
				err = &failure{Code: "catalogs_damaged", Outcome: gigstack.NotSent, Message: "The SAT's lists that were loaded cannot be read.", Next: "Tell the person: the operator can load them again (gigstack-mcp catalogs load FILE)."}
			}
			if err != nil {
				return v, err
			}
			v = findKeyResult{Hits: []keyHit{}, Source: keySource{
				List: map[satkeys.Kind]string{satkeys.Product: "c_ClaveProdServ", satkeys.Unit: "c_ClaveUnidad"}[kind],
				Keys: source.Keys, Date: source.Date, Complete: source.File != "",
			}}
			for _, h := range hits {
				hit := keyHit{Key: h.Code, NameES: h.ES, NameEN: h.EN, Why: h.Why, Class: h.Class, Symbol: h.Symbol, Border: h.Border}
				if h.Usual.Code != "" {
					hit.Companions = []keyMention{{"unit", h.Usual.Code, h.Usual.ES}}
				}
				v.Hits = append(v.Hits, hit)
			}
			if source.File == "" {
				v.Notes = append(v.Notes, "Only common keys were searched. The operator can load the SAT's whole list: gigstack-mcp catalogs load FILE.")
			}
			return v, nil
		}, t)
}
