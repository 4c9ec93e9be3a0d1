package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Servers in the foreground can be used by a later order, and print where they
// are; Ctrl-C ends them.
func TestDevserver(t *testing.T) {
	t.Parallel()
	cmd, at, errs := startDevserver(t)
	for _, args := range []string{
		"order --style choreography --nats " + at["nats"],
		"order --style orchestration --temporal " + at["temporal"],
		"order --style orchestration --temporal " + at["temporal"], // a second time: orders don't collide
	} {
		var out, errs strings.Builder
		if code := execute(t.Context(), strings.Fields(args), &out, &errs); code != exitOK || !strings.Contains(out.String(), "completed") {
			t.Errorf("sagabench %s: exit %d\n%s%s", args, code, &out, &errs)
		}
	}
	children := descendants(t, cmd.Process.Pid)
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("devserver ended with %v:\n%s", err, errs.String())
	}
	if left := alive(children); len(left) > 0 {
		t.Errorf("processes %v live on", left)
	}
}

// When one of the servers dies, devserver ends with an error that names it, and
// takes the other along.
func TestDevserverEndsWithItsServer(t *testing.T) {
	t.Parallel()
	cmd, _, errs := startDevserver(t)
	children := descendants(t, cmd.Process.Pid)
	victim := 0
	for _, pid := range children {
		args, _ := exec.Command("ps", "-o", "args=", "-p", fmt.Sprint(pid)).Output()
		if strings.Contains(string(args), "nats-server") {
			victim = pid
		}
	}
	if victim == 0 {
		t.Fatalf("no NATS server among %v", children)
	}
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	endsSoon(t, cmd, errs)
	if code := cmd.ProcessState.ExitCode(); code != exitError || !strings.Contains(errs.String(), "the nats server has ended") {
		t.Errorf("exit %d, want 1 and the server's name:\n%s", code, errs.String())
	}
	if left := alive(children); len(left) > 0 {
		t.Errorf("processes %v live on", left)
	}
}

// startDevserver starts both servers in a process of its own and returns where
// they are, by name.
func startDevserver(t *testing.T) (cmd *exec.Cmd, at map[string]string, errs *lockedBuffer) {
	t.Helper()
	data := t.TempDir()
	cmd = exec.Command(os.Args[0], "devserver", "all", "--nats-port", "0", "--temporal-port", "0", "--data", data)
	errs = &lockedBuffer{}
	cmd.Stderr = errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })

	at = map[string]string{}
	lines := bufio.NewScanner(out)
	ready := regexp.MustCompile(`^(nats|temporal) is ready on (\S+), data in ` + regexp.QuoteMeta(data))
	for len(at) < 2 && lines.Scan() {
		m := ready.FindStringSubmatch(lines.Text())
		if m == nil {
			t.Fatalf("devserver printed %q", lines.Text())
		}
		at[m[1]] = m[2]
	}
	if len(at) < 2 {
		t.Fatalf("servers are at %v:\n%s", at, errs.String())
	}
	return cmd, at, errs
}

// A port that is taken is an error of the environment, and is named.
func TestPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().String()[len("127.0.0.1:"):]
	for _, args := range []string{"devserver nats --nats-port " + port, "devserver temporal --temporal-port " + port} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out, errs strings.Builder
		if code := execute(ctx, strings.Fields(args), &out, &errs); code != exitError || !strings.Contains(errs.String(), port) || !strings.Contains(errs.String(), "in use") {
			t.Errorf("sagabench %s: exit %d, want 1:\n%s", args, code, &errs)
		}
	}
}

// No server there: one line that names the address, and no hanging about.
func TestNoServerAtTheAddress(t *testing.T) {
	for _, args := range []string{
		"order --style choreography --nats nats://127.0.0.1:1",
		"order --style orchestration --temporal 127.0.0.1:1",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var out, errs strings.Builder
		if code := execute(ctx, strings.Fields(args), &out, &errs); code != exitError || !strings.Contains(errs.String(), "127.0.0.1:1") {
			t.Errorf("sagabench %s: exit %d, want 1:\n%s", args, code, &errs)
		}
	}
}
