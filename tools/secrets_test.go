package tools_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/guard"
	"github.com/gigstack/gigstack-mcp/internal/sandbox"
)

// minting is every tool that makes a link which lets its holder in.
var minting = map[string]args{
	"get_team_onboarding_url":   {"id": sandbox.TeamKemper},
	"create_client_portal_link": {"email": "karla.fuente@example.mx"},
	"create_team":               {"legal_name": "EMPRESA NUEVA", "generate_onboarding_url": true},
}

// TestLinksAreHandedOff has a link that is a credential reach a person and
// nobody else: neither agent nor log.
func TestLinksAreHandedOff(t *testing.T) {
	for tool, with := range minting {
		t.Run(tool, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{})
				r := s.agent(t, era, nil).confirmed(t, tool, with)
				require.False(t, r.isError, r.text)
				require.Len(t, s.handed, 1)
				link := s.handed[0]
				require.True(t, strings.HasPrefix(link, "http"), link)
				assertUnseen(t, s, r, link)
				assert.Contains(t, r.text, "handed to the person: the safe")
				assert.Contains(t, jsonOf(t, r.get("notes")), "is a credential and not shown here. It was saved for the person at the safe.")
			})
		})
	}
}

// TestCredentialsAreHandedOff is the same for the answers that are nothing but
// credentials: each reaches the person, none anybody else.
func TestCredentialsAreHandedOff(t *testing.T) {
	for tool, c := range map[string]struct {
		args  args
		count int
	}{
		"generate_user_login_link": {args{"user_id": "user_diego"}, 2},
		"signup_account":           {args{"email": "agente@example.mx", "name": "Agente", "plan_id": "free"}, 4},
	} {
		t.Run(tool, func(t *testing.T) {
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}})
				r := s.agent(t, era, nil).confirmed(t, tool, c.args)
				require.False(t, r.isError, r.text)
				require.Len(t, s.handed, c.count)
				for _, credential := range s.handed {
					assertUnseen(t, s, r, credential)
				}
				assert.Equal(t, c.count, strings.Count(r.text, "[handed to the person: the safe]"))

				s = newStand(t, setting{policy: guard.Policy{AllowCritical: true}, noHandOff: true})
				r = s.agent(t, era, nil).call(t, tool, c.args)
				assert.Equal(t, "no_hand_off", r.code(), r.text)
				assert.Empty(t, s.reached(), "nothing is made that nobody can be given")
			})
		})
	}
}

// TestPartnerKeyIsNeverShown hides it also where an answer repeats it.
func TestPartnerKeyIsNeverShown(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, upstream: func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				partner := r.Header.Get("X-Internal-API-Key")
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(`{"success":false,"error":{"code":"unauthorized","message":"bad ` + partner + `","details":[{"field":"` + partner + `","message":"x"}]}}`))
			})
		}})
		r := s.agent(t, era, nil).confirmed(t, "signup_account", args{"email": "agente@example.mx", "name": "Agente", "plan_id": "free"})
		assert.Equal(t, "unauthorized", r.code(), r.text)
		assert.Contains(t, r.text, "bad [redacted]")
		assert.NotContains(t, r.text+s.log.String(), sandbox.PartnerKey)
	})
}

// assertUnseen fails when a secret, or the part of it that opens something,
// shows in a result or in the log.
func assertUnseen(t *testing.T, s *stand, r result, link string) {
	t.Helper()
	for _, part := range []string{link, link[strings.LastIndexAny(link, "/=")+1:]} {
		require.Greater(t, len(part), 10)
		assert.NotContains(t, r.text, part)
		assert.NotContains(t, s.log.String(), part)
	}
}

// TestHandOffFails withholds a link that cannot be handed off.
func TestHandOffFails(t *testing.T) {
	for tool, with := range minting {
		t.Run(tool, func(t *testing.T) {
			s := newStand(t, setting{})
			var link string
			s.tools.HandOff = safe(func(secret string) (string, error) { link = secret; return "", errors.New("disk full") })
			r := s.agent(t, "modern", nil).confirmed(t, tool, with)
			require.False(t, r.isError, r.text)
			assertUnseen(t, s, r, link)
			assert.Contains(t, r.text, "withheld: it could not be saved")

			s.tools.HandOff = locked{}
			s.reached()
			r = s.agent(t, "modern", nil).call(t, tool, with)
			assert.Equal(t, "no_hand_off", r.code(), r.text)
			assert.Empty(t, s.writes(), "nothing is made that cannot be given to anybody")
		})
	}
}

// A credential is handed off under whatever name gigstack answers it, since its
// documentation does not tell; also where only a part was done.
func TestCredentialsUnderOtherNames(t *testing.T) {
	const link = "https://login.example/enter?t=canary0123456789canary0123456789"
	for name, body := range map[string]string{
		"another name":    `{"data":{"url":"` + link + `"}}`,
		"camel case":      `{"data":{"loginLink":"` + link + `"}}`,
		"inside":          `{"data":{"user":{"access":["` + link + `"]}}}`,
		"a short code":    `{"data":{"otp":"canary0123456789"}}`,
		"no envelope":     `{"link":"` + link + `"}`,
		"bare":            `{"data":"` + link + `"}`,
		"partial failure": `{"success":false,"message":"half","data":{"url":"` + link + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, setting{policy: guard.Policy{AllowCritical: true}, upstream: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, "/login-link") {
						_, _ = w.Write([]byte(body))
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			r := s.agent(t, "modern", nil).confirmed(t, "generate_user_login_link", args{"user_id": "user_pedro"})
			assert.NotContains(t, r.text, "canary0123456789")
			assert.NotContains(t, s.log.String(), "canary0123456789")
		})
	}
}

// TestNoHandOff mints nothing where there is no place for it, and still does
// everything else.
func TestNoHandOff(t *testing.T) {
	inBothEras(t, func(t *testing.T, era string) {
		s := newStand(t, setting{noHandOff: true})
		a := s.agent(t, era, nil)
		for _, tool := range []string{"get_team_onboarding_url", "create_client_portal_link", "create_team"} {
			s.reached()
			r := a.call(t, tool, minting[tool])
			assert.Equal(t, "no_hand_off", r.code(), r.text)
			assert.Empty(t, s.reached())
		}
		r := a.call(t, "update_team", args{"id": sandbox.TeamKemper, "support_email": "a@example.mx"})
		assert.False(t, r.isError, r.text)
	})
}

// TestLinkInARead hides a link also where a read shows it, with and without a
// place to hand it to.
func TestLinkInARead(t *testing.T) {
	const link = "https://onboarding.example/session?token=canary-0123456789"
	withLink := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"data":{"id":"team_kemper","onboarding_url":"` + link + `"}}`))
		})
	}
	for _, without := range []bool{true, false} {
		s := newStand(t, setting{upstream: withLink, noHandOff: without})
		r := s.agent(t, "modern", nil).call(t, "get_team", args{"id": sandbox.TeamKemper})
		require.False(t, r.isError, r.text)
		assertUnseen(t, s, r, link)
	}
}

// TestKeyIsNeverShown has a key that comes back in every part of an answer show
// nowhere.
func TestKeyIsNeverShown(t *testing.T) {
	for name, echo := range map[string]func(w http.ResponseWriter, key string){
		"old error": func(w http.ResponseWriter, key string) {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"message":"bad key ` + key + `","error":"` + key + `"}`))
		},
		"new error": func(w http.ResponseWriter, key string) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"success":false,"error":{"code":"` + key + `","message":"` + key + `","details":[{"field":"` + key + `","message":"` + key + `"}]}}`))
		},
		"gateway": func(w http.ResponseWriter, key string) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("upstream said " + key))
		},
		"no JSON": func(w http.ResponseWriter, key string) { _, _ = w.Write([]byte(key)) },
		"broken": func(w http.ResponseWriter, key string) {
			w.Header().Set("Content-Length", "99")
			_, _ = w.Write([]byte(key))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a failing read is tried again, a moment later
			inBothEras(t, func(t *testing.T, era string) {
				s := newStand(t, setting{upstream: func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						echo(w, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
					})
				}})
				a := s.agent(t, era, nil)
				for tool, with := range map[string]args{"create_client": {"name": "x"}, "select_team": {"team": "x"}} {
					r := a.call(t, tool, with)
					assert.True(t, r.isError)
					assert.NotContains(t, r.text, s.key)
					assert.NotContains(t, r.text, s.key[:40])
				}
				assert.NotContains(t, s.log.String(), s.key[:40])
			})
		})
	}
}

// safe is a place for credentials that is always ready; it is what takes one.
type safe func(secret string) (where string, err error)

func (safe) Ready() error { return nil }

func (s safe) Take(_, secret string) (string, error) { return s(secret) }

// locked is a place for credentials that cannot be written to.
type locked struct{ safe }

func (locked) Ready() error { return errors.New("disk full") }
