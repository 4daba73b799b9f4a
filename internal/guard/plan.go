package guard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Plan is leave to confirm one call.
type Plan struct {
	Token   string // opaque; means nothing to anyone but this guard
	Expires time.Time
	Earlier *Attempt // an identical call that was made before, if one is remembered
}

// sealed is what a plan's token hides and protects. Digests are truncated
// SHA-256: long enough that nobody finds a second call for the same plan.
type sealed struct {
	Expires                     int64 // unix seconds
	Tool, Team, Mode, Principal [8]byte
	Args                        [16]byte
	KeyOf                       [12]byte // the plan whose idempotency key is used: its own, or an earlier one's
}

func (c Call) sealed() sealed {
	short := func(label, s string) (d [8]byte) {
		sum := sha256.Sum256([]byte(label + "\x00" + s))
		copy(d[:], sum[:])
		return d
	}
	s := sealed{Tool: short("tool", c.Tool), Team: short("team", c.Team), Mode: short("mode", c.Mode), Principal: short("principal", c.Principal)}
	sum := sha256.Sum256(c.Args)
	copy(s.Args[:], sum[:])
	return s
}

// digest is the same for calls that would do the same.
func (c Call) digest() string {
	s := c.sealed()
	s.Principal = [8]byte{}
	return hex.EncodeToString(s.bytes())
}

func (s sealed) bytes() []byte {
	b, err := binary.Append(nil, binary.BigEndian, s)
	if err != nil {
		panic(err) // a fixed-size struct always encodes
	}
	return b
}

// Plan checks the policy and seals a plan for the call. Nothing runs yet.
//
// Where an identical call was made before and its outcome is unknown, the new
// plan carries the old idempotency key, so that gigstack answers with the first
// document; where gigstack takes no key, it is refused for ten minutes.
func (g *Guard) Plan(ctx context.Context, c Call) (Plan, error) {
	if err := g.Policy.Check(c.Risk); err != nil {
		return Plan{}, err
	}
	var id [12]byte
	if _, err := io.ReadFull(g.Random, id[:]); err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	expires := g.Now().Add(PlanLife).Truncate(time.Second)
	s := c.sealed()
	s.Expires, s.KeyOf = expires.Unix(), id
	plan := Plan{Expires: expires}
	last, known, err := g.Journal.Last(ctx, c.digest())
	if err != nil {
		return Plan{}, fmt.Errorf("plan: %w", err)
	}
	if known {
		plan.Earlier = &last
		if refusal := g.unsettled(c, last); refusal != nil {
			return Plan{}, refusal
		}
		if open(last) {
			s.KeyOf = keyOf(last.Key, id)
		}
	}
	plan.Token = base64.RawURLEncoding.EncodeToString(g.aead.Seal(id[:], id[:], s.bytes(), nil))
	return plan, nil
}

func open(a Attempt) bool { return a.Outcome == Unknown || a.Outcome == Running }

// unsettled refuses a call while an identical one may have taken effect and
// repeating it would not be safe.
func (g *Guard) unsettled(c Call, last Attempt) error {
	if !open(last) || c.Keyed && last.Key != "" || g.Now().Sub(last.At) > settleTime {
		return nil
	}
	return &Refusal{Code: CodeOutcomeUnknown, Earlier: &last, Message: fmt.Sprintf(
		"An identical call was sent at %s and its outcome is not known: it may have taken effect. Nothing was sent now. Read the document first; if it shows no effect, the same call can be planned again after %s.",
		last.At.UTC().Format(time.RFC3339), last.At.Add(settleTime).UTC().Format(time.RFC3339))}
}

// keyPrefix marks the idempotency keys of this server.
const keyPrefix = "gigstack-mcp-"

func keyOf(key string, otherwise [12]byte) (id [12]byte) {
	raw, err := hex.DecodeString(key[min(len(key), len(keyPrefix)):])
	if err != nil || copy(id[:], raw) != len(id) {
		return otherwise
	}
	return id
}

// Confirm opens the plan's token, compares it with the call, uses it up and
// returns the ticket. Every detail that differs has a refusal of its own.
func (g *Guard) Confirm(ctx context.Context, c Call, token string) (*Ticket, error) {
	if err := g.Policy.Check(c.Risk); err != nil {
		return nil, err
	}
	id, s, err := g.unseal(token)
	if err != nil {
		return nil, err
	}
	if err := g.compare(c, s); err != nil {
		return nil, err
	}
	if last, known, err := g.Journal.Last(ctx, c.digest()); err != nil {
		return nil, fmt.Errorf("confirm: %w", err)
	} else if known && last.ID != id && open(last) {
		if refusal := g.unsettled(c, last); refusal != nil {
			return nil, refusal
		}
		if c.Keyed && keyOf(last.Key, s.KeyOf) != s.KeyOf {
			return nil, overtaken(last)
		}
	}
	attempt := Attempt{ID: id, Digest: c.digest(), At: g.Now(), Outcome: Running}
	if c.Keyed {
		attempt.Key = keyPrefix + hex.EncodeToString(s.KeyOf[:])
	}
	earlier, err := g.Journal.Open(ctx, attempt)
	switch {
	case errors.Is(err, ErrUsed):
		return nil, used(earlier)
	case errors.Is(err, ErrRunning):
		return nil, overtaken(earlier)
	case err != nil:
		return nil, fmt.Errorf("confirm: %w", err)
	}
	return &Ticket{guard: g, call: c, id: id, IdempotencyKey: attempt.Key}, nil
}

// overtaken refuses a plan because an identical call was sent after it was made.
func overtaken(last Attempt) error {
	return &Refusal{Code: CodeOutcomeUnknown, Earlier: &last, Message: "An identical call was sent at " + last.At.UTC().Format(time.RFC3339) +
		" and has not been answered: it may have taken effect. Nothing was sent now. Read the document first; if it shows no effect, call without plan for a new one."}
}

func used(a Attempt) error {
	r := &Refusal{Code: CodePlanUsed, Earlier: &a}
	at := a.At.UTC().Format(time.RFC3339)
	switch a.Outcome {
	case Done:
		r.Message = "This plan already ran at " + at + " and succeeded. Do not call again; read what came of it."
		if a.Resource != "" {
			r.Message = "This plan already ran at " + at + " and succeeded: see " + a.Resource + ". Do not call again."
		}
	case Refused:
		r.Message = "This plan already ran at " + at + " and gigstack refused it: nothing was changed. Call without plan for a new one."
	default:
		r.Message = "This plan already ran at " + at + " and its outcome is not known: it may have taken effect. Look before anything else."
	}
	return r
}

func (g *Guard) unseal(token string) (id string, s sealed, err error) {
	tampered := &Refusal{Code: CodePlanTampered, Message: "The plan is not valid: it was altered, cut short, or made by another server. Nothing was sent. Call without plan for a new one."}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < g.aead.NonceSize() {
		return "", s, tampered
	}
	nonce := raw[:g.aead.NonceSize()]
	plain, err := g.aead.Open(nil, nonce, raw[len(nonce):], nil)
	if err != nil {
		return "", s, tampered
	}
	if err := binary.Read(bytes.NewReader(plain), binary.BigEndian, &s); err != nil {
		return "", s, tampered
	}
	return hex.EncodeToString(nonce), s, nil
}

// compare refuses a call that is not the one that was planned.
func (g *Guard) compare(c Call, s sealed) error {
	want := c.sealed()
	for _, check := range []struct {
		differs       bool
		code, message string
	}{
		{want.Tool != s.Tool, CodePlanTool, "The plan was made for another tool."},
		{want.Principal != s.Principal, CodePlanPrincipal, "The plan was made for somebody else."},
		{want.Mode != s.Mode, CodePlanMode, "The plan was made with a key of the other mode (test or live)."},
		{want.Team != s.Team, CodePlanTeam, "The plan was made for another team. Pass the same team as when it was made."},
		{want.Args != s.Args, CodePlanArguments, "The arguments differ from those that were planned. Repeat them exactly, or call without plan to plan the new ones."},
		{g.Now().Unix() >= s.Expires, CodePlanExpired, "The plan has expired. Call without plan for a new one."},
	} {
		if check.differs {
			return &Refusal{Code: check.code, Message: check.message + " Nothing was sent."}
		}
	}
	return nil
}
