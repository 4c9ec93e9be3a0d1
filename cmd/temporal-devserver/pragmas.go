package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"sync"

	"modernc.org/sqlite"
)

// pragmas are how a database connection writes, as that connection itself reports. The
// server has one connection, and opens it last.
type pragmas struct {
	mu   sync.Mutex
	last map[string]string
}

// read is called with each connection that was opened, after its own pragmas.
func (p *pragmas) read(c sqlite.ExecQuerierContext, _ string) error {
	found := map[string]string{}
	for _, name := range []string{"journal_mode", "synchronous", "fullfsync"} {
		value, err := pragma(c, name)
		if err != nil {
			return fmt.Errorf("pragma %s: %w", name, err)
		}
		found[name] = value
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = found
	return nil
}

func pragma(c driver.QueryerContext, name string) (string, error) {
	rows, err := c.QueryContext(context.Background(), "PRAGMA "+name, nil)
	if err != nil {
		return "", err
	}
	value := make([]driver.Value, 1)
	err = rows.Next(value)
	return fmt.Sprint(value[0]), errors.Join(err, rows.Close())
}

// settings are those of the connection that was opened last.
func (p *pragmas) settings() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.last)
}
