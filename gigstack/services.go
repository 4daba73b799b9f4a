package gigstack

import "github.com/gigstack/gigstack-mcp/internal/risk"

// Services is the catalogue page of the API.
var Services = Resource{
	Name:      "services",
	Doc:       "The catalogue of things the team sells, with SAT keys, price and taxes.",
	Endpoints: []Operation{ListServices, GetService, UpdateService, CreateService, DeleteService},
}

// ListServices pages through the catalogue.
//
// Their ids can be used as items[].id of invoices, payments and receipts.
var ListServices = Endpoint[ListServicesInput, Page[Service]]{
	Name:  "list_services",
	Route: "GET /services",
	Risk:  risk.Read,
	Title: "List services",
	Doc:   "List the catalogue of products and services.",
	Slow:  true,
}

// ListServicesInput filters the catalogue.
type ListServicesInput struct {
	Paging
	ListFilter
}

// GetService reads one entry of the catalogue.
var GetService = Endpoint[ServiceRef, Service]{
	Name:  "get_service",
	Route: "GET /services/{id}",
	Risk:  risk.Read,
	Title: "Read a service",
	Doc:   "Read a catalogue entry.",
	Slow:  true,
}

// ServiceRef names one catalogue entry.
type ServiceRef struct {
	ID string `json:"id"`
}

// UpdateService changes the fields that are sent.
//
// Those left out stay. taxes replaces the whole list. Documents already issued keep the
// old values.
var UpdateService = Endpoint[UpdateServiceInput, Service]{
	Name:  "update_service",
	Route: "PUT /services/{id}",
	Risk:  risk.Write,
	Title: "Update a service",
	Doc:   "Change a catalogue entry; taxes replaces all.",
	Undo:  "Send the old values with update_service; fields that were empty cannot be emptied.",
	Back:  `update_service {"id":"$args.id","*":"$was"}`,
}

// UpdateServiceInput is the entry and the fields to change.
type UpdateServiceInput struct {
	ID          string      `json:"id"`
	Description *string     `json:"description,omitempty"`                                                            // text printed on documents
	UnitPrice   *Decimal    `json:"unit_price,omitempty" doc:"Before taxes unless inclusive." jsonschema:"minimum=0"` // price of one unit, before taxes unless a tax is inclusive
	SKU         *string     `json:"sku,omitempty"`                                                                    // your stock code
	ProductKey  *ProductKey `json:"product_key,omitempty"`                                                            // SAT product or service key, 8 digits
	UnitKey     *string     `json:"unit_key,omitempty" doc:"c_ClaveUnidad, e.g. E48."`
	UnitName    *string     `json:"unit_name,omitempty"`                       // unit as printed
	Quantity    *Decimal    `json:"quantity,omitempty" jsonschema:"minimum=0"` // usual quantity
	Taxability  *Taxability `json:"taxability,omitempty"`                      // SAT object of tax
	Taxes       []TaxInput  `json:"taxes,omitempty"`                           // taxes; replaces the stored list
	Metadata    Metadata    `json:"metadata,omitempty"`
}

// CreateService adds an entry to the catalogue.
//
// Look with list_services first: nothing stops a second one of the same name.
var CreateService = Endpoint[CreateServiceInput, Service]{
	Name:  "create_service",
	Route: "POST /services",
	Risk:  risk.Write,
	Title: "Create a service",
	Doc:   "Add a product or service to the catalogue; list_services first.",
	Undo:  "delete_service removes it.",
	Back:  `delete_service {"id":"$data.id"}`,
}

// CreateServiceInput is a new catalogue entry.
type CreateServiceInput struct {
	Description string      `json:"description"`                                                            // text printed on documents
	UnitPrice   Decimal     `json:"unit_price" doc:"Before taxes unless inclusive." jsonschema:"minimum=0"` // price of one unit, before taxes unless a tax is inclusive
	SKU         *string     `json:"sku,omitempty"`                                                          // your stock code
	ProductKey  *ProductKey `json:"product_key,omitempty"`                                                  // SAT product or service key, 8 digits
	UnitKey     *string     `json:"unit_key,omitempty" doc:"c_ClaveUnidad, e.g. E48."`                      // SAT unit key; E48 service (default), H87 piece
	UnitName    *string     `json:"unit_name,omitempty"`                                                    // unit as printed
	Quantity    *Decimal    `json:"quantity,omitempty" jsonschema:"minimum=0"`                              // usual quantity
	Taxability  *Taxability `json:"taxability,omitempty"`                                                   // SAT object of tax; 02 when absent
	Taxes       []TaxInput  `json:"taxes,omitempty"`                                                        // taxes that documents inherit
	Metadata    Metadata    `json:"metadata,omitempty"`
}

// DeleteService removes an entry from the catalogue.
//
// Documents that used it stay as they are.
var DeleteService = Endpoint[ServiceRef, Deleted]{
	Name:  "delete_service",
	Route: "DELETE /services/{id}",
	Risk:  risk.Destructive,
	Title: "Delete a service",
	Doc:   "Delete a catalogue entry.",
	Undo:  "Cannot be undone; create_service makes a new one, with another id.",
}

// Deleted is the answer of a removal; gigstack sends some of it or nothing.
type Deleted struct {
	ID      string `json:"id,omitempty" doc:"What was removed."`
	Deleted bool   `json:"deleted,omitempty"`
}

// Service is an entry of the catalogue.
type Service struct {
	ID          string   `json:"id"`
	Description string   `json:"description"`
	SKU         string   `json:"sku,omitempty"`
	ProductKey  string   `json:"product_key,omitempty"`
	UnitKey     string   `json:"unit_key,omitempty"`
	UnitName    string   `json:"unit_name,omitempty"`
	UnitPrice   Decimal  `json:"unit_price"`
	Quantity    *Decimal `json:"quantity,omitempty"`
	Taxability  string   `json:"taxability,omitempty"`
	Taxes       []Tax    `json:"taxes,omitempty"`
	Metadata    Metadata `json:"metadata,omitempty"`
	Team        string   `json:"team,omitempty"`
	From        string   `json:"from,omitempty" doc:"Where it was created: api, manual …"`
	Livemode    bool     `json:"livemode"`
	CreatedAt   Seconds  `json:"created_at"`
}
