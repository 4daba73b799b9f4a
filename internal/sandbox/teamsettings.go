package sandbox

import (
	"bytes"
	"encoding/json"
	"math"
	"net/mail"
	"regexp"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

func (c *call) updateTeamSettings(in gigstack.UpdateTeamSettingsInput) (v gigstack.StoredSettings, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	if err := checkSettings(in.TeamSettings); err != nil {
		return v, err
	}
	t.settings = patched(t.settings, in.TeamSettings)
	return showSettings(t.settings), nil
}

// showSettings is settings as a team shows them: what was never set, or cleared,
// is absent.
func showSettings(settings gigstack.TeamSettings) gigstack.StoredSettings { return object(settings) }

// checkSettings refuses values outside the documented lists and ranges.
func checkSettings(in gigstack.TeamSettings) error {
	reinvoice := orElse(in.Reinvoice.Value, gigstack.Reinvoice{})
	refunds := orElse(in.Refunds.Value, gigstack.RefundSettings{})
	reminders := orElse(in.PaymentReminders.Value, gigstack.PaymentReminders{})
	for _, err := range []error{
		allowed("periodicity", in.Periodicity.Value),
		allowed("pdf_language", in.PDFLanguage.Value),
		allowed("reinvoice.handler", reinvoice.Handler.Value),
		allowed("refunds.current_month_handler", refunds.CurrentMonthHandler.Value),
		shaped("product_key", in.ProductKey.Value),
		shaped("use", in.Use.Value),
		within("global_invoicing_monthly_cuts", in.GlobalMonthlyCuts.Value, 2, 5),
		within("eom_ppd_threshold_days", in.EOMPPDThresholdDays.Value, 0, 31),
		within("limit_days_to_pay", in.LimitDaysToPay.Value, 0, math.MaxInt32),
		within("payment_reminders.days", reminders.Days.Value, 0, math.MaxInt32),
		within("reinvoice.window_days", reinvoice.WindowDays.Value, 0, math.MaxInt32),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *call) listTeamSeries(in gigstack.TeamRef) (v gigstack.Page[gigstack.Series], err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	for _, series := range t.series.rows {
		v.Data = append(v.Data, *series)
	}
	v.TotalResults = new(len(v.Data))
	return v, nil
}

func (c *call) createTeamSeries(in gigstack.CreateTeamSeriesInput) (v gigstack.Series, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	if err := shaped("series", &in.Series); err != nil {
		return v, err
	}
	if err := checkCounters(in.Live, in.Test); err != nil {
		return v, err
	}
	code := string(in.Series)
	if _, ok := t.series.get(code); ok {
		return v, exists("Series %s exists already", code)
	}
	c.created()
	return *t.series.add(code, gigstack.Series{ID: code, Series: code, Live: orElse(in.Live, 0), Test: orElse(in.Test, 0)}), nil
}

func (c *call) updateTeamSeries(in gigstack.UpdateTeamSeriesInput) (v gigstack.Series, err error) {
	t, err := c.reach(in.ID)
	if err != nil {
		return v, err
	}
	series, err := t.series.find("Series", in.SeriesID)
	if err != nil {
		return v, err
	}
	if in.Live == nil && in.Test == nil {
		return v, invalid("", "live or test is required")
	}
	if err := checkCounters(in.Live, in.Test); err != nil {
		return v, err
	}
	set(&series.Live, in.Live)
	set(&series.Test, in.Test)
	return *series, nil
}

// checkCounters refuses negative folios.
func checkCounters(live, test *int) error {
	if err := within("live", live, 0, math.MaxInt32); err != nil {
		return err
	}
	return within("test", test, 0, math.MaxInt32)
}

// patched is stored with patch laid over it as gigstack does: what patch leaves
// out stays, null clears, lists replace, objects are merged and an empty object
// changes nothing.
func patched[T any](stored T, patch any) (merged T) {
	all := object(stored)
	lay(all, object(patch))
	fill(&merged, all)
	return merged
}

func lay(over, patch map[string]any) {
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(over, name)
		case map[string]any:
			if len(value) == 0 {
				continue
			}
			group, ok := over[name].(map[string]any)
			if !ok {
				group = map[string]any{}
				over[name] = group
			}
			lay(group, value)
		default:
			over[name] = value
		}
	}
}

// object is a struct of this API as the JSON object it is.
func object(v any) map[string]any {
	fields := map[string]any{}
	fill(&fields, v)
	return fields
}

// fill copies from into to by way of JSON, numbers kept as written. Both are of
// this API's own types, for which that cannot fail.
func fill(to, from any) {
	raw, err := json.Marshal(from)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		err = dec.Decode(to)
	}
	if err != nil {
		panic(err)
	}
}

// allowed refuses a value that its closed list does not have; nil passes.
func allowed[T choice](field string, value *T) error {
	if value == nil {
		return nil
	}
	var names []string
	for _, choice := range (*value).Choices() {
		if choice.Value == string(*value) {
			return nil
		}
		names = append(names, choice.Value)
	}
	return invalid(field, "%s must be one of %s", field, strings.Join(names, ", "))
}

// shaped refuses a value that does not look like one; nil passes.
func shaped[T interface {
	~string
	Pattern() string
}](field string, value *T) error {
	if value == nil || regexp.MustCompile((*value).Pattern()).MatchString(string(*value)) {
		return nil
	}
	return invalid(field, "%s is malformed", field)
}

// zipCode is a Mexican postal code.
type zipCode string

// Pattern is five digits.
func (zipCode) Pattern() string { return `^\d{5}$` }

// within refuses a number outside least and most; nil passes.
func within(field string, value *int, least, most int) error {
	if value == nil || *value >= least && *value <= most {
		return nil
	}
	return invalid(field, "%s is out of range", field)
}

// mailAddress refuses what no mail could be sent to; nil passes.
func mailAddress(field string, value *string) error {
	if value == nil {
		return nil
	}
	if a, err := mail.ParseAddress(*value); err != nil || a.Address != *value {
		return invalid(field, "%s is no e-mail address", field)
	}
	return nil
}
