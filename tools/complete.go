package tools

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/gigstack"
	"github.com/gigstack/gigstack-mcp/schemas"
)

// What a completion may cost. It is asked for while somebody types, and its failure
// is worth no word: nothing is offered then.
const (
	completionTime = 2 * time.Second
	mostCompleted  = 100
)

// CompleteTeam is the companies that what was typed can be the beginning of: by name,
// or by RFC or id where one of these was begun. It knows only those that the principal
// may act for.
func (t *Tools) CompleteTeam(ctx context.Context, typed string) []string {
	typed = strings.TrimSpace(typed)
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	var values []string
	for team, err := range gigstack.Each(ctx, t.Caller.Shared(), gigstack.ListTeams, gigstack.ListTeamsInput{Paging: gigstack.Paging{Limit: new(100)}}) {
		if err != nil || len(values) > mostCompleted { // one more says that there are more
			break
		}
		if t.mayActFor(team.ID) != nil {
			continue
		}
		value := begun(typed, team.TaxID, team.ID)
		if name := teamName(team); value == "" && (contains(name, typed) || contains(team.LegalName, typed)) {
			value = name
		}
		values = suggest(values, value)
	}
	return values
}

// CompleteClient is the clients of a team that what was typed can be the beginning of,
// by name or by RFC. The team may be given as people name it, or "" for the one that
// calls without a team act for. Who is offered no tool to look for clients sees none.
func (t *Tools) CompleteClient(ctx context.Context, team, typed string) []string {
	if _, offered := t.Find(gigstack.SearchClients.Name); !offered {
		return nil
	}
	typed = strings.TrimSpace(typed)
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	to, err := t.chooseTyped(ctx, team)
	if err != nil {
		return nil
	}
	caller, page := t.as(to).Shared(), gigstack.Paging{Limit: new(100)}
	var found gigstack.Page[gigstack.Client]
	if typed == "" {
		found, err = gigstack.ListClients.Call(ctx, caller, gigstack.ListClientsInput{Paging: page})
	} else {
		found, err = gigstack.SearchClients.Call(ctx, caller, gigstack.Search{PagePaging: gigstack.PagePaging{Paging: page}, Q: typed})
	}
	if err != nil {
		return nil
	}
	var values []string
	for _, client := range found.Data { // which knows better than we what resembles what was typed
		if gigstack.IsAnotherTeam(client.Team, to.team) {
			return nil
		}
		values = suggest(values, cmp.Or(begun(typed, client.TaxID, client.ID), client.LegalName, client.Name, client.Company, client.Email))
	}
	return values
}

// chooseTyped is the team that somebody typed, or the one that nobody has to name.
func (t *Tools) chooseTyped(ctx context.Context, team string) (to target, err error) {
	if team = strings.TrimSpace(team); team != "" {
		found, err := t.findTeam(ctx, team)
		return target{found.ID, fromArgument}, err
	}
	if to, err = t.choose(ctx, ""); err == nil {
		err = t.mayActFor(to.team)
	}
	return to, err
}

// begun is the code that what was typed begins, "" for none.
func begun(typed string, codes ...string) string {
	for _, code := range codes {
		if typed != "" && strings.HasPrefix(strings.ToLower(code), strings.ToLower(typed)) {
			return code
		}
	}
	return ""
}

// suggest adds a value as one visible line, once.
func suggest(values []string, value string) []string {
	if value = clip(schemas.Visible(value), shortText); value == "" || slices.Contains(values, value) {
		return values
	}
	return append(values, value)
}
