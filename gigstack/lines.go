package gigstack

// The lines of invoices, payments and receipts, as sent and as returned.

// ItemInput is a line to charge: a service of the catalogue by id or search, or
// literal fields; literal fields override what the service says.
type ItemInput struct {
	ID          *string         `json:"id,omitempty" doc:"Catalogue service."`                                            // catalogue service whose text, price, keys and taxes the line inherits
	Search      *ItemSearch     `json:"search,omitempty"`                                                                 // find the catalogue service instead of giving its id
	Description *string         `json:"description,omitempty"`                                                            // line text; needed without id or search
	Quantity    *Decimal        `json:"quantity,omitempty" jsonschema:"minimum=0"`                                        // 1 when absent
	UnitPrice   *Decimal        `json:"unit_price,omitempty" doc:"Before taxes unless inclusive." jsonschema:"minimum=0"` // price of one unit, before taxes unless a tax is inclusive
	Discount    *Decimal        `json:"discount,omitempty" doc:"Amount." jsonschema:"minimum=0"`                          // amount (not percent) off the line, before taxes
	SKU         *string         `json:"sku,omitempty"`                                                                    // your stock code
	ProductKey  *ProductKey     `json:"product_key,omitempty"`                                                            // SAT product or service key, 8 digits
	UnitKey     *string         `json:"unit_key,omitempty" doc:"c_ClaveUnidad." jsonschema:"pattern=^[A-Z0-9]{1\\,3}$"`   // SAT unit key; E48 service, H87 piece
	UnitName    *string         `json:"unit_name,omitempty"`                                                              // unit as printed
	Taxability  *Taxability     `json:"taxability,omitempty"`                                                             // SAT object of tax; 02 when absent
	Taxes       []TaxInput      `json:"taxes,omitempty"`                                                                  // taxes of the line
	ThirdParty  *ThirdParty     `json:"third_party,omitempty"`                                                            // on whose account the line is charged
	Customs     *string         `json:"customs_request,omitempty" doc:"Pedimento."`                                       // customs pediment number
	Property    *string         `json:"property_tax_account,omitempty"`                                                   // cuenta predial, for leases
	Complement  *string         `json:"complement,omitempty" doc:"XML."`                                                  // XML complement of the line
	Structured  *ItemComplement `json:"item_complement,omitempty"`                                                        // structured complement of the line
}

// ItemSearch looks a catalogue service up.
type ItemSearch struct {
	OnKey      ItemSearchKey `json:"on_key"`
	OnValue    string        `json:"on_value"`
	AutoCreate *bool         `json:"auto_create,omitempty"` // create the service from the line when none matches
}

// ItemSearchKey is a field of the catalogue that can be searched.
type ItemSearchKey string

// Choices lists the searchable fields.
func (ItemSearchKey) Choices() []Choice { return []Choice{{"sku", ""}, {"description", ""}} }

// TaxInput is one tax of a line.
type TaxInput struct {
	Type        TaxType    `json:"type"`
	Rate        Decimal    `json:"rate" doc:"0.16" jsonschema:"minimum=0"` // fraction: 0.16 is 16 %
	Factor      *TaxFactor `json:"factor,omitempty"`                       // Tasa when absent
	Base        *string    `json:"base,omitempty" doc:"Leave out."`        // leave out; gigstack's selector, always 01
	Inclusive   *bool      `json:"inclusive,omitempty"`                    // unit_price already contains this tax
	Withholding *bool      `json:"withholding,omitempty"`                  // withheld by the buyer: lowers the total
}

// TaxType is a Mexican tax.
type TaxType string

// Choices lists the taxes a line can carry.
func (TaxType) Choices() []Choice { return []Choice{{"IVA", ""}, {"ISR", ""}, {"IEPS", ""}} }

// TaxFactor is how a tax is computed (c_TipoFactor).
type TaxFactor string

// Choices lists c_TipoFactor.
func (TaxFactor) Choices() []Choice {
	return []Choice{{"Tasa", "rate"}, {"Cuota", "amount a unit"}, {"Exento", "exempt"}}
}

// Taxability is SAT's c_ObjetoImp.
type Taxability string

// Choices lists c_ObjetoImp.
func (Taxability) Choices() []Choice {
	return []Choice{{"01", "not subject"}, {"02", "subject"}, {"03", "subject, not itemised"}, {"04", "subject, no tax caused"},
		{"05", "subject, IVA of Podebi"}, {"06", "subject to IVA, no transfer"}, {"07", "no IVA transfer, IEPS itemised"}, {"08", "no IVA transfer, no IEPS"}}
}

// Hint names the catalogue.
func (Taxability) Hint() string { return "c_ObjetoImp" }

// ProductKey is a key of SAT's c_ClaveProdServ: eight digits.
type ProductKey string

// Pattern is what a product key looks like.
func (ProductKey) Pattern() string { return `^\d{8}$` }

// Hint names the catalogue.
func (ProductKey) Hint() string { return "c_ClaveProdServ" }

// ThirdParty is the taxpayer on whose account a line is charged.
type ThirdParty struct {
	LegalName string    `json:"legal_name"` // registered name
	TaxID     RFC       `json:"tax_id"`
	TaxSystem TaxSystem `json:"tax_system"`
	Zip       string    `json:"zip"` // postal code of the tax domicile
}

// ItemComplement is the structured complement of a line.
type ItemComplement struct {
	Hydrocarbons *Hydrocarbons `json:"hydrocarbons,omitempty"` // fuel permit
}

// Hydrocarbons is the fuel permit of a line.
type Hydrocarbons struct {
	PermitType   *string `json:"permit_type,omitempty"`
	PermitNumber *string `json:"permit_number,omitempty"`
	FuelCode     *string `json:"fuel_code,omitempty"`
	SubProduct   *string `json:"fuel_sub_product,omitempty"` // sub-product code
}

// Tax is a tax as gigstack stores it.
type Tax struct {
	Type        string  `json:"type"`
	Rate        Decimal `json:"rate"`
	Factor      string  `json:"factor,omitempty"`
	Base        Scalar  `json:"base,omitempty"` // an amount, or gigstack's selector 01
	Inclusive   bool    `json:"inclusive"`
	Withholding bool    `json:"withholding"`
}

// Item is a line as gigstack stores it.
type Item struct {
	ID          string          `json:"id,omitempty"`
	Description string          `json:"description,omitempty"`
	Quantity    Decimal         `json:"quantity"`
	UnitPrice   Decimal         `json:"unit_price"`
	Discount    *Decimal        `json:"discount,omitempty"`
	SKU         string          `json:"sku,omitempty"`
	ProductKey  string          `json:"product_key,omitempty"`
	UnitKey     string          `json:"unit_key,omitempty"`
	UnitName    string          `json:"unit_name,omitempty"`
	Taxability  string          `json:"taxability,omitempty"`
	Taxes       []Tax           `json:"taxes,omitempty"`
	ThirdParty  *ThirdParty     `json:"third_party,omitempty"`
	Customs     string          `json:"customs_request,omitempty"`
	Property    string          `json:"property_tax_account,omitempty"`
	Complement  string          `json:"complement,omitempty"`
	Structured  *ItemComplement `json:"item_complement,omitempty"`
}
