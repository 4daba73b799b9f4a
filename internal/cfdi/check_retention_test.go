package cfdi

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fees is a retention with which nothing is wrong.
func fees() *Retention {
	return &Retention{
		Key: "01", Start: 10, End: 10, Year: 2026, Operation: dec("1000"),
		Receiver: &Party{RFC: "FUNK671228PH6", Name: "KARLA FUENTE NOLASCO", Zip: "16034"},
		Taxes:    []Withheld{{Type: "ISR", Base: dec("1000"), Amount: dec("100")}},
	}
}

// rides is a retention of a platform with which nothing is wrong.
func rides() *Retention {
	r := fees()
	r.Key = "26"
	r.Platform = &Platform{"02", []PlatformService{{Form: "03", Type: "01", Day: "2026-10-05", Price: dec("1000"), Rate: dec("0.16")}}}
	return r
}

var retentionRules = []struct {
	name   string
	of     func() *Retention
	breaks func(*Retention)
	found  string
}{
	{"no such key", fees, func(r *Retention) { r.Key = "29" }, "error retention_key"},
	{"key of the SAT's alone", fees, func(r *Retention) { r.Key = "28" }, "error retention_key"},
	{"platform without sales", fees, func(r *Retention) { r.Key = "26" }, "error platform_services"},
	{"sales without platform", rides, func(r *Retention) { r.Key = "01" }, "error SPT102 platform_services"},
	{"no RFC", fees, func(r *Retention) { r.Receiver.RFC = "" }, "error Reten20113 client.tax_id"},
	{"RFC's shape", fees, func(r *Retention) { r.Receiver.RFC = "FUNK671328PH6" }, "error Reten20113 client.tax_id"},
	{"check digit", fees, func(r *Retention) { r.Receiver.RFC = "FUNK671228PH7" }, "warning Reten20113 client.tax_id"},
	{"payee at home", fees, func(r *Retention) { r.Key = "18" }, "error retention_key"},
	{"platform abroad", rides, func(r *Retention) { r.Receiver.RFC = ForeignRFC }, "error SPT104 retention_key"},
	{"no name", fees, func(r *Retention) { r.Receiver.Name = "" }, "error Reten20116 client.legal_name"},
	{"small letters", fees, func(r *Retention) { r.Receiver.Name = "Karla" }, "error Reten20116 client.legal_name"},
	{"postal code", fees, func(r *Retention) { r.Receiver.Zip = "" }, "error Reten20120 client.address.zip"},
	{"first month", fees, func(r *Retention) { r.Start = 0 }, "error period_start"},
	{"last month", fees, func(r *Retention) { r.End = 13 }, "error period_end"},
	{"months swapped", fees, func(r *Retention) { r.Start = 11 }, "error period_end"},
	{"year before last", fees, func(r *Retention) { r.Year = 2024 }, "error Reten20126 period_year"},
	{"next month", fees, func(r *Retention) { r.End = 12 }, "warning period_end"},
	{"tenths of cents", fees, func(r *Retention) { r.Operation = dec("1000.001") }, "error total_operation"},
	{"below 0", fees, func(r *Retention) { r.Exempt = dec("-1") }, "error total_exempt"},
	{"more exempt than there is", fees, func(r *Retention) { r.Exempt = dec("1001") }, "error Reten20129 total_exempt"},
	{"nothing withheld", fees, func(r *Retention) { r.Taxes = nil }, "error taxes"},
	{"no such tax", fees, func(r *Retention) { r.Taxes[0].Type = "ISH" }, "error taxes[0].tax"},
	{"payment type of another tax", fees, func(r *Retention) { r.Taxes[0].PaymentType = "01" }, "error taxes[0].payment_type"},
	{"exact base", fees, func(r *Retention) { r.Taxes[0].Base = dec("1000.001") }, "error taxes[0].base"},
	{"exact amount", fees, func(r *Retention) { r.Taxes[0].Amount = dec("100.001") }, "error taxes[0].amount"},
	{"more withheld than there was", fees, func(r *Retention) { r.Taxes[0].Amount = dec("1001") }, "warning taxes[0].amount"},
	{"two months of a platform", rides, func(r *Retention) { r.End = 11 }, "error SPT106 period_end"},
	{"exempt on a platform", rides, func(r *Retention) { r.Exempt = dec("1") }, "error SPT110 total_exempt"},
	{"a tax twice", rides, func(r *Retention) { r.Taxes = append(r.Taxes, r.Taxes[0]) }, "error SPT112 taxes[1].tax"},
	{"platform's periodicity", rides, func(r *Retention) { r.Platform.Periodicity = "06" }, "error SPT115 platform_services.periodicity"},
	{"no sales", rides, func(r *Retention) { r.Platform.Services, r.Operation = nil, decimal.Zero }, "error platform_services.services"},
	{"sum", rides, func(r *Retention) { r.Operation = dec("999") }, "error SPT108 total_operation"},
	{"no day", rides, func(r *Retention) { r.Platform.Services[0].Day = "5/10" }, "error SPT128 platform_services.services[0].service_date"},
	{"another day", rides, func(r *Retention) { r.Platform.Services[0].Day = "2026-09-30" }, "error SPT128 platform_services.services[0].service_date"},
	{"platform's form", rides, func(r *Retention) { r.Platform.Services[0].Form = "10" }, "error SPT124 platform_services.services[0].payment_form"},
	{"platform's service", rides, func(r *Retention) { r.Platform.Services[0].Type = "12" }, "error SPT125 platform_services.services[0].service_type"},
	{"platform's rate", rides, func(r *Retention) { r.Platform.Services[0].Rate = dec("0.15") }, "error platform_services.services[0].tax_rate"},
	{"exact commission", rides, func(r *Retention) { r.Platform.Services[0].Commission = dec("0.001") }, "error platform_services.services[0].commission"},
	{"long series", fees, func(r *Retention) { r.Series = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" }, "error series"},
}

func TestRetentionRules(t *testing.T) {
	assert.Empty(t, CheckRetention(fees(), today))
	assert.Empty(t, CheckRetention(rides(), today))
	require.Len(t, retentionRules, 39)
	for _, r := range retentionRules {
		t.Run(r.name, func(t *testing.T) {
			retention := r.of()
			r.breaks(retention)
			assertFound(t, r.found, CheckRetention(retention, today))
		})
	}
}
