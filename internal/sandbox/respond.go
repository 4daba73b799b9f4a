package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// apiError is a refusal in gigstack's words: a status and one of its codes.
type apiError struct {
	status  int
	code    string
	message string
	details []detail
	old     string // text of the old form's error member, where documented; forces that form
}

type detail struct {
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.message }

// invalid is a 400 about one field; field may be empty.
func invalid(field, format string, args ...any) *apiError {
	e := &apiError{status: http.StatusBadRequest, code: "validation_failed", message: fmt.Sprintf(format, args...)}
	if field != "" {
		e.details = []detail{{field, e.message}}
	}
	return e
}

// notFound is a 404 about a resource that this team and mode do not have.
func notFound(kind, id string) *apiError {
	return &apiError{status: http.StatusNotFound, code: "resource_not_found", message: fmt.Sprintf("%s %s not found", kind, id)}
}

// conflict is a 409: the resource is not in a state that allows the call.
func conflict(format string, args ...any) *apiError {
	return &apiError{status: http.StatusConflict, code: "resource_conflict", message: fmt.Sprintf(format, args...)}
}

// fiscalRefusal is a 422 as the SAT or the certifier would cause it; code is
// SAT's, such as CFDI40143.
func fiscalRefusal(code, format string, args ...any) *apiError {
	message := fmt.Sprintf(format, args...)
	return &apiError{status: http.StatusUnprocessableEntity, code: "cfdi_service_error", message: message, details: []detail{{Field: code, Message: message}}}
}

// dialect is how an envelope names what stands beside its data. The zero dialect is
// that of most answers.
type dialect struct{ kind, page, limit int }

// The kinds of dialects that differ.
const (
	searchDialect = iota + 1 // found, page, per_page
	errorsDialect            // total, page, limit; the moment as text
	legacyDialect            // totalResults, hasMore; nothing but a message beside one record; older errors
	bareDialect              // none: the data stands alone, also where it is no list
)

func (d dialect) write(now time.Time, body map[string]any, data any, next *string, hasMore bool, total *int) {
	body["data"] = data
	switch d.kind {
	case searchDialect:
		delete(body, "message")
		body["found"], body["page"], body["per_page"] = total, d.page, d.limit
	case errorsDialect:
		body["total"], body["page"], body["limit"] = total, d.page, d.limit
		body["timestamp"] = now.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case legacyDialect:
		body["next"], body["hasMore"], body["totalResults"] = next, hasMore, total
	default:
		body["next"], body["has_more"], body["total_results"] = next, hasMore, total
	}
}

// bareAnswer is an answer whose members stand where an envelope would.
type bareAnswer map[string]any

func (s *Sandbox) writeReply(w *answer, c *call, out any) {
	if f, ok := out.(file); ok {
		w.writeFile(f)
		return
	}
	if plain, ok := out.(interface{ bare() bareAnswer }); ok {
		w.writeJSON(c.status, plain.bare())
		return
	}
	if c.dialect.kind == bareDialect {
		w.writeJSON(c.status, out)
		return
	}
	body := map[string]any{"success": true, "message": c.message, "data": out, "timestamp": c.now.UnixMilli()}
	if c.message == "" {
		body["message"] = "Operation completed successfully"
	}
	if c.dialect.kind == legacyDialect {
		delete(body, "success")
		delete(body, "timestamp")
	}
	if page, ok := out.(interface {
		Envelope() (data any, next *string, hasMore bool, total *int)
	}); ok {
		data, next, hasMore, total := page.Envelope()
		c.dialect.write(c.now, body, data, next, hasMore, total)
	}
	w.writeJSON(c.status, body)
}

// writeError answers in the newer form of error, or the older where the sandbox
// is told to or where only the older is documented.
func (s *Sandbox) writeError(w *answer, d dialect, e *apiError) {
	if e.old != "" {
		w.writeJSON(e.status, map[string]any{"message": e.message, "error": e.old})
		return
	}
	if s.options.OldErrors || d.kind == legacyDialect {
		w.writeJSON(e.status, map[string]any{"message": e.message, "error": e.code})
		return
	}
	details := e.details
	if details == nil {
		details = []detail{}
	}
	w.writeJSON(e.status, map[string]any{"success": false, "error": map[string]any{"code": e.code, "message": e.message, "details": details}})
}

func (a *answer) writeJSON(status int, body any) {
	a.status = status
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	enc := json.NewEncoder(&a.body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		a.status = http.StatusInternalServerError
	}
}
