package record_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sagabench/sagabench/bench/record"
)

// Settings list what differs, and nothing where nothing does.
func TestSettingsInWords(t *testing.T) {
	if got := (record.Settings{}).Words(); len(got) > 0 {
		t.Errorf("the run's own settings differ in %q", got)
	}
	all := record.Settings{Durability: "power", Concurrency: 1, ServiceTime: "10ms", Activities: record.LocalActivities, World: record.NoBarrierWorld, Share: 0.25}
	want := []string{"durability power", "one call at a time", "service time 10ms", "local activities", "a no-barrier world", "25 % of each style's own capacity"}
	if got := all.Words(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The settings stand among a cell's own keys, in this order, and a file that is
// read and written again stays the same.
func TestSettingsInTheRunFile(t *testing.T) {
	text, err := json.Marshal(record.Cell{Settings: record.Settings{Durability: "power", Concurrency: 1, ServiceTime: "10ms", Activities: "local", World: "keyless", Share: 0.25}})
	const keys = `"faults":null,"durability":"power","concurrency":1,"service_time":"10ms","activities":"local","world":"keyless","share_of_capacity":0.25,"offered_per_s":0,`
	if err != nil || !bytes.Contains(text, []byte(keys)) {
		t.Errorf("%v: %s", err, text)
	}
	want, err := os.ReadFile(filepath.Join("../../reports/sample", record.RunFile))
	if err != nil {
		t.Fatal(err)
	}
	var run record.Run
	if err := json.Unmarshal(want, &run); err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(got, '\n'), want) {
		t.Error("written again, the sample's run.json is another file")
	}
}
