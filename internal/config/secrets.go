package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Secret is a password that the operator keeps in a file or a variable, under a
// name that may be known.
type Secret struct {
	Name     string
	Read     func() (string, error) // at the moment it is needed
	variable string                 // it is kept in
}

var secretEntry = regexp.MustCompile(`^([A-Za-z0-9_-]{1,40})=(env|file):(.+)$`)

// parseSecrets reads NAME=env:VARIABLE and NAME=file:PATH, separated by commas. Its
// errors do not repeat what was given: somebody may have put the password there.
func parseSecrets(list string, getenv func(string) string) (secrets []Secret, err error) {
	for i, entry := range strings.Split(list, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		parts := secretEntry.FindStringSubmatch(strings.TrimSpace(entry))
		if parts == nil {
			return nil, fmt.Errorf("entry %d is not NAME=env:VARIABLE or NAME=file:PATH", i+1)
		}
		secret := Secret{Name: parts[1], Read: func() (string, error) { return readSecret(parts[3]) }}
		if parts[2] == "env" {
			secret.variable = parts[3]
			secret.Read = func() (string, error) { return nonEmpty(getenv(parts[3])) }
		}
		if slices.ContainsFunc(secrets, func(s Secret) bool { return s.Name == secret.Name }) {
			return nil, fmt.Errorf("%s is there twice", secret.Name)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// readSecret is the content of a file without the line break at its end: other
// white space may belong to the password.
func readSecret(path string) (string, error) {
	raw, err := readUnnamed(path)
	if err != nil {
		return "", err
	}
	return nonEmpty(strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r"))
}

// readUnnamed reads a file whose path no error repeats: it may be the secret itself,
// put into the wrong place.
func readUnnamed(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return raw, err
}

// secretKeySize is how many bytes seal plans.
const secretKeySize = 32

// readSecretKey takes the key from its file, raw or in base64; nil without a file.
func readSecretKey(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	raw, err := readUnnamed(file)
	if err != nil || len(raw) == secretKeySize {
		return raw, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != secretKeySize {
		return nil, fmt.Errorf("the file holds neither %d bytes nor these in base64; make one with: openssl rand -base64 %[1]d", secretKeySize)
	}
	return key, nil
}

func nonEmpty(password string) (string, error) {
	if password == "" {
		return "", errors.New("it is empty")
	}
	return password, nil
}
