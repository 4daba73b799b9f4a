package gigstack

// Retentions is the page of retention certificates.
var Retentions = Resource{
	Name:      "retentions",
	Doc:       "Retention certificates (CFDI de retenciones e información de pagos).",
	Endpoints: []Operation{},
}
