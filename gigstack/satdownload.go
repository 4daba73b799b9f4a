package gigstack

// SATDownload is the page of mass downloads from the SAT.
var SATDownload = Resource{
	Name:      "sat_download",
	Doc:       "Descarga Masiva: have gigstack download a company's CFDI from the SAT.",
	Endpoints: []Operation{},
}
