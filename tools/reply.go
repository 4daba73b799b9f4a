package tools

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/rawjson"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// sameTeam refuses an answer about another team than the one asked for.
func sameTeam(r request, reply gigstack.Reply) error {
	records := slices.Collect(rawjson.Elements(reply.Data))
	if !reply.List {
		records = []json.RawMessage{reply.Data}
	}
	name := "team"
	if r.ofTeam { // the record is the team, or a part of it with ids of another kind
		name = "id"
	}
	for _, record := range records {
		id := rawjson.Text(rawjson.Member(record, name))
		if !gigstack.IsAnotherTeam(id, r.to.team) {
			continue
		}
		e := &gigstack.Error{Op: r.spec.Name, Team: r.to.team, Code: gigstack.CodeWrongTeam, Outcome: gigstack.Refused,
			Message: fmt.Sprintf("gigstack answered for team %s although %s was asked for; its data is withheld", plain(id), r.to.team)}
		if r.level != risk.Read {
			e.Outcome = gigstack.Unknown
		}
		return e
	}
	return nil
}

// outcome is what the journal keeps of an error.
func outcome(err error) string {
	var api *gigstack.Error
	switch {
	case err == nil:
		return guard.Done
	case errors.As(err, &api) && api.Outcome == gigstack.Unknown:
		return guard.Unknown
	case errors.As(err, &api) && api.Outcome == gigstack.Done:
		return guard.Done
	default:
		return guard.Refused
	}
}

// resource is the id of what a reply is about, as far as it says.
func resource(reply gigstack.Reply) string {
	var ids struct {
		UUID string `json:"uuid"`
		ID   string `json:"id"`
	}
	_ = json.Unmarshal(reply.Data, &ids)
	if ids.UUID != "" {
		return ids.UUID
	}
	return ids.ID
}

// livemodeOf is the mode that a call acts in: the key's, or that of the account which
// a partner opens.
func (t *Tools) livemodeOf(r request) *bool {
	if !r.spec.Partner {
		return t.Caller.Claims().Livemode
	}
	in, err := arguments[struct {
		Livemode bool `json:"livemode"`
	}](r)
	if err != nil {
		return nil
	}
	return &in.Livemode
}

// livemode is what the data says of itself, or the first of several, else what else is
// known.
func livemode(data json.RawMessage, otherwise *bool) *bool {
	for first := range rawjson.Elements(data) {
		data = first
		break
	}
	switch string(rawjson.Member(data, "livemode")) {
	case "true":
		return new(true)
	case "false":
		return new(false)
	}
	return otherwise
}
