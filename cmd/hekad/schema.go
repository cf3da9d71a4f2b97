package main

import (
	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
)

func (t *terminal) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of configurations, for editors",
		Long: `Prints a JSON Schema (draft 2020-12) of a whole configuration with the plugin types
of this hekad. Editors that know TOML complete and check with it:

  hekad schema > hekad.schema.json
  echo '#:schema ./hekad.schema.json' | cat - hekad.toml`,
		GroupID: groupConfig,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := t.out.Write(append(config.Schema(), '\n'))
			return err
		},
	}
}
