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
	file := File{Name: "a.cer", MediaType: certType, Content: []byte("0\x82")}
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

// JSON can spell a password in many ways; none of them shows it, and no number is
// taken for one.
func TestPasswordsAreHiddenHoweverSpelled(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"plain":          {`{"message":"bad claveñ/9"}`, `{"message":"bad [redacted]"}`},
		"escaped":        {"{\"message\":\"bad clave\\u00f1\\/9\"}", `{"message":"bad [redacted]"}`},
		"in JSON quoted": {`{"message":"{\"password\":\"clave\\u00f1/9\"}"}`, `{"message":"{\"password\":\"[redacted]\"}"}`},
		"in a URL":       {`{"message":"https://a/?p=clave%C3%B1%2F9"}`, `{"message":"https://a/?p=[redacted]"}`},
		"as a name":      {`{"claveñ/9":[1]}`, `{"[redacted]":[1]}`},
		"no JSON":        {`<p>claveñ/9</p>`, `<p>[redacted]</p>`},
		"digits":         {`{"expires_at":1812345678000,"a":"12345678"}`, `{"a":"[redacted]","expires_at":1812345678000}`},
	} {
		assert.Equal(t, c.want, string(hideSecrets([]byte(c.body), []string{"claveñ/9", "12345678"})), name)
	}
	assert.Equal(t, "as it is", string(hideSecrets([]byte("as it is"), nil)))
}
