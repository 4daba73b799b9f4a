package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gigstack/gigstack-mcp/internal/config"
	"github.com/gigstack/gigstack-mcp/internal/satkeys"
)

// loadCatalogs takes the SAT's whole lists into the state directory.
func (p program) loadCatalogs(ctx context.Context, c config.Config) error {
	if c.StateDir == "" {
		return errors.New("there is no state directory: name one with --state-dir")
	}
	loaded, err := satkeys.Load(ctx, catalogsFile(c), c.Catalogs.Files, c.Catalogs.Date, p.now())
	if err != nil {
		return err
	}
	for _, s := range loaded {
		if _, err := fmt.Fprintf(p.out, "%s: %d %s keys, of %s, SHA-256 %s\n", s.File, s.Keys, s.Kind, s.Date, s.SHA256); err != nil {
			return err
		}
	}
	return nil
}

// catalogsFile is where loaded lists are kept; "" where nothing is.
func catalogsFile(c config.Config) string {
	if c.StateDir == "" {
		return ""
	}
	return filepath.Join(c.StateDir, satkeys.File)
}
