package sandbox

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

func (s *Sandbox) routeRetentions() {
	serve(s, gigstack.ListRetentions, (*call).listRetentions)
	serve(s, gigstack.CreateRetention, (*call).createRetention)
	serve(s, gigstack.GetRetention, (*call).getRetention)
	serve(s, gigstack.CancelRetention, (*call).cancelRetention)
	serve(s, gigstack.GetRetentionFiles, (*call).getRetentionFiles)
}

// retention is a certificate with what its files say besides.
type retention struct {
	gigstack.Retention
	client   gigstack.Client // the receiver as it was
	zip      string          // where it was issued
	seal     string
	platform *gigstack.PlatformServices // of key 26
}

// The two nationalities of a receiver.
const (
	national = "Nacional"
	foreign  = "Extranjero"
)

func nationality(client *gigstack.Client) string {
	if cfdi.RFC(client.TaxID) == cfdi.ForeignRFC {
		return foreign
	}
	return national
}

func (c *call) listRetentions(in gigstack.ListRetentionsInput) (out gigstack.Page[gigstack.Retention], err error) {
	status, err := filterStatus(in.Status)
	if err := cmp.Or(err, shaped("retention_key", in.RetentionKey)); err != nil {
		return out, err
	}
	p, err := page(&c.world().retentions, in.Paging, gigstack.ListFilter{OrderBy: in.OrderBy, Sort: in.Sort}, func(v *retention) listed {
		return listed{created: gigstack.SecondsOf(v.CreatedAt.Time()), name: v.client.Name}
	}, func(v *retention) bool {
		return (status == "" || v.Status == status) && (in.RetentionKey == nil || v.RetentionKey == string(*in.RetentionKey)) &&
			(in.ClientID == nil || v.client.ID == *in.ClientID) &&
			(in.CreatedGTE == nil || v.CreatedAt >= gigstack.Millis(*in.CreatedGTE)) && (in.CreatedLTE == nil || v.CreatedAt <= gigstack.Millis(*in.CreatedLTE))
	})
	out = gigstack.Page[gigstack.Retention]{Next: p.Next, HasMore: p.HasMore, TotalResults: p.TotalResults}
	for _, v := range p.Data {
		out.Data = append(out.Data, v.Retention)
	}
	return out, err
}

func (c *call) createRetention(in gigstack.CreateRetentionInput) (v gigstack.Retention, err error) {
	stored, err := c.retain(in, "")
	if err != nil {
		return v, err
	}
	c.created()
	c.message = "Retention created successfully"
	return stored.Retention, nil
}

// retain stamps a retention, under a new UUID unless one is given. Nothing but
// the client changes when it is refused.
func (c *call) retain(in gigstack.CreateRetentionInput, uuid string) (*retention, error) {
	if err := checkRetention(in, c.now); err != nil {
		return nil, err
	}
	client, err := c.resolveClient(in.Client)
	if err != nil {
		return nil, err
	}
	if err := cmp.Or(checkIssuer(c.team, c.now), checkRetained(client), checkNationality(in.RetentionKey, nationality(client))); err != nil {
		return nil, err
	}
	if uuid == "" {
		uuid = c.sandbox.newUUID()
	}
	series := orElse(in.Series, "RET")
	v := retention{
		Retention: gigstack.Retention{
			ID: uuid, UUID: uuid, Status: "valid", DocumentType: "retenciones", RetentionKey: string(in.RetentionKey),
			Series: series, FolioNumber: gigstack.Scalar(strconv.Itoa(c.world().nextRetention(series))),
			Issuer:    &gigstack.Issuer{LegalName: c.team.legalName, TaxID: string(c.team.taxID), TaxSystem: string(c.team.taxSystem)},
			Receiver:  &gigstack.RetentionReceiver{LegalName: client.LegalName, TaxID: client.TaxID, Nationality: nationality(client)},
			Period:    gigstack.RetentionPeriod{Start: in.PeriodStart, End: in.PeriodEnd, Year: in.PeriodYear},
			Totals:    retentionTotals(in),
			Stamp:     &gigstack.RetentionStamp{UUID: uuid, StampedAt: c.now.In(gigstack.MexicoCity).Format(localTime), Provider: "sandbox"},
			Livemode:  c.key.live,
			CreatedAt: gigstack.MillisOf(c.now),
		},
		client: *client, zip: c.team.zip, seal: c.sandbox.seal("sello"), platform: in.PlatformServices,
	}
	v.VerificationURL = v.verificationURL()
	return c.world().retentions.add(uuid, v), nil
}

// nextRetention is the next folio of a series. Retentions are never removed, so
// there are no gaps.
func (w *world) nextRetention(series string) int {
	folio := 1
	for _, v := range w.retentions.rows {
		if v.Series == series {
			folio++
		}
	}
	return folio
}

// retentionTotals adds up what a retention certifies.
func retentionTotals(in gigstack.CreateRetentionInput) gigstack.RetentionTotals {
	exempt := orElse(in.TotalExempt, gigstack.Decimal{})
	totals := gigstack.RetentionTotals{Operation: in.TotalOperation, Exempt: exempt, Taxable: exact(in.TotalOperation.Sub(exempt.Decimal))}
	for _, tax := range in.Taxes {
		totals.Retained = exact(totals.Retained.Add(tax.Amount.Decimal))
		totals.Taxes = append(totals.Taxes, gigstack.TaxWithheld{
			Tax: taxCodes[string(tax.Tax)], Base: tax.Base, Amount: tax.Amount,
			PaymentType: string(orElse(tax.PaymentType, paymentTypes[tax.Tax][0])),
		})
	}
	return totals
}

// withheld is how much of one tax was withheld.
func (v *retention) withheld(tax gigstack.TaxType) (sum decimal.Decimal) {
	for _, row := range v.Totals.Taxes {
		if row.Tax == taxCodes[string(tax)] {
			sum = sum.Add(row.Amount.Decimal)
		}
	}
	return sum
}

// verificationURL is the SAT's page about a retention.
func (v *retention) verificationURL() string {
	return fmt.Sprintf("https://prodretencionverificacion.clouda.sat.gob.mx/?id=%s&re=%s&rr=%s&tt=%s&fe=%s",
		v.UUID, url.QueryEscape(v.Issuer.TaxID), url.QueryEscape(v.Receiver.TaxID), v.Totals.Retained, url.QueryEscape(v.seal[len(v.seal)-8:]))
}

// retention finds a certificate. UUIDs may be written in either case.
func (c *call) retention(id string) (*retention, error) {
	return c.world().retentions.find("Retention", strings.ToUpper(id))
}

func (c *call) getRetention(in gigstack.RetentionRef) (v gigstack.Retention, err error) {
	stored, err := c.retention(in.ID)
	if err != nil {
		return v, err
	}
	return stored.Retention, nil
}

// cancelRetention cancels at once: no receiver has to accept.
func (c *call) cancelRetention(in gigstack.CancelRetentionInput) (v gigstack.Retention, err error) {
	stored, err := c.retention(in.ID)
	if err != nil {
		return v, err
	}
	substitute := orElse(in.SubstitutionUUID, "")
	if err := checkMotive(in.Motive, substitute, false); err != nil {
		return v, err
	}
	switch {
	case stored.Status == "canceled":
		return v, conflict("Retention %s is already canceled", stored.UUID)
	case tooLate(stored.Issuer.TaxID, stored.CreatedAt.Time(), c.now):
		return v, fiscalRefusal("204", "Retentions of %d can no longer be canceled", stored.CreatedAt.Time().In(gigstack.MexicoCity).Year())
	case substitute != "" && !c.canReplace(substitute, stored):
		return v, invalid("substitution_uuid", "%s is no other valid retention of this team", substitute)
	}
	stored.Status = "canceled"
	c.message = "Retention canceled successfully"
	return stored.Retention, nil
}

// canReplace reports whether uuid is a valid retention other than v. How a
// substitute would name what it replaces is not documented.
func (c *call) canReplace(uuid string, v *retention) bool {
	substitute, err := c.retention(uuid)
	return err == nil && substitute != v && substitute.Status == "valid"
}
