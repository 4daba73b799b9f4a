package sandbox

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
)

// How long the SAT is taken to need for each step of a request, and how long it
// keeps what it made.
const (
	untilAccepted   = 30 * time.Second
	untilProcessing = time.Minute
	untilCompleted  = 3 * time.Minute
	packagesLast    = 72 * time.Hour
)

// Who asked for a download.
const (
	manual    = "manual"
	scheduled = "scheduled"
)

// shownRequests is how many requests the history shows.
const shownRequests = 20

// satRequest is a bulk download and what it brought.
type satRequest struct {
	gigstack.SATDownloadRequest
	want gigstack.CreateSATDownloadRequestInput
	zip  []byte                 // the one package, once it is completed
	tell func(newStatus string) // nil when nobody waits for it
}

func (c *call) createSATDownloadRequest(in gigstack.CreateSATDownloadRequestInput) (v gigstack.SATDownloadRequest, err error) {
	if err := c.checkRequest(in); err != nil {
		return v, err
	}
	if err := c.team.download.ready(c.now); err != nil {
		return v, err
	}
	r := c.world().ask(c.sandbox, in, manual, c.now)
	c.message = "Download requested"
	return gigstack.SATDownloadRequest{ID: r.ID, Status: r.Status, StartDate: r.StartDate, EndDate: r.EndDate, RFCType: r.RFCType}, nil
}

// checkRequest refuses what the SAT would not look for.
func (c *call) checkRequest(in gigstack.CreateSATDownloadRequestInput) error {
	for _, err := range []error{
		calendarDay("start_date", &in.StartDate), calendarDay("end_date", &in.EndDate), allowed("request_type", &in.RequestType), allowed("rfc_type", &in.RFCType),
		allowed("document_type", in.DocumentType), allowed("status", in.Status), shaped("rfc", in.RFC),
	} {
		if err != nil {
			return err
		}
	}
	start, _ := time.Parse(time.DateOnly, string(in.StartDate))
	switch {
	case in.EndDate < in.StartDate:
		return invalid("end_date", "end_date is before start_date")
	case string(in.EndDate) > start.AddDate(0, 1, 0).Format(time.DateOnly):
		return invalid("end_date", "A request covers at most one month")
	case string(in.EndDate) > dayOf(c.now):
		return invalid("end_date", "end_date is in the future")
	case string(in.StartDate) < horizon(c.now):
		return invalid("start_date", "start_date is more than %d months back", historyMonths)
	}
	return nil
}

// ask sends a request to the SAT, which takes its time.
func (w *world) ask(s *Sandbox, want gigstack.CreateSATDownloadRequestInput, source string, now time.Time) *satRequest {
	team := s.state.teams.byID[w.id.team]
	r := w.addRequest(team, strings.ToLower(s.newUUID()), want, source, now)
	s.laterAt(now.Add(untilAccepted), func(time.Time) { r.becomes("accepted", "Aceptada") })
	s.laterAt(now.Add(untilProcessing), func(time.Time) { r.becomes("processing", "En proceso") })
	s.laterAt(now.Add(untilCompleted), func(at time.Time) { w.deliver(s, team, r, at) })
	return r
}

func (w *world) addRequest(team *team, id string, want gigstack.CreateSATDownloadRequestInput, source string, now time.Time) *satRequest {
	return w.requests.add(id, satRequest{want: want, SATDownloadRequest: gigstack.SATDownloadRequest{
		ID: id, Status: "pending", StatusMessage: "Solicitada", RFCType: string(want.RFCType), StartDate: string(want.StartDate), EndDate: string(want.EndDate),
		InvoiceCount: new(0), ProcessedCount: new(0), Source: source, Owner: team.owner, CreatedAt: gigstack.MillisOf(now),
	}})
}

func (r *satRequest) becomes(status, message string) {
	r.Status, r.StatusMessage = status, message
	if r.tell != nil {
		r.tell(status)
	}
}

// deliver ends a request: with a package, with nothing found, or in failure.
func (w *world) deliver(s *Sandbox, team *team, r *satRequest, at time.Time) {
	r.CompletedAt = gigstack.MillisOf(at)
	if err := team.download.ready(at); err != nil {
		r.becomes("failed", err.Error())
		return
	}
	found := w.matching(r.want)
	r.InvoiceCount = new(len(found))
	if len(found) == 0 {
		r.becomes("completed", "No se encontró la información")
		return
	}
	r.EarliestIssueDate, r.LatestIssueDate = found[0].shown().IssueDate, found[len(found)-1].shown().IssueDate
	content, processed := metadataOf(found), len(found)
	if r.want.RequestType == "cfdi" {
		given := slices.DeleteFunc(found, func(m *mirrored) bool { return m.refused != 0 })
		if left, capped := team.download.left(at); capped && len(given) > left {
			r.becomes("failed", fmt.Sprintf("The monthly cap of %d XMLs is reached", team.download.monthlyCap))
			return
		}
		team.download.charge(len(given), at)
		content, processed = w.xmlsOf(given), len(given)
	}
	r.ProcessedCount = &processed
	var err error
	if r.zip, err = zipped(content, at); err != nil {
		r.becomes("failed", err.Error())
		return
	}
	r.PackageIDs = []string{r.ID + "_01"}
	r.becomes("completed", "Terminada")
	s.laterAt(at.Add(packagesLast), func(time.Time) {
		r.zip = nil
		r.becomes("expired", "Vencida")
	})
}

// matching is the CFDI that a request asks for, oldest first.
func (w *world) matching(want gigstack.CreateSATDownloadRequestInput) (found []*mirrored) {
	filter := gigstack.ListSATInvoicesInput{FirstDay: &want.StartDate, LastDay: &want.EndDate, Direction: &want.RFCType, Status: want.Status, InvoiceType: want.DocumentType}
	if want.RFCType == issued {
		filter.ReceiverRFC = want.RFC
	} else {
		filter.IssuerRFC = want.RFC
	}
	for _, m := range w.mirror() {
		if passes(m.shown(), filter) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b *mirrored) int { return cmp.Compare(a.invoice.Date, b.invoice.Date) })
	return found
}

// entry is a file of a package.
type entry struct {
	name    string
	content []byte
}

// xmlsOf is the XMLs of what was found; from now on the mirror has them too.
func (w *world) xmlsOf(found []*mirrored) (files []entry) {
	for _, m := range found {
		if body, err := w.xmlOf(m.invoice); err == nil {
			m.xml, m.fault = xmlReady, ""
			files = append(files, entry{strings.ToLower(m.invoice.UUID) + ".xml", body})
		}
	}
	return files
}

// metadataOf is a list in the form of the SAT's: fields between tildes.
func metadataOf(found []*mirrored) []entry {
	var b strings.Builder
	b.WriteString("Uuid~RfcEmisor~NombreEmisor~RfcReceptor~NombreReceptor~RfcPac~FechaEmision~FechaCertificacionSat~Monto~EfectoComprobante~Estatus~FechaCancelacion\n")
	for _, m := range found {
		v := m.shown()
		valid := "1"
		if v.Status == "Cancelado" {
			valid = "0"
		}
		b.WriteString(strings.Join([]string{v.UUID, v.Issuer.RFC, v.Issuer.Name, v.Receiver.RFC, v.Receiver.Name, v.PACRFC,
			v.IssueDate, v.StampDate, v.Total.String(), v.InvoiceType, valid, v.CancellationDate}, "~") + "\n")
	}
	return []entry{{"metadata.txt", []byte(b.String())}}
}

// zipped packs files as of a moment.
func zipped(files []entry, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	archive := zip.NewWriter(&b)
	for _, f := range files {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := archive.Close()
	return b.Bytes(), err
}

func (c *call) listSATDownloadHistory(struct{}) (gigstack.SATDownloadHistory, error) {
	v := gigstack.SATDownloadHistory{History: []gigstack.SATDownloadRequest{}}
	for _, r := range slices.Backward(c.world().requests.rows) {
		shown := r.SATDownloadRequest
		shown.PackageIDs = nil // get_sat_download_request names them
		v.History = append(v.History, shown)
	}
	slices.SortStableFunc(v.History, func(a, b gigstack.SATDownloadRequest) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	v.History = v.History[:min(shownRequests, len(v.History))]
	return v, nil
}

func (c *call) getSATDownloadRequest(in gigstack.SATDownloadRequestRef) (v gigstack.SATDownloadRequest, err error) {
	r, err := c.world().requests.find("Request", in.RequestID)
	if err != nil {
		return v, err
	}
	return gigstack.SATDownloadRequest{ID: r.ID, Status: r.Status, StatusMessage: r.StatusMessage, PackageIDs: r.PackageIDs, InvoiceCount: r.InvoiceCount}, nil
}

func (c *call) downloadSATPackage(in gigstack.SATPackageRef) (v gigstack.SATPackage, err error) {
	r := c.world().requests.first(func(r *satRequest) bool { return slices.Contains(r.PackageIDs, in.PackageID) })
	switch {
	case r == nil:
		return v, notFound("Package", in.PackageID)
	case r.zip == nil:
		return v, &apiError{status: http.StatusGone, code: "resource_conflict", message: "Package " + in.PackageID + " has expired"}
	}
	return gigstack.SATPackage{Content: gigstack.Download(base64.StdEncoding.EncodeToString(r.zip)), Encoding: "base64", Filename: in.PackageID + ".zip"}, nil
}

func (c *call) fetchSATInvoiceXML(in gigstack.SATInvoiceRef) (v gigstack.SATInvoiceXML, err error) {
	m, err := c.mirrors(in.UUID)
	if err != nil {
		return v, err
	}
	charged, err := c.team.obtain(m, "external_service_error", c.now)
	if err != nil {
		return v, err
	}
	body, err := c.world().xmlOf(m.invoice)
	return gigstack.SATInvoiceXML{UUID: m.invoice.UUID, XML: gigstack.Download(body), CreditCharged: charged}, err
}
