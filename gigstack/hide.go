package gigstack

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// hideSecrets takes passwords out of an answer, however JSON spells them there.
// Only texts are touched: digits of a number are nobody's password.
func hideSecrets(body []byte, secrets []string) []byte {
	if len(secrets) == 0 {
		return body
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&tree) != nil {
		return []byte(hideIn(string(body), secrets))
	}
	hidden, err := json.Marshal(hideDeep(tree, secrets))
	if err != nil {
		return nil
	}
	return hidden
}

// hideDeep hides in every text and name of a value, and in JSON quoted in a text.
func hideDeep(tree any, secrets []string) any {
	switch v := tree.(type) {
	case string:
		if strings.ContainsAny(v, "{[") {
			var inner any
			dec := json.NewDecoder(strings.NewReader(v))
			dec.UseNumber()
			if dec.Decode(&inner) == nil {
				if raw, err := json.Marshal(hideDeep(inner, secrets)); err == nil {
					return string(raw)
				}
			}
		}
		return hideIn(v, secrets)
	case map[string]any:
		hidden := make(map[string]any, len(v))
		for name, member := range v {
			hidden[hideIn(name, secrets)] = hideDeep(member, secrets)
		}
		return hidden
	case []any:
		for i := range v {
			v[i] = hideDeep(v[i], secrets)
		}
	}
	return tree
}

// hideIn hides passwords in a text, as they are and as a URL spells them.
func hideIn(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for _, spelled := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, spelled, redacted)
		}
	}
	return text
}
