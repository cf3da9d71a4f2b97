package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (t *terminal) reloadCommand() *cobra.Command {
	var a adminFlags
	c := &cobra.Command{
		Use:   "reload",
		Short: "Have the running hekad apply its changed configuration",
		Long: `Has the running hekad read its configuration anew and apply what changed. What did
not change keeps its sockets, positions and state. When the new configuration is
wrong, the daemon goes on with the old one and this command tells why.`,
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			client, err := a.client(t)
			if err != nil {
				return err
			}
			answer, err := client.Post("/reload")
			if err != nil {
				return fmt.Errorf("reload: %w", err)
			}
			_, err = fmt.Fprint(t.out, answer)
			return err
		},
	}
	a.add(c)
	return c
}

func (t *terminal) reportCommand() *cobra.Command {
	var a adminFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "report",
		Short:   "Show the state of every plugin of the running hekad",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			client, err := a.client(t)
			if err != nil {
				return err
			}
			path := "/report"
			if asJSON {
				path += "?format=json"
			}
			answer, err := client.Get(path)
			if err != nil {
				return fmt.Errorf("report: %w", err)
			}
			_, err = fmt.Fprint(t.out, answer)
			return err
		},
	}
	a.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, in the form of the message heka.all-report")
	return c
}
