package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A composeFile is as much of the format as docker-compose.yml uses; anything
// else in it is a mistake.
type composeFile struct {
	Name     string
	Services map[string]struct {
		Image       string
		Command     []string
		Environment map[string]string
		Ports       []string
		Volumes     []string
		Configs     []struct{ Source, Target string }
		Restart     string
		DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
		Healthcheck *struct {
			Test              []string
			Interval, Timeout string
			Retries           int
		}
	}
	Volumes map[string]struct{}
	Configs map[string]struct{ Content string }
}

// The servers in containers are pinned, private and known to be up, and they are
// at the addresses that docs/servers.md and the file itself give.
func TestCompose(t *testing.T) {
	text := read(t, "../../docker-compose.yml")
	for _, wrong := range composeFaults(text) {
		t.Error(wrong)
	}
	for _, place := range []string{"--nats nats://127.0.0.1:4222", "--temporal 127.0.0.1:7233", "http://127.0.0.1:8233"} {
		if !strings.Contains(text, place) || !strings.Contains(read(t, "../../docs/servers.md"), place) {
			t.Errorf("docker-compose.yml and docs/servers.md do not both have %s", place)
		}
		port := place[strings.LastIndex(place, ":")+1:]
		if !strings.Contains(text, `ports: ["127.0.0.1:`+port+`:`) {
			t.Errorf("nothing is published where %s leads", place)
		}
	}
}

// The check bites.
func TestComposeFaultsAreFound(t *testing.T) {
	text := read(t, "../../docker-compose.yml")
	for _, c := range []struct{ old, new, want string }{
		{"nats:2.15.0-alpine", "nats:latest", "not pinned"},
		{"nats:2.15.0-alpine", "nats", "not pinned"},
		{"postgres:17.6-alpine", "postgres:17-alpine", "not pinned"},
		{"127.0.0.1:4222:4222", "4222:4222", "not on the loopback"},
		{"127.0.0.1:8233:8080", "0.0.0.0:8233:8080", "not on the loopback"},
		{"temporal-schema: {condition: service_completed_successfully}", "temporal-schema: {condition: service_healthy}", "has no health check"},
		{"postgresql: {condition: service_healthy}", "postgres: {condition: service_healthy}", "which is not there"},
		{"    healthcheck:\n      test: [\"CMD\", \"nc\"", "    healthchecks:\n      test: [\"CMD\", \"nc\"", "healthchecks not found"},
		{"DYNAMIC_CONFIG_FILE_PATH: /etc/temporal/dynamic.yaml", "DYNAMIC_CONFIG_FILE_PATH: /etc/dynamic.yaml", "no variable names its place"},
		{"\"nats:/data\"", "\"data:/data\"", "volume data"},
		{"  nats:\n    image", "  nats: {}\n  nats:\n    image", "already defined"},
	} {
		if !strings.Contains(text, c.old) {
			t.Errorf("docker-compose.yml does not have %q any more", c.old)
		}
		found := strings.Join(composeFaults(strings.Replace(text, c.old, c.new, 1)), "\n")
		if !strings.Contains(found, c.want) {
			t.Errorf("with %q found %q, want %q in it", c.new, found, c.want)
		}
	}
}

// pinned is an image at a release: at least major.minor for PostgreSQL, which
// has no third number, and all three for the others.
var pinned = regexp.MustCompile(`^(postgres:\d+\.\d+|[a-z/-]+:\d+\.\d+\.\d+)(-[a-z0-9.]+)?$`)

func composeFaults(text string) (faults []string) {
	var f composeFile
	dec := yaml.NewDecoder(strings.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return []string{err.Error()}
	}
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var awaited []string // jobs: services that end
	for name, s := range f.Services {
		for other, d := range s.DependsOn {
			on, there := f.Services[other]
			switch {
			case !there:
				add("%s depends on %s, which is not there", name, other)
			case d.Condition == "service_completed_successfully":
				awaited = append(awaited, other)
			case d.Condition != "service_healthy" || on.Healthcheck == nil:
				add("%s waits for %s to be %s, which has no health check", name, other, d.Condition)
			}
		}
	}
	for name, s := range f.Services {
		if !pinned.MatchString(s.Image) {
			add("%s: image %s is not pinned", name, s.Image)
		}
		for _, p := range s.Ports {
			if !strings.HasPrefix(p, "127.0.0.1:") || strings.Count(p, ":") != 2 {
				add("%s: port %s is not on the loopback", name, p)
			}
		}
		for _, v := range s.Volumes {
			if volume, _, _ := strings.Cut(v, ":"); !contains(f.Volumes, volume) {
				add("%s: volume %s is not listed", name, volume)
			}
		}
		for _, c := range s.Configs {
			if f.Configs[c.Source].Content == "" || !slices.Contains(slices.Collect(maps.Values(s.Environment)), c.Target) {
				add("%s: config %s is empty, or no variable names its place", name, c.Source)
			}
		}
		job := slices.Contains(awaited, name)
		if job && s.Restart != "" {
			add("%s: ends, and is started again", name)
		}
		if h := s.Healthcheck; !job && (h == nil || len(h.Test) < 2 || h.Interval == "" || h.Timeout == "" || h.Retries < 1) {
			add("%s: has no health check, or half of one", name)
		}
	}
	return faults
}

func contains[V any](m map[string]V, key string) bool {
	_, there := m[key]
	return there
}
