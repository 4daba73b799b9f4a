package sandbox

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// What a document names, made definite: whom it is for and what it charges.

// resolveClient finds, creates or updates the receiver of a document. It returns
// the stored record; a document keeps a copy of it.
func (c *call) resolveClient(in gigstack.ClientInput) (*gigstack.Client, error) {
	if in.ID != nil {
		if in.Search != nil {
			return nil, invalid("client", "client takes id or search, not both")
		}
		return c.client(*in.ID)
	}
	if in.Search == nil {
		return c.addClient(in.ClientFields)
	}
	found, err := c.searchClient(in.Search.OnKey, in.Search.OnValue)
	switch {
	case err != nil:
		return nil, err
	case found == nil && orElse(in.Search.AutoCreate, false):
		return c.addClient(in.ClientFields)
	case found == nil:
		return nil, notFound("Client with "+string(in.Search.OnKey), in.Search.OnValue)
	case orElse(in.Search.Update, false):
		return found, c.updateStored(found, in.ClientFields)
	default:
		return found, nil
	}
}

func (c *call) client(id string) (*gigstack.Client, error) {
	return c.world().clients.find("Client", id)
}

// searchClient is the one client whose field has that value, nil when there is
// none. Several are a conflict.
func (c *call) searchClient(key gigstack.ClientSearchKey, value string) (*gigstack.Client, error) {
	if strings.TrimSpace(value) == "" {
		return nil, invalid("search.on_value", "on_value is required")
	}
	have, ok := map[gigstack.ClientSearchKey]func(*gigstack.Client) string{
		"tax_id": func(v *gigstack.Client) string { return v.TaxID },
		"email":  func(v *gigstack.Client) string { return v.Email },
		"name":   func(v *gigstack.Client) string { return v.Name },
	}[key]
	if !ok {
		return nil, invalid("search.on_key", "on_key must be tax_id, email or name")
	}
	found, several := c.world().clients.only(func(v *gigstack.Client) bool { return strings.EqualFold(have(v), strings.TrimSpace(value)) })
	if several {
		return nil, conflict("More than one client has %s %s", key, value)
	}
	return found, nil
}

// addClient stores a new client and looks at its fiscal data.
func (c *call) addClient(in gigstack.ClientFields) (*gigstack.Client, error) {
	if in.Name == nil && in.Email == nil && in.LegalName == nil && in.TaxID == nil {
		return nil, invalid("client", "a client needs at least one of name, email, legal_name and tax_id")
	}
	v := gigstack.Client{
		ID:        c.sandbox.newID("client"),
		BCC:       []string{},
		Use:       string(orElse(c.team.settings.Use.Value, "G03")),
		Defaults:  &gigstack.ClientDefaults{KeepFullLegalName: new(false), IssueAutomaticInvoices: new(false), IssueInvoiceableReceipts: new(true)},
		Livemode:  new(c.key.live),
		CreatedAt: gigstack.SecondsOf(c.now),
		Owner:     c.team.owner,
		Team:      c.team.ID,
		From:      "api",
	}
	if err := c.changeClient(&v, in); err != nil {
		return nil, err
	}
	stored := c.world().clients.add(v.ID, v)
	c.emit("customer.created", stored)
	return stored, nil
}

// updateStored is changeClient of one that gigstack has.
func (c *call) updateStored(client *gigstack.Client, in gigstack.ClientFields) error {
	if err := c.changeClient(client, in); err != nil {
		return err
	}
	c.emit("customer.updated", client)
	return nil
}

// changeClient writes the fields that were sent and looks at the fiscal data
// again.
func (c *call) changeClient(client *gigstack.Client, in gigstack.ClientFields) error {
	if err := patchClient(client, in); err != nil {
		return err
	}
	review(client, c.now)
	return nil
}

// patchClient writes the fields that were sent; none when one of them is refused.
// Address and defaults are merged member by member; metadata and lists are
// replaced.
func patchClient(client *gigstack.Client, in gigstack.ClientFields) error {
	if in.TaxID != nil && !taxIDShape.MatchString(string(*in.TaxID)) {
		return invalid("tax_id", "tax_id must match %s", taxIDShape)
	}
	if err := cmp.Or(shaped("tax_system", in.TaxSystem), shaped("use", in.Use), mailAddress("email", in.Email)); err != nil {
		return err
	}
	set(&client.Name, in.Name)
	set(&client.Company, in.Company)
	set(&client.Email, in.Email)
	set(&client.Phone, in.Phone)
	set(&client.LegalName, in.LegalName)
	setAs(&client.TaxID, in.TaxID)
	setAs(&client.TaxSystem, in.TaxSystem)
	setAs(&client.Use, in.Use)
	if in.BCC != nil {
		client.BCC = in.BCC
	}
	if in.Metadata != nil {
		client.Metadata = in.Metadata
	}
	client.Address = mergeAddress(client.Address, in.Address)
	client.Defaults = mergeDefaults(client.Defaults, in.Defaults)
	client.Colombia = mergeColombia(client.Colombia, in.Colombia)
	if client.Name == "" {
		client.Name = cmp.Or(client.LegalName, client.Email)
	}
	return nil
}

// taxIDShape is what gigstack accepts as an RFC, which is more than the SAT does.
var taxIDShape = regexp.MustCompile(gigstack.RFC("").Pattern())

// mergeAddress returns a new address: documents share the old one.
func mergeAddress(old, in *gigstack.Address) *gigstack.Address {
	if in == nil {
		return old
	}
	a := orElse(old, gigstack.Address{Country: new("MEX")})
	for _, m := range []struct{ field, sent **string }{
		{&a.Country, &in.Country}, {&a.Street, &in.Street}, {&a.Exterior, &in.Exterior}, {&a.Interior, &in.Interior}, {&a.Neighborhood, &in.Neighborhood},
		{&a.Municipality, &in.Municipality}, {&a.City, &in.City}, {&a.State, &in.State}, {&a.Zip, &in.Zip},
	} {
		*m.field = cmp.Or(*m.sent, *m.field)
	}
	return &a
}

func mergeDefaults(old, in *gigstack.ClientDefaults) *gigstack.ClientDefaults {
	if in == nil {
		return old
	}
	d := orElse(old, gigstack.ClientDefaults{})
	d.KeepFullLegalName = cmp.Or(in.KeepFullLegalName, d.KeepFullLegalName)
	d.IssueAutomaticInvoices = cmp.Or(in.IssueAutomaticInvoices, d.IssueAutomaticInvoices)
	d.IssueInvoiceableReceipts = cmp.Or(in.IssueInvoiceableReceipts, d.IssueInvoiceableReceipts)
	return &d
}

func mergeColombia(old, in gigstack.Colombia) gigstack.Colombia {
	old.DocumentType = cmp.Or(in.DocumentType, old.DocumentType)
	old.OrganizationType = cmp.Or(in.OrganizationType, old.OrganizationType)
	old.TributeCode = cmp.Or(in.TributeCode, old.TributeCode)
	old.DV = cmp.Or(in.DV, old.DV)
	old.MunicipalityCode = cmp.Or(in.MunicipalityCode, old.MunicipalityCode)
	if in.FiscalResponsibilities != nil {
		old.FiscalResponsibilities = in.FiscalResponsibilities
	}
	return old
}

// resolveItems completes lines from the catalogue and adds them up. Services
// that a line asks to create are added only when every line is good.
func (c *call) resolveItems(in []gigstack.ItemInput) ([]gigstack.Item, cfdi.Totals, error) {
	if len(in) == 0 {
		return nil, cfdi.Totals{}, invalid("items", "at least one line is required")
	}
	items := make([]gigstack.Item, len(in))
	lines := make([]cfdi.Line, len(in))
	var missing []int
	for i, sent := range in {
		field := func(name string) string { return fmt.Sprintf("items[%d].%s", i, name) }
		service, err := c.serviceOf(sent, field)
		if err != nil {
			return nil, cfdi.Totals{}, err
		}
		items[i], err = completeItem(sent, service, c.team.settings, field)
		if err != nil {
			return nil, cfdi.Totals{}, err
		}
		lines[i] = lineOf(items[i])
		if err := checkLine(items[i], lines[i]); err != nil {
			return nil, cfdi.Totals{}, err
		}
		if service == nil && sent.Search != nil {
			missing = append(missing, i)
		}
	}
	for _, i := range missing {
		service, err := c.serviceOf(in[i], nil) // a line before may have added it
		if err != nil {
			return nil, cfdi.Totals{}, err
		}
		if service == nil {
			service = c.addServiceOf(items[i])
		}
		items[i].ID = service.ID
	}
	return items, cfdi.Sum(lines), nil
}

// serviceOf is the catalogue entry a line names, nil when it names none or asks
// to create it.
func (c *call) serviceOf(in gigstack.ItemInput, field func(string) string) (*gigstack.Service, error) {
	switch {
	case in.ID != nil && in.Search != nil:
		return nil, invalid(field("search"), "a line takes id or search, not both")
	case in.ID != nil:
		return c.service(*in.ID)
	case in.Search == nil:
		return nil, nil
	}
	have, ok := map[gigstack.ItemSearchKey]func(*gigstack.Service) string{
		"sku":         func(v *gigstack.Service) string { return v.SKU },
		"description": func(v *gigstack.Service) string { return v.Description },
	}[in.Search.OnKey]
	if !ok || in.Search.OnValue == "" {
		return nil, invalid(field("search"), "search needs on_key, sku or description, and on_value")
	}
	found, several := c.world().services.only(func(v *gigstack.Service) bool { return strings.EqualFold(have(v), in.Search.OnValue) })
	switch {
	case several:
		return nil, conflict("More than one service has %s %s", in.Search.OnKey, in.Search.OnValue)
	case found == nil && !orElse(in.Search.AutoCreate, false):
		return nil, notFound("Service with "+string(in.Search.OnKey), in.Search.OnValue)
	}
	return found, nil
}

// completeItem is a line with what the service, or the defaults of the team and of
// gigstack, add to it. A team's default taxes are not added: whether gigstack does
// is not known, and what is taxed should be said.
func completeItem(in gigstack.ItemInput, service *gigstack.Service, team gigstack.TeamSettings, field func(string) string) (v gigstack.Item, err error) {
	v = gigstack.Item{
		Description: orElse(team.DefaultDescription.Value, ""), Quantity: gigstack.Dec("1"), ProductKey: string(orElse(team.ProductKey.Value, "80141503")),
		UnitKey: orElse(team.UnitKey.Value, "E48"), UnitName: orElse(team.UnitName.Value, "Servicio"), Taxability: "02",
	}
	priced := in.UnitPrice != nil
	if service != nil {
		v = gigstack.Item{ID: service.ID, Description: service.Description, Quantity: orElse(service.Quantity, v.Quantity), UnitPrice: service.UnitPrice, SKU: service.SKU,
			ProductKey: cmp.Or(service.ProductKey, v.ProductKey), UnitKey: cmp.Or(service.UnitKey, v.UnitKey), UnitName: cmp.Or(service.UnitName, v.UnitName),
			Taxability: cmp.Or(service.Taxability, v.Taxability), Taxes: slices.Clone(service.Taxes)}
		priced = true
	} else if in.Search != nil {
		searched := &v.SKU
		if in.Search.OnKey == "description" {
			searched = &v.Description
		}
		*searched = in.Search.OnValue
	}
	set(&v.Description, in.Description)
	set(&v.Quantity, in.Quantity)
	set(&v.UnitPrice, in.UnitPrice)
	set(&v.SKU, in.SKU)
	setAs(&v.ProductKey, in.ProductKey)
	set(&v.UnitKey, in.UnitKey)
	set(&v.UnitName, in.UnitName)
	setAs(&v.Taxability, in.Taxability)
	if in.Taxes != nil {
		v.Taxes = storeTaxes(in.Taxes)
	}
	v.Discount, v.ThirdParty, v.Structured = in.Discount, in.ThirdParty, in.Structured
	v.Customs, v.Property, v.Complement = orElse(in.Customs, ""), orElse(in.Property, ""), orElse(in.Complement, "")
	switch {
	case strings.TrimSpace(v.Description) == "":
		return v, invalid(field("description"), "description is required")
	case !priced:
		return v, invalid(field("unit_price"), "unit_price is required")
	case v.UnitPrice.IsNegative():
		return v, invalid(field("unit_price"), "unit_price must not be negative")
	case !v.Quantity.IsPositive():
		return v, invalid(field("quantity"), "quantity must be greater than 0")
	case v.Discount != nil && v.Discount.IsNegative():
		return v, invalid(field("discount"), "discount must not be negative")
	default:
		return v, nil
	}
}

// addServiceOf puts a line into the catalogue.
func (c *call) addServiceOf(item gigstack.Item) *gigstack.Service {
	id := c.sandbox.newID("service")
	stored := c.world().services.add(id, gigstack.Service{
		ID: id, Description: item.Description, SKU: item.SKU, ProductKey: item.ProductKey, UnitKey: item.UnitKey, UnitName: item.UnitName,
		UnitPrice: item.UnitPrice, Quantity: new(gigstack.Dec("1")), Taxability: item.Taxability, Taxes: item.Taxes,
		Team: c.team.ID, From: "api", Livemode: c.key.live, CreatedAt: gigstack.SecondsOf(c.now),
	})
	c.emit("service.created", stored)
	return stored
}

// lineOf is an item as the arithmetic wants it.
func lineOf(item gigstack.Item) cfdi.Line {
	line := cfdi.Line{Quantity: item.Quantity.Decimal, UnitPrice: item.UnitPrice.Decimal, Discount: orElse(item.Discount, gigstack.Decimal{}).Decimal}
	for _, t := range item.Taxes {
		line.Taxes = append(line.Taxes, cfdi.Tax{Type: t.Type, Factor: t.Factor, Rate: t.Rate.Decimal, Inclusive: t.Inclusive, Withholding: t.Withholding})
	}
	return line
}
