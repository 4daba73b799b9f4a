package guard

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
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
	Expires                               int64 // unix nanoseconds
	Asked                                 bool  // it is the state of a question to a person
	Tool, Team, Mode, Principal, Identity [8]byte
	Word, Policy                          [8]byte
	Args, Seen                            [16]byte
	KeyOf                                 [idSize]byte // the attempt whose idempotency key is used: its own, or an earlier one's
}

const idSize = 12 // of AES-GCM's nonce, which names a plan

func short(label string, parts ...[]byte) (d [8]byte) {
	sum := long(label, parts...)
	return [8]byte(sum[:8])
}

func long(label string, parts ...[]byte) [16]byte {
	h := sha256.New()
	h.Write([]byte(label))
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	return [16]byte(h.Sum(nil)[:16])
}

func (c Call) sealed() sealed {
	return sealed{
		Tool: short("tool", []byte(c.Tool)), Team: short("team", []byte(c.Team)), Mode: short("mode", []byte(c.Mode)),
		Principal: short("principal", []byte(c.Principal)), Identity: short("identity", []byte(c.Identity)),
		Word: short("word", []byte(c.Word)),
		Args: long("arguments", c.Args, []byte(c.OwnKey)), Seen: long("seen", c.Seen),
	}
}

// Mark is an identity as attempts carry it.
func Mark(identity string) string {
	d := short("identity", []byte(identity))
	return hex.EncodeToString(d[:])
}

// digest is the same for calls that would do the same, whoever asks and under
// whatever idempotency key.
func (c Call) digest() string {
	d := long("call", []byte(c.Tool), []byte(c.Team), []byte(c.Mode), []byte(c.Identity), c.Args)
	return hex.EncodeToString(d[:])
}

func (s sealed) bytes() []byte {
	b, err := binary.Append(nil, binary.BigEndian, s)
	if err != nil {
		panic(err) // a fixed-size struct always encodes
	}
	return b
}

func (s sealed) planned() time.Time { return time.Unix(0, s.Expires).Add(-PlanLife) }

func (g *Guard) newID() (id [idSize]byte, err error) {
	if _, err := io.ReadFull(g.Random, id[:]); err != nil {
		return id, fmt.Errorf("guard: %w", err)
	}
	return id, nil
}

// Ready says whether a call could be planned now: policy allows it, and no
// identical one is in doubt. Nothing needs to be read for one that is not.
func (g *Guard) Ready(ctx context.Context, c Call) error {
	if err := g.allows(c, true); err != nil {
		return err
	}
	_, _, err := g.settled(ctx, c, [idSize]byte{})
	return err
}

// Plan checks the policy and seals a plan for the call. Nothing runs yet. asked
// says that the plan is the state of a question to a person; then it can be
// confirmed by the answer only.
//
// Where an identical call was made before and its outcome is unknown, the new
// plan carries the old idempotency key, so that gigstack answers with the first
// document; where gigstack takes no key, it is refused for ten minutes.
func (g *Guard) Plan(ctx context.Context, c Call, asked bool) (Plan, error) {
	obeyed := g.obeyed() // before the policy is asked: one that changes meanwhile does not pass for it
	if err := g.allows(c, false); err != nil {
		return Plan{}, err
	}
	id, err := g.newID()
	if err != nil {
		return Plan{}, err
	}
	s := c.sealed()
	s.Asked, s.Policy = asked, short("policy", []byte(obeyed))
	plan := Plan{Expires: g.Now().Add(PlanLife)}
	s.Expires = plan.Expires.UnixNano()
	if s.KeyOf, plan.Earlier, err = g.settled(ctx, c, id); err != nil {
		return Plan{}, err
	}
	plan.Token = base64.RawURLEncoding.EncodeToString(g.aead.Seal(id[:], id[:], s.bytes(), nil))
	return plan, nil
}

func open(a Attempt) bool { return a.Outcome == Unknown || a.Outcome == Running }

// settled looks at the last identical call. It refuses a call while that one may
// have taken effect and repeating it would not be safe, and else returns whose
// idempotency key to use: the call's own, or the earlier one's.
func (g *Guard) settled(ctx context.Context, c Call, id [idSize]byte) (keyOf [idSize]byte, earlier *Attempt, err error) {
	last, known, err := g.Journal.Last(ctx, c.digest())
	if err != nil {
		return id, nil, fmt.Errorf("guard: %w", err)
	}
	if !known {
		return id, nil, nil
	}
	if !open(last) {
		return id, &last, nil
	}
	inherited, ours := attemptOf(last.Key)
	switch {
	case c.Keyed && c.OwnKey != "" && c.OwnKey == last.Key:
		return id, &last, nil
	case c.Keyed && c.OwnKey == "" && ours && g.Now().Sub(last.At) < keyLife:
		return inherited, &last, nil
	case g.Now().Sub(last.At) > settleTime:
		return id, &last, nil
	}
	return id, &last, &Refusal{Code: CodeOutcomeUnknown, Earlier: &last, Message: fmt.Sprintf(
		"An identical call was sent at %s and its outcome is not known: it may have taken effect. Nothing was sent now. Read the document first; if it shows no effect, the same call can be made again after %s.",
		last.At.UTC().Format(time.RFC3339), last.At.Add(settleTime).UTC().Format(time.RFC3339))}
}

// keyPrefix marks the idempotency keys of this server; the id of an attempt
// follows.
const keyPrefix = "gigstack-mcp-"

// AttemptOf is the id of the attempt that an idempotency key of ours was made for.
func AttemptOf(key string) (id string, ours bool) {
	raw, ours := attemptOf(key)
	return hex.EncodeToString(raw[:]), ours
}

// attemptOf is the attempt that an idempotency key of ours was made for.
func attemptOf(key string) (id [idSize]byte, ours bool) {
	digits, ok := strings.CutPrefix(key, keyPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != len(id) {
		return id, false
	}
	return [idSize]byte(raw), true
}

// Look reads again what a call concerns and returns its digest, as [Call.Seen], and
// what the operator's rules ask about.
type Look func(ctx context.Context) (seen []byte, facts Facts, err error)

// Confirm opens the plan's token, compares it with the call, has a look at what
// it concerns, uses the plan up and returns the ticket. Every detail that differs
// has a refusal of its own; until they all agree, nothing is even read. look may
// be nil where nothing was seen.
func (g *Guard) Confirm(ctx context.Context, c Call, token string, asked bool, look Look) (*Ticket, error) {
	if err := g.allows(c, true); err != nil {
		return nil, err
	}
	id, s, err := g.unseal(token)
	if err != nil {
		return nil, err
	}
	if err := g.compare(c, s, asked); err != nil {
		return nil, err
	}
	if c.sealed().Word != s.Word {
		return nil, &Refusal{Code: CodePlanWord, Message: "What was typed is not the word that was asked for. Nothing was sent."}
	}
	if earlier, known, err := g.Journal.Find(ctx, hex.EncodeToString(id[:])); err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	} else if known {
		return nil, used(earlier)
	}
	attempt := g.attempt(c, id, s.KeyOf, s.planned())
	if last, known, err := g.Journal.Last(ctx, attempt.Digest); err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	} else if known && last.Overtakes(attempt) {
		return nil, overtaken(last)
	}
	if look != nil {
		if c.Seen, c.Facts, err = look(ctx); err != nil {
			return nil, err
		}
	}
	if c.sealed().Seen != s.Seen {
		return nil, &Refusal{Code: CodePlanStale, Message: "What it concerns has changed since the preview. Nothing was sent. Call without plan to see it as it is now."}
	}
	if err := g.allows(c, false); err != nil {
		return nil, err
	}
	last, _, err := g.Journal.Last(ctx, attempt.Digest)
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	return g.begin(ctx, attempt, c, &last)
}

// Decline uses a plan up without running it, because the person said no. It is
// refused for one that was used before.
func (g *Guard) Decline(ctx context.Context, c Call, token string) error {
	id, s, err := g.unseal(token)
	if err != nil {
		return err
	}
	attempt := g.attempt(c, id, s.KeyOf, s.planned())
	attempt.Outcome = Refused
	earlier, err := g.Journal.Open(ctx, attempt)
	if errors.Is(err, ErrUsed) {
		return used(earlier)
	}
	return err
}

// attempt is an execution of the call that is about to begin.
func (g *Guard) attempt(c Call, id, keyOf [idSize]byte, planned time.Time) Attempt {
	a := Attempt{
		ID: hex.EncodeToString(id[:]), Digest: c.digest(), Planned: planned, At: g.Now(), Outcome: Running, Lookup: c.Lookup, Identity: Mark(c.Identity),
		Tool: c.Tool, Team: c.Team, Mode: c.Mode, Principal: c.Principal, Risk: c.Risk,
	}
	if c.Keyed {
		a.Key = cmp.Or(c.OwnKey, keyPrefix+hex.EncodeToString(keyOf[:]))
	}
	return a
}

// begin opens the journal for an execution and returns its ticket.
func (g *Guard) begin(ctx context.Context, attempt Attempt, c Call, before *Attempt) (*Ticket, error) {
	earlier, err := g.Journal.Open(ctx, attempt)
	switch {
	case errors.Is(err, ErrUsed):
		return nil, used(earlier)
	case errors.Is(err, ErrOvertaken):
		return nil, overtaken(earlier)
	case err != nil:
		return nil, fmt.Errorf("guard: %w", err)
	}
	t := &Ticket{guard: g, call: c, id: attempt.ID, IdempotencyKey: attempt.Key}
	if before != nil && before.Key != "" && before.Key == attempt.Key {
		t.Inherited = before
	}
	return t, nil
}

// overtaken refuses a call because an identical one is running, or was sent after
// this one had been planned.
func overtaken(last Attempt) error {
	r := &Refusal{Code: CodeOvertaken, Earlier: &last, Message: "An identical call was sent at " + last.At.UTC().Format(time.RFC3339)}
	if last.Outcome != Done {
		r.Code = CodeOutcomeUnknown
		r.Message += " and has not been answered: it may have taken effect. Nothing was sent now. Read the document first; if it shows no effect, call without plan for a new one."
		return r
	}
	if r.Message += ", after this one was planned, and succeeded"; last.Resource != "" {
		r.Message += ": " + last.Resource
	}
	r.Message += ". Nothing was sent now. If it is really to be done once more, call without plan and confirm again."
	return r
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
		r.Message = "This plan was declined, or ran and was refused, at " + at + ": nothing was changed. Call without plan for a new one."
	default:
		r.Message = "This plan already ran at " + at + " and its outcome is not known: it may have taken effect. Look before anything else."
	}
	return r
}

// PlanID is the id that a plan's token says it has, for records; "" for what is no
// token. It confirms nothing.
func PlanID(token string) string {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < idSize {
		return ""
	}
	return hex.EncodeToString(raw[:idSize])
}

func (g *Guard) unseal(token string) (id [idSize]byte, s sealed, err error) {
	tampered := &Refusal{Code: CodePlanTampered, Message: "The plan is not valid: it was altered, cut short, or made by another server. Nothing was sent. Call without plan for a new one."}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < idSize {
		return id, s, tampered
	}
	id = [idSize]byte(raw[:idSize])
	plain, err := g.aead.Open(nil, id[:], raw[idSize:], nil)
	if err != nil {
		return id, s, tampered
	}
	if err := binary.Read(bytes.NewReader(plain), binary.BigEndian, &s); err != nil {
		return id, s, tampered
	}
	return id, s, nil
}

// compare refuses a call that is not the one that was planned, or is too late.
func (g *Guard) compare(c Call, s sealed, asked bool) error {
	want := c.sealed()
	for _, check := range []struct {
		differs       bool
		code, message string
	}{
		{asked != s.Asked, CodePlanChannel, "The plan belongs to a question that was put to a person; only their answer confirms it."},
		{want.Tool != s.Tool, CodePlanTool, "The plan was made for another tool."},
		{want.Principal != s.Principal, CodePlanPrincipal, "The plan was made for somebody else."},
		{want.Identity != s.Identity, CodePlanKey, "The plan was made with another API key or for another address of gigstack."},
		{want.Mode != s.Mode, CodePlanMode, "The plan was made with a key of the other mode (test or live)."},
		{want.Team != s.Team, CodePlanTeam, "The plan was made for another team. Pass the same team as when it was made."},
		{want.Args != s.Args, CodePlanArguments, "The arguments differ from those that were planned. Repeat them exactly, or call without plan to plan the new ones."},
		{short("policy", []byte(g.obeyed())) != s.Policy, CodePlanPolicy, "The operator changed the policy after the plan was made. Call without plan for a new one."},
		{g.Now().UnixNano() >= s.Expires, CodePlanExpired, "The plan has expired. Call without plan for a new one."},
	} {
		if check.differs {
			return &Refusal{Code: check.code, Message: check.message + " Nothing was sent."}
		}
	}
	return nil
}
