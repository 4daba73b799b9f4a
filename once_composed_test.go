package main

import (
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// TestComposedExactlyOnce kills the program somewhere in a write of several steps, more
// than once, and makes the call again until nothing is left to do. There is then one
// substitute, and the old invoice is cancelled for it.
func TestComposedExactlyOnce(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { composedExactlyOnce(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { composedExactlyOnce(t, postgres.Database(t)) })
}

func composedExactlyOnce(t *testing.T, url string) {
	points := []string{beforeIntent, afterIntent, afterSend, afterAnswer, beforeRecord, afterRecord, atRandom, atRandom}
	if testing.Short() {
		points = points[3:7]
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newOnceStand(t, mathrand.New(mathrand.NewPCG(seed, 0)), url)
	for i, point := range points {
		t.Run(fmt.Sprint(i, " ", point), func(t *testing.T) { s.composed(t, fmt.Sprintf("Cambio %d", i), point) })
	}
	t.Logf("%d killed, %d writes sent", s.killed, s.writes.Load())
}

// composed replaces an invoice, come what may.
func (s *onceStand) composed(t *testing.T, name, point string) {
	s.ahead = 0
	wrong := s.make(t, gigstack.CreateIncomeInvoice, name, map[string]any{"payment_form": "03"})
	with := map[string]any{"id": wrong, "payment_form": "01"}
	for _, point := range []string{point, atRandom} { // whoever goes on may be killed as well
		plan := s.call(t, "replace_invoice", with)
		if plan.Plan == "" {
			break
		}
		s.crash(t, "replace_invoice", also(with, "plan", plan.Plan), point)
		if url := s.env["GIGSTACK_LEDGER"]; url != "" {
			s.endLeases(t)
		}
		s.ahead += 5 * time.Minute // nothing can be under way any more
	}
	var last answered
	for range 4 {
		if last = s.confirmed(t, "replace_invoice", with); last.Error != nil && last.Error.Code == "would_be_refused" {
			break
		}
		require.Nil(t, last.Error, "%+v", last.Error)
	}
	require.NotNil(t, last.Error)
	assert.Contains(t, last.Error.Message, "cancelled and replaced")

	substitutes := count(t, s, gigstack.ListIncomeInvoices, gigstack.ListInvoicesInput{Paging: all}, func(v gigstack.Invoice) bool {
		return v.Status == "valid" && slices.ContainsFunc(v.RelatedDocuments, func(r gigstack.DocumentRelation) bool {
			return r.Relationship == "04" && strings.EqualFold(r.Documents[0], wrong)
		})
	})
	assert.Equal(t, 1, substitutes)
	assert.Empty(t, s.call(t, "resolve_outcome", nil).Attempts, "nothing is left open")
}
