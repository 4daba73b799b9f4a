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
	"strings"
	"time"

	"github.com/gigstack/gigstack-mcp/internal/policy"
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
	Way                                   Way
	Tool, Team, Mode, Principal, Identity [8]byte
	Word, Policy                          [8]byte
	Args, Seen                            [16]byte
	KeyOf                                 [idSize]byte // the attempt whose idempotency key is used: its own, or an earlier one's
}

const idSize = 12 // of AES-GCM's nonce, which names a plan

// Way is how a plan is confirmed.
type Way uint8

// The ways.
const (
	ByRepeating Way = iota + 2 // 0 and 1 were something else once. The agent repeats the call with it
	ByAnswer                   // it is the state of a question, and a person's answer confirms it
	ByApproval                 // a person approves it outside of the conversation
)

func (w Way) life() time.Duration {
	if w == ByApproval {
		return ApprovalLife
	}
	return PlanLife
}

// verdict is what a call went through that is confirmed this way.
func (w Way) verdict() policy.Verdict {
	if w == ByApproval {
		return policy.Approve
	}
	return policy.Ask
}

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

// sealed is the call as a plan binds it. Who approves one approves one execution,
// under whatever idempotency key.
func (c Call) sealed(way Way) sealed {
	if way == ByApproval {
		c.OwnKey = ""
	}
	return sealed{
		Way:  way,
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
// whatever idempotency key. Wholes about one thing stand in each other's way, whatever
// their arguments.
func (c Call) digest() string {
	what := c.Args
	if c.About != "" {
		what = []byte(c.About)
	}
	d := long("call", []byte(c.Tool), []byte(c.Team), []byte(c.Mode), []byte(c.Identity), what)
	return hex.EncodeToString(d[:])
}

func (s sealed) bytes() []byte {
	b, err := binary.Append(nil, binary.BigEndian, s)
	if err != nil {
		panic(err) // a fixed-size struct always encodes
	}
	return b
}

func (s sealed) planned() time.Time { return time.Unix(0, s.Expires).Add(-s.Way.life()) }

func (g *Guard) newID() (id [idSize]byte, err error) {
	if _, err := io.ReadFull(g.Random, id[:]); err != nil {
		return id, fmt.Errorf("guard: %w", err)
	}
	return id, nil
}

// Ready says whether a call could be planned now: policy allows it, and no
// identical one is in doubt. Nothing needs to be read for one that is not.
func (g *Guard) Ready(ctx context.Context, c Call) error {
	if err := g.now().allows(ctx, c, true, policy.Approve); err != nil {
		return err
	}
	_, _, err := g.settled(ctx, c, [idSize]byte{})
	return err
}

// Plan checks the policy and seals a plan for the call, which is confirmed in no other
// way. Nothing runs yet.
//
// Where an identical call was made before and its outcome is unknown, the new
// plan carries the old idempotency key, so that gigstack answers with the first
// document; where gigstack takes no key, it is refused for ten minutes.
func (g *Guard) Plan(ctx context.Context, c Call, way Way) (Plan, error) {
	m := g.now()
	if err := m.allows(ctx, c, false, way.verdict()); err != nil {
		return Plan{}, err
	}
	id, err := g.newID()
	if err != nil {
		return Plan{}, err
	}
	s := c.sealed(way)
	s.Policy = short("policy", []byte(m.obeyed()))
	plan := Plan{Expires: m.at.Add(way.life())}
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
	if !open(last) || c.Whole { // of a whole, what its steps did decides
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
// has a refusal of its own; until they all agree, nothing is even read. answered is
// whether a person answered the question of which the plan is the state. look may be
// nil where nothing was seen.
func (g *Guard) Confirm(ctx context.Context, c Call, token string, answered bool, look Look) (*Ticket, error) {
	m := g.now()
	if err := m.allows(ctx, c, true, policy.Approve); err != nil {
		return nil, err
	}
	id, s, err := g.unseal(token)
	if err != nil {
		return nil, err
	}
	attempt := g.attempt(c, id, s.KeyOf, s.planned())
	var approval Approval
	if s.Way == ByApproval {
		if approval, err = m.approval(ctx, attempt.ID); err == nil {
			err = approval.denied(m.at) // whatever else has changed
		}
		if err != nil {
			return nil, err
		}
	}
	if err := m.compare(c, s, answered); err != nil {
		return nil, err
	}
	if earlier, known, err := g.Journal.Find(ctx, attempt.ID); err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	} else if known {
		return nil, used(earlier)
	}
	if s.Way == ByApproval {
		if err := approval.approved(attempt.ID, m.at); err != nil {
			return nil, err
		}
	}
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
	if c.sealed(s.Way).Seen != s.Seen {
		return nil, &Refusal{Code: CodePlanStale, Message: "What it concerns has changed since the preview. Nothing was sent. Call without plan to see it as it is now."}
	}
	last, _, err := g.Journal.Last(ctx, attempt.Digest)
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	attempt.Amount, attempt.Currency = c.Amount, c.Currency
	if m = g.now(); short("policy", []byte(m.obeyed())) != s.Policy { // it changed during the look
		return nil, policyChanged()
	}
	return g.begin(ctx, m, attempt, c, passage{s.Way.verdict(), attempt.ID, attempt.Planned}, &last)
}

// Decline uses a plan up without running it, because the person said no. It is
// refused for one that was used before.
func (g *Guard) Decline(ctx context.Context, c Call, token string) error {
	id, s, err := g.unseal(token)
	if err != nil {
		return err
	}
	if s.Way != ByAnswer {
		return &Refusal{Code: CodePlanChannel, Message: "The plan is none of a question that was put to a person. Nothing was sent."}
	}
	attempt := g.attempt(c, id, s.KeyOf, s.planned())
	attempt.Outcome = Refused
	earlier, err := g.Journal.Open(ctx, attempt, nil)
	if errors.Is(err, ErrUsed) {
		return used(earlier)
	}
	return err
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
func (m moment) compare(c Call, s sealed, answered bool) error {
	if short("policy", []byte(m.obeyed())) != s.Policy {
		return policyChanged()
	}
	want := c.sealed(s.Way)
	for _, check := range []struct {
		differs       bool
		code, message string
	}{
		{answered != (s.Way == ByAnswer), CodePlanChannel, "The plan belongs to a question that was put to a person; only their answer confirms it."},
		{want.Tool != s.Tool, CodePlanTool, "The plan was made for another tool."},
		{want.Principal != s.Principal, CodePlanPrincipal, "The plan was made for somebody else."},
		{want.Identity != s.Identity, CodePlanKey, "The plan was made with another API key or for another address of gigstack."},
		{want.Mode != s.Mode, CodePlanMode, "The plan was made with a key of the other mode (test or live)."},
		{want.Team != s.Team, CodePlanTeam, "The plan was made for another team. Pass the same team as when it was made."},
		{want.Args != s.Args, CodePlanArguments, "The arguments differ from those that were planned. Repeat them exactly, or call without plan to plan the new ones."},
		{m.at.UnixNano() >= s.Expires, CodePlanExpired, "The plan has expired. Call without plan for a new one."},
		{want.Word != s.Word, CodePlanWord, "What was typed is not the word that was asked for."},
	} {
		if check.differs {
			return &Refusal{Code: check.code, Message: check.message + " Nothing was sent."}
		}
	}
	return nil
}

func policyChanged() error {
	return &Refusal{Code: CodePlanPolicy, Message: "The operator changed the policy after the plan was made. Nothing was sent. Call without plan for a new one."}
}
