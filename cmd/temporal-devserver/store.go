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

	"github.com/sagabench/sagabench/internal/devserver/command"
	"github.com/sagabench/sagabench/internal/durability"
)

const (
	namespace = "default"

	// retention of closed workflows must be longer than any run: histories are
	// read after the load, and an order id that was used must stay used. The
	// default for SQLite is a day.
	retention = 30 * 24 * time.Hour

	dataFile = "temporal.db"
	// versionFile holds the version of the server that made the data file. It is
	// written last, so that a data file without it is known to be unfinished.
	versionFile = "temporal.version"
)

// openStore returns where the server keeps everything, and sets up what is not
// there yet.
func openStore(s command.Settings) (*config.SQL, error) {
	store := &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      filepath.Join(s.Dir, dataFile),
		ConnectAttributes: attributes(s),
	}
	if s.Durability == durability.Memory {
		store.DatabaseName = "temporal"
		return store, addNamespace(store) // the schema comes with the connection
	}
	fresh, err := inspect(s.Dir)
	if err != nil || !fresh {
		return store, err
	}
	if err := sqliteschema.SetupSchema(store); err != nil {
		return nil, fmt.Errorf("set up %s: %w", store.DatabaseName, err)
	}
	if err := addNamespace(store); err != nil {
		return nil, err
	}
	return store, os.WriteFile(filepath.Join(s.Dir, versionFile), []byte(headers.ServerVersion+"\n"), 0o600)
}

// attributes translates the durability for SQLite. An attribute that is no part
// of an SQLite address is executed as a pragma on each new connection.
//
// What a process has written outlives it in the system's memory, so kill -9 needs no
// sync at all. At synchronous=NORMAL each checkpoint of the log would make two, which
// the other style's server does not make for the same promise.
func attributes(s command.Settings) map[string]string {
	if s.Durability == durability.Memory {
		return map[string]string{"mode": "memory", "cache": "shared"}
	}
	a := map[string]string{"mode": "rwc"}
	if !s.Untuned {
		// SQLite's own settings, a rollback journal and a full sync, keep what both
		// durabilities promise.
		a["journal_mode"], a["synchronous"] = "wal", "off"
		if s.Durability == durability.Power {
			a["synchronous"] = "full"
		}
	}
	if s.Durability == durability.Power {
		a["fullfsync"] = "on" // on macOS a plain fsync leaves data in the drive's cache
	}
	return a
}

func addNamespace(store *config.SQL) error {
	ns, err := sqliteschema.NewNamespaceConfig(cluster, namespace, false, nil)
	if err != nil {
		return err
	}
	ns.Detail.Config.Retention = durationpb.New(retention)
	return sqliteschema.CreateNamespaces(store, ns)
}

// inspect reports whether the folder has no data yet, and refuses data that this
// server can't go on with.
func inspect(dir string) (fresh bool, err error) {
	const remedy = "choose an empty folder, or delete what is in this one"
	file := filepath.Join(dir, dataFile)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	version, err := os.ReadFile(filepath.Join(dir, versionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("%s was made by another program, or its set-up was interrupted: %s", file, remedy)
	}
	if err != nil {
		return false, err
	}
	if made := strings.TrimSpace(string(version)); made != headers.ServerVersion {
		return false, fmt.Errorf("%s was made by Temporal server %.20q and this is %s: %s", file, made, headers.ServerVersion, remedy)
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
