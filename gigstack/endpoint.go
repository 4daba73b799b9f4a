package gigstack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gigstack/gigstack-mcp/internal/rawjson"
	"github.com/gigstack/gigstack-mcp/internal/risk"
)

// Spec says what an endpoint is, in words and in HTTP.
type Spec struct {
	Name  string     // what an agent calls it, verb first: "cancel_invoice"
	Route string     // a net/http pattern: "DELETE /invoices/{id}"
	Risk  risk.Level // what goes wrong when it should not have run
	Title string     // a few words for a person
	Doc   string     // for a model: what it does, and what else to choose or read
	Undo  string     // what takes it back, and what that leaves; for people. Needed above read
	Back  string     // the call that takes it back, as one [Reverse] or several; "" when none does

	// Teamless endpoints know no team parameter: they act for the team in their
	// path or body, for the whole account or, with OwnTeam, for the key's own team.
	Teamless, OwnTeam bool
	// Account endpoints show or change more of the billing account than the team
	// that they are called for.
	Account bool

	// Slow is what seldom changes: an answer may be kept for a while, see [Options].
	Slow bool

	// Large answers hold a file in base64.
	Large bool

	// Partner endpoints are authorized by a partner's key instead of the API key.
	Partner bool
}

// Reverse is a call that takes another back. It is written as a tool with its
// arguments as JSON, and perhaps when it applies; of several, the first that does:
//
//	cancel_payment {"id":"$data.id"} if $args.automation_type=none
//	delete_client {"id":"$data.id"} if $args.client_id= else update_client …
//
// A text that begins with $ is looked up by its path: in args, as the call was
// made; in data, as it was answered; in was, what it concerned as read before. An
// argument "*" stands for every argument of the call that is not named, as was has
// it; "**" for those left out as well, where gigstack replaces the whole. The
// condition compares, with nothing after = that it is absent, and without = asks
// whether it is there.
type Reverse struct {
	Tool string
	Args map[string]any
	If   string
}

// Reverses is the calls that may take back what the endpoint does; none when
// nothing does.
func (s Spec) Reverses() (all []Reverse, err error) {
	if s.Back == "" {
		return nil, nil
	}
	for alternative := range strings.SplitSeq(s.Back, " else ") {
		var r Reverse
		call, condition, _ := strings.Cut(alternative, " if ")
		tool, args, _ := strings.Cut(call, " ")
		r.Tool, r.If = tool, condition
		if err := json.Unmarshal([]byte(args), &r.Args); err != nil {
			return nil, fmt.Errorf("%s: Back: %w", s.Name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// Endpoint is a Spec that remembers the types of its input and output. It is
// declared once; everything about the endpoint is read from that value.
//
// Out is the type of the answer's data, or [Page] of it for a list.
type Endpoint[In, Out any] Spec

// Operation is an Endpoint with its types forgotten, so that one list can hold
// every endpoint.
type Operation interface {
	Spec() Spec
	Input() reflect.Type
	Output() reflect.Type
	// Weigh checks arguments as Invoke would, without sending anything, and
	// says what they put at stake: the endpoint's risk, or more where its input
	// is a [Weighty] one.
	Weigh(args json.RawMessage) (risk.Level, error)
	// Invoke runs the endpoint with its arguments as JSON. Unknown arguments
	// are refused before anything is sent.
	Invoke(ctx context.Context, c *Caller, args json.RawMessage) (Reply, error)
}

// Weighty is an input some of whose fields put more at stake than the endpoint
// itself does, such as a mail sent along.
type Weighty interface{ Risk() risk.Level }

// Resource is a page of the API: a few endpoints about one thing. Its name is
// also the toolset that selects them.
type Resource struct {
	Name, Doc string
	Endpoints []Operation
}

// Spec returns what the endpoint is, without its types.
func (e Endpoint[In, Out]) Spec() Spec { return Spec(e) }

// Input is the type of the arguments.
func (e Endpoint[In, Out]) Input() reflect.Type { return reflect.TypeFor[In]() }

// Output is the type of the answer's data; a [Page] for lists.
func (e Endpoint[In, Out]) Output() reflect.Type { return reflect.TypeFor[Out]() }

// Call runs the endpoint with typed input and decodes the answer.
//
// When err is a [*DecodeError] the call itself succeeded and only its answer
// could not be read; every other error is an [*Error] or says that nothing was
// sent.
func (e Endpoint[In, Out]) Call(ctx context.Context, c *Caller, in In) (out Out, err error) {
	reply, err := c.do(ctx, Spec(e), in)
	if err == nil {
		err = c.ofItsTeam(Spec(e), reply)
	}
	if err != nil {
		return out, err
	}
	if err := reply.into(&out); err != nil {
		return out, &DecodeError{Op: e.Name, Err: err}
	}
	return out, nil
}

// ofItsTeam refuses what was read if a record of it says that it is of another team than
// the caller acts for.
func (c *Caller) ofItsTeam(spec Spec, reply Reply) error {
	team := cmp.Or(c.Team(), c.Claims().Team)
	if team == "" || spec.Teamless || !strings.HasPrefix(spec.Route, "GET ") {
		return nil
	}
	records := slices.Collect(rawjson.Elements(reply.Data))
	if !reply.List {
		records = []json.RawMessage{reply.Data}
	}
	for _, record := range records {
		if IsAnotherTeam(rawjson.Text(rawjson.Member(record, "team")), team) {
			return &Error{Op: spec.Name, Team: team, Code: CodeWrongTeam, Outcome: Refused,
				Message: "gigstack answered for another team than the one asked for; that is withheld"}
		}
	}
	return nil
}

// IsAnotherTeam reports whether what a record names as its team is another than one. What
// is no team's id, such as a name or a series, says nothing.
func IsAnotherTeam(id, team string) bool {
	return id != team && strings.HasPrefix(strings.ToLower(id), "team_")
}

// Weigh implements [Operation].
func (e Endpoint[In, Out]) Weigh(args json.RawMessage) (risk.Level, error) {
	in, err := decodeInput[In](args)
	if err != nil {
		return e.Risk.Effective(), err
	}
	if weighty, ok := any(in).(Weighty); ok {
		return max(e.Risk.Effective(), weighty.Risk()), nil
	}
	return e.Risk.Effective(), nil
}

// Invoke implements [Operation].
func (e Endpoint[In, Out]) Invoke(ctx context.Context, c *Caller, args json.RawMessage) (Reply, error) {
	in, err := decodeInput[In](args)
	if err != nil {
		return Reply{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	return c.do(ctx, Spec(e), in)
}

// decodeInput reads arguments strictly; none are an empty input.
func decodeInput[In any](args json.RawMessage) (in In, err error) {
	if len(bytes.TrimSpace(args)) == 0 {
		return in, nil
	}
	err = strict(args, &in)
	return in, err
}

// strict decodes one JSON value: an unknown name or trailing text is an error,
// because a misspelt argument on a write must not be dropped.
func strict(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var mismatch *json.UnmarshalTypeError
	if err := dec.Decode(v); errors.As(err, &mismatch) {
		return fmt.Errorf("%s: a %s does not fit here", mismatch.Field, mismatch.Value)
	} else if err != nil {
		return blame(raw, v, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the arguments")
	}
	return nil
}

// blame adds to err the name of the member of raw that does not fit into v, which
// the types that read themselves do not know.
func blame(raw []byte, v any, err error) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		one, _ := json.Marshal(map[string]json.RawMessage{name: members[name]})
		if alone := json.Unmarshal(one, v); alone != nil {
			return fmt.Errorf("%s: %w", name, alone)
		}
	}
	return err
}
