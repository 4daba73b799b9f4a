package httpserve

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/mark3labs/mcp-go/server"

	"github.com/gigstack/gigstack-mcp/internal/session"
)

// Guest is who makes a request, and what serves them.
type Guest struct {
	Principal string
	Tenant    *Tenant
	Leave     func() // called when the request has ended; nil for nothing
}

// Denied says that a request is not let in. It is all that its maker learns.
type Denied struct {
	Status    int    // 401 or 403, 503 when nobody can tell
	Challenge string // WWW-Authenticate; "" for none
	Message   string
}

// Error is the message.
func (d *Denied) Error() string { return d.Message }

// admit finds out who makes a request, and for which team. A header that says nothing,
// or that says two things, is refused: silence would mean the key's own team.
func (o Options) admit(w http.ResponseWriter, r *http.Request) {
	team, ok := teamOf(r)
	if !ok {
		http.Error(w, "the URL and the "+TeamHeader+" header name different teams, or none", http.StatusBadRequest)
		return
	}
	guest, err := o.Admit(r)
	if err != nil {
		o.deny(w, r, err)
		return
	}
	if guest.Leave != nil {
		defer guest.Leave()
	}
	note(w, guest.Principal)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	leave, err := o.Limits.enter(r.Context(), guest.Principal, r.Method, isAnswer(r))
	if err != nil {
		w.Header().Set("Retry-After", "1")
		writeError(w, http.StatusTooManyRequests, busyCode, err.Error())
		return
	}
	defer leave()
	r = r.WithContext(session.WithCaller(r.Context(), session.Caller{Principal: guest.Principal, Team: team}))
	guest.Tenant.ServeHTTP(w, r)
}

// isAnswer reports whether a request brings what a person answered to a question of the
// older era. The call that asked holds a place; it must not keep its own answer out.
func isAnswer(r *http.Request) bool {
	if r.Method != http.MethodPost || r.ContentLength <= 0 || r.ContentLength > maxPlain || r.Header.Get(server.HeaderKeySessionID) == "" {
		return false
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	m := messageOf(body)
	return err == nil && m.Method == "" && len(m.ID) > 0
}

// teamOf is the team that a request's URL and header name, "" for none; not ok where
// they disagree, or are there and say nothing.
func teamOf(r *http.Request) (team string, ok bool) {
	named := r.Header.Values(TeamHeader)
	if id := r.PathValue("team"); id != "" {
		named = append(named, id)
	}
	for _, id := range named {
		if id = strings.TrimSpace(id); id == "" || team != "" && team != id {
			return "", false
		}
		team = id
	}
	return team, true
}

func (o Options) deny(w http.ResponseWriter, r *http.Request, err error) {
	denied, ok := err.(*Denied)
	if !ok {
		o.Log.Error().Err(err).Msg("a request could not be let in")
		denied = &Denied{Status: http.StatusServiceUnavailable, Message: "it cannot be found out now who calls; try again in a moment"}
	}
	if denied.Challenge != "" {
		w.Header().Set("WWW-Authenticate", denied.Challenge)
	}
	http.Error(w, denied.Message, denied.Status)
}
