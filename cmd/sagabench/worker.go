package main

import (
	"github.com/spf13/cobra"

	"github.com/sagabench/sagabench/internal/twins"
)

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "worker",
		Short:  "Run one cell's services; started by bench and order",
		Hidden: true,
		Args:   noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if twins.Serve(c.Context()) != nil {
				return exit{exitError, nil} // the parent knows why, or is gone
			}
			return nil
		},
	}
}
