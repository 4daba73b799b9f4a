package gigstack

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A password that comes back in an answer is not shown, whichever field it went in.
func TestPasswordsAreHidden(t *testing.T) {
	const password = `clave "rara" & ñandú`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer, _ := json.Marshal(map[string]any{"message": "bad password " + password, "error": string(body)})
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	c := callerFor(t, server.URL+"/v2")
	file := File{Name: "a.cer", MediaType: derType, Content: []byte("0\x82")}
	for name, call := range map[string]func() error{
		"csd": func() error {
			_, err := UploadTeamCSD.Call(t.Context(), c, UploadTeamCSDInput{ID: "team_1", Cert: CertFile{file}, Key: KeyFile{file}, KeyPass: password})
			return err
		},
		"fiel": func() error {
			_, err := UploadSATFIEL.Call(t.Context(), c, UploadSATFIELInput{Cert: CertFile{file}, Key: KeyFile{file}, Password: password})
			return err
		},
		"manifest": func() error {
			_, err := SignTeamManifest.Call(t.Context(), c, SignTeamManifestInput{ID: "team_1", Cert: Encoded[CertFile]{file}, Key: Encoded[KeyFile]{file}, Password: password})
			return err
		},
	} {
		var e *Error
		require.ErrorAs(t, call(), &e, name)
		assert.Contains(t, e.Message, "bad password [redacted]", name)
		assert.NotContains(t, e.Error(), "ñandú", name)
	}
}
