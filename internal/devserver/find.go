package devserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	temporalBinary  = "temporal-devserver"
	temporalPackage = "github.com/sagabench/sagabench/cmd/temporal-devserver"

	// heartbeat is how often a long build reports that it is alive.
	heartbeat = 5 * time.Second
)

// FindTemporal returns the path of the temporal-devserver binary. It looks beside
// the running program, then on PATH; inside the module's source tree it builds
// the binary into bin/, which takes minutes the first time and reports that on
// progress.
func FindTemporal(ctx context.Context, progress io.Writer) (string, error) {
	exe, _ := os.Executable() // without it, PATH is looked through twice
	for _, name := range []string{filepath.Join(filepath.Dir(exe), temporalBinary), temporalBinary} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	root, err := sourceTree(ctx)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside this program nor on PATH, and %w: run \"go install %s@latest\", or start from the source tree",
			temporalBinary, err, temporalPackage)
	}
	bin := filepath.Join(root, "bin", temporalBinary)
	return bin, build(ctx, root, bin, progress)
}

// sourceTree is the root of our module when the working directory is in it.
func sourceTree(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-find", "-f", "{{if .Module.Main}}{{.Module.Dir}}{{end}}", temporalPackage)
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("there is no Go to build it")
	}
	root := strings.TrimSpace(string(out))
	if err != nil || root == "" {
		return "", errors.New("this folder is not in the source tree")
	}
	return root, nil
}

func build(ctx context.Context, root, bin string, progress io.Writer) error {
	fmt.Fprintf(progress, "building %s: 4-6 minutes the first time, seconds after that\n", bin)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin, temporalPackage)
	cmd.Dir = root
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for began := time.Now(); ; {
		select {
		case err := <-done:
			if err != nil {
				return fmt.Errorf("build %s: %w\n%s", temporalPackage, err, &output)
			}
			return nil
		case <-beat.C:
			fmt.Fprintf(progress, "building %s: %v so far\n", temporalBinary, time.Since(began).Round(time.Second))
		}
	}
}
