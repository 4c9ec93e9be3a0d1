package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/headers"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	namespace = "default"

	// retention of closed workflows must be longer than any run: the checker
	// reads histories after the load, and an order id that was used must stay
	// used. The default for SQLite is a day.
	retention = 30 * 24 * time.Hour

	dataFile = "temporal.db"
	// versionFile holds the version of the server that made the data file. It is
	// written last, so that a data file without it is known to be unfinished.
	versionFile = "temporal.version"
)

// openStore says how to reach the database, and makes it when there is none.
func openStore(s settings) (*config.SQL, error) {
	store, err := describe(s)
	if err != nil {
		return nil, err
	}
	fresh := true
	if s.tier != "memory" {
		if fresh, err = inspect(s.dir); err != nil {
			return nil, err
		}
	}
	if !fresh {
		return store, nil
	}
	if s.tier != "memory" { // in memory the plugin sets up the schema itself
		if err := sqliteschema.SetupSchema(store); err != nil {
			return nil, fmt.Errorf("set up %s: %w", store.DatabaseName, err)
		}
	}
	ns, err := sqliteschema.NewNamespaceConfig(cluster, namespace, false, nil)
	if err != nil {
		return nil, err
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	if err := sqliteschema.CreateNamespaces(store, ns); err != nil {
		return nil, err
	}
	if s.tier == "memory" {
		return store, nil
	}
	return store, os.WriteFile(filepath.Join(s.dir, versionFile), []byte(headers.ServerVersion+"\n"), 0o600)
}

// describe translates the tier. Every attribute that is no part of an SQLite
// address is executed as a pragma on each new connection.
func describe(s settings) (*config.SQL, error) {
	store := &config.SQL{PluginName: sqliteplugin.PluginName, DatabaseName: filepath.Join(s.dir, dataFile)}
	switch s.tier {
	case "memory":
		store.DatabaseName = "temporal"
		store.ConnectAttributes = map[string]string{"mode": "memory", "cache": "shared"}
		return store, nil
	case "process":
		store.ConnectAttributes = map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "normal"}
	case "power":
		store.ConnectAttributes = map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "full"}
	default:
		return nil, fmt.Errorf("unknown tier %q: use memory, process or power", s.tier)
	}
	if s.dir == "" {
		return nil, errors.New("--dir is required unless --tier is memory")
	}
	if s.untuned {
		// SQLite's own settings: a rollback journal and a full sync. They keep
		// the promise of both tiers.
		store.ConnectAttributes = map[string]string{"mode": "rwc"}
	}
	return store, nil
}

// inspect says whether the folder has no data yet, and refuses data that this
// server can't continue.
func inspect(dir string) (fresh bool, err error) {
	file := filepath.Join(dir, dataFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	const remedy = "choose an empty folder, or delete this one"
	version, err := os.ReadFile(filepath.Join(dir, versionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%s was made by another program, or its set-up was interrupted: %s", file, remedy)
	}
	if err != nil {
		return false, err
	}
	if made := strings.TrimSpace(string(version)); made != headers.ServerVersion {
		return false, fmt.Errorf("%s was made by Temporal server %s and this is %s: %s", file, made, headers.ServerVersion, remedy)
	}
	if err := readable(file); err != nil {
		return false, fmt.Errorf("%s can't be read (%w): %s", file, err, remedy)
	}
	return false, nil
}

// readable reads the database's catalogue, which fails on what is no database.
// Damage further in is the server's to find.
func readable(file string) error {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	var tables int
	err = db.QueryRow("SELECT count(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables)
	if err == nil && tables == 0 {
		err = errors.New("it has no tables")
	}
	return errors.Join(err, db.Close())
}
