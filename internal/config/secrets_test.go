package config_test

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gigstack/gigstack-mcp/internal/config"
)

func TestSecrets(t *testing.T) {
	file := write(t, " pass word \n")
	variables := env{"GIGSTACK_API_KEY": "sk_test_x", "FIEL": "from-env"}
	c, _, err := load(variables, "--secrets", "fiel=env:FIEL, csd=file:"+file+",none=env:NONE,lost=file:/does/not/exist")
	require.NoError(t, err)
	read := map[string]func() (string, error){}
	for _, secret := range c.Secrets {
		read[secret.Name] = secret.Read
	}
	require.Len(t, read, 4)
	password, err := read["fiel"]()
	require.NoError(t, err)
	assert.Equal(t, "from-env", password)
	password, err = read["csd"]()
	require.NoError(t, err)
	assert.Equal(t, " pass word ", password, "white space may belong to it")
	require.NoError(t, os.WriteFile(file, []byte("new\r\n"), 0o600))
	password, err = read["csd"]()
	require.NoError(t, err)
	assert.Equal(t, "new", password, "it is read when it is needed")
	_, err = read["none"]()
	require.ErrorContains(t, err, "empty")
	_, err = read["lost"]()
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "/does", "a path may be a password in the wrong place")
}

func TestWrongSecretsAreNotRepeated(t *testing.T) {
	for _, wrong := range []string{"hunter2", "fiel=hunter2", "a b=env:hunter2", "=env:hunter2", "fiel=env:", "fiel=url:hunter2"} {
		_, _, err := load(env{"GIGSTACK_API_KEY": "sk_test_x"}, "--secrets", "ok=env:OK,"+wrong)
		require.ErrorContains(t, err, "--secrets: entry 2 is not NAME=env:VARIABLE", wrong)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestSecretsHaveOneName(t *testing.T) {
	_, _, err := load(env{"GIGSTACK_API_KEY": "sk_test_x"}, "--secrets", "fiel=env:A,fiel=env:B")
	require.ErrorContains(t, err, "--secrets: fiel is there twice")
}

// A variable that the operator named for a password is no mistaken setting.
func TestSecretVariableIsNoStranger(t *testing.T) {
	c, err := config.Load(config.Source{Args: []string{"--sandbox", "--secrets", "fiel=env:GIGSTACK_FIEL"}, Getenv: env{}.get,
		Environ: []string{"GIGSTACK_FIEL=x", "GIGSTACK_OTHER=x"}, BaseURL: "https://api.example.com/v2", Out: io.Discard})
	require.NoError(t, err)
	assert.Equal(t, []string{"GIGSTACK_OTHER"}, c.Strangers)
}
