package sandbox

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/catalogs"
	"github.com/gigstack/gigstack-mcp/internal/cfdi"
)

// Certificate is a tax-status certificate (Constancia de Situación Fiscal), as far
// as invoices need it.
type Certificate struct {
	TaxID     gigstack.RFC
	LegalName string
	TaxSystem gigstack.TaxSystem
	Address   gigstack.Address
}

// DemoCertificate is of a taxpayer whom the demonstration company does not know
// yet: one of SAT's public test identities at an invented address.
func DemoCertificate() Certificate {
	a := seedAddress("Calle Revolución de 1910", "315", "Centro", "La Paz", "Baja California Sur")
	a.Interior, a.Zip = new("B"), new("23004")
	return Certificate{TaxID: "IXS7607092R5", LegalName: "INTERNACIONAL XIMBO Y SABORES", TaxSystem: "601", Address: a}
}

// The labels of a certificate that the sandbox reads; the SAT prints companies'
// and persons' names under different ones.
const (
	labelRFC     = "RFC"
	labelCompany = "Denominación/Razón Social"
	labelName    = "Nombre (s)"
	labelSurname = "Primer Apellido"
	labelSecond  = "Segundo Apellido"
	labelRegimes = "Regímenes"
)

// domicile is the labelled parts of an address, as the SAT orders them.
func domicile(a *gigstack.Address) []domicilePart {
	return []domicilePart{
		{"Código Postal", &a.Zip}, {"Nombre de Vialidad", &a.Street}, {"Número Exterior", &a.Exterior}, {"Número Interior", &a.Interior},
		{"Nombre de la Colonia", &a.Neighborhood}, {"Nombre de la Localidad", &a.City},
		{"Nombre del Municipio o Demarcación Territorial", &a.Municipality}, {"Nombre de la Entidad Federativa", &a.State},
	}
}

type domicilePart struct {
	label string
	value **string
}

// PDF is a certificate of the sandbox's own, worded like the SAT's. The name
// stands under the label for companies, whoever it is.
func (v Certificate) PDF() []byte {
	p := &pdfPage{y: pageHeight - pageMargin}
	p.line(bold, 14, "CONSTANCIA DE SITUACIÓN FISCAL")
	p.line(plain, 9, "Documento del sandbox: sin validez fiscal")
	p.gap(8)
	p.line(plain, 10, labelRFC+": "+string(v.TaxID))
	p.line(plain, 10, labelCompany+": "+v.LegalName)
	for _, part := range domicile(&v.Address) {
		p.line(plain, 10, part.label+": "+orElse(*part.value, "-"))
	}
	regime, _ := catalogs.Lookup(catalogs.TaxRegimes, v.TaxSystem)
	p.line(plain, 10, labelRegimes+": "+regime.ES)
	return pdfFile(p.content.Bytes())
}

func (c *call) uploadCSF(in gigstack.UploadClientCSFInput) (v gigstack.Client, err error) {
	if err := checkFile(in.File.Rule(), in.File.File); err != nil {
		return v, err
	}
	read, ok := readCertificate(in.File.Content)
	if !ok {
		return v, fiscalRefusal("CSF", "No fiscal data could be read from %s", in.File.Name)
	}
	fields := gigstack.ClientFields{LegalName: &read.LegalName, TaxID: &read.TaxID, TaxSystem: &read.TaxSystem, Address: &read.Address}
	if in.ClientID != nil {
		return c.updateClient(gigstack.UpdateClientInput{ID: *in.ClientID, ClientFields: fields})
	}
	known, err := c.searchClient("tax_id", string(read.TaxID))
	if err != nil {
		return v, err
	}
	if known != nil {
		return v, conflict("Client %s has the RFC %s already; name it in client_id", known.ID, known.TaxID)
	}
	c.created()
	return copied(c.addClient(fields))
}

// readCertificate finds a taxpayer in the text of a PDF; false when a part of it
// is missing.
func readCertificate(pdf []byte) (v Certificate, ok bool) {
	lines := pdfText(pdf)
	v.TaxID = gigstack.RFC(labelled(lines, labelRFC))
	v.LegalName = labelled(lines, labelCompany)
	if v.LegalName == "" {
		names := []string{labelled(lines, labelName), labelled(lines, labelSurname), labelled(lines, labelSecond)}
		v.LegalName = strings.TrimSpace(strings.Join(names, " "))
	}
	for _, part := range domicile(&v.Address) {
		if value := labelled(lines, part.label); value != "" {
			*part.value = &value
		}
	}
	v.TaxSystem = regimeIn(lines)
	return v, cfdi.RFC(v.TaxID).WellFormed() && v.LegalName != "" && v.TaxSystem != "" && zipShape.MatchString(orElse(v.Address.Zip, ""))
}

// labelled is what stands behind a label, on its line or the next; "" when the
// label is nowhere or there is nothing but a dash.
func labelled(lines []string, label string) string {
	for i, line := range lines {
		head, value, ok := strings.Cut(line, ":")
		if !ok || catalogs.Fold(head) != catalogs.Fold(label) {
			continue
		}
		if value = strings.TrimSpace(value); value == "" && i+1 < len(lines) {
			value = strings.TrimSpace(lines[i+1])
		}
		return strings.Trim(value, "-")
	}
	return ""
}

// regimeIn is the first regime that a certificate names behind their label.
func regimeIn(lines []string) gigstack.TaxSystem {
	regimes, _ := catalogs.Find(catalogs.TaxRegimes)
	begun := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, labelRegimes) })
	for _, line := range lines[max(begun, 0):] {
		for _, e := range regimes.Entries {
			if strings.Contains(catalogs.Fold(line), catalogs.Fold(e.ES)) {
				return gigstack.TaxSystem(e.Code)
			}
		}
	}
	return ""
}

var (
	pdfShown   = regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\)\s*Tj`)
	pdfEscaped = regexp.MustCompile(`(?s)\\(.)`)
)

// pdfText is what a PDF shows, text by text, if it is written as plainly as those
// of the sandbox: neither compressed nor in glyphs of an own numbering.
func pdfText(pdf []byte) (texts []string) {
	latin := make([]rune, len(pdf))
	for i, b := range pdf {
		latin[i] = rune(b)
	}
	for _, shown := range pdfShown.FindAllStringSubmatch(string(latin), -1) {
		texts = append(texts, pdfEscaped.ReplaceAllString(shown[1], "$1"))
	}
	return texts
}
