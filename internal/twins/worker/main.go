// Command worker is `sagabench worker` alone. Broken variants of the twins are built
// as it: without servers and reports it is linked in a second.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/sagabench/sagabench/internal/twins"
)

func main() {
	if err := twins.Serve(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}
