package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/lua/script"
)

const sandboxHelp = `Load filters into the running daemon, try them first, and run Lua scripts on the
machine that sandboxes use: Lua 5.1 with limits that nothing in a script can get
round.`

func (t *terminal) sandboxCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "sandbox",
		Short:   "Load, try and list filters in the running daemon; run Lua scripts",
		Long:    sandboxHelp,
		GroupID: groupTools,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		t.loadCommand("load", "Load a filter into the running daemon"),
		t.loadCommand("replace", "Replace the script of a loaded filter; its queue and state go over"),
		t.namedCommand("pause", "Pause loaded filters: they take nothing until they are resumed"),
		t.namedCommand("resume", "Let paused filters go on, or start those again that have ended"),
		t.namedCommand("unload", "Unload filters"),
		t.sandboxListCommand(), t.shadowCommand(), t.keygenCommand(),
	)
	c.AddCommand(t.luaCommand("run", "Run a Lua file", nil), t.luaCommand("bench", "Time a function of a Lua file", []string{"-bench"}))
	return c
}

// luaCommand hands its arguments to the script runner, which has flags of its own.
func (t *terminal) luaCommand(name, short string, first []string) *cobra.Command {
	return &cobra.Command{
		Use:   name + " [flags] FILE.lua [ARGUMENT...]",
		Short: short,
		Long: short + `.

  -instructions N   limit of instructions of a call, 0 for none
  -memory N         limit of memory in bytes, 0 for none
  -profile NAME     library: full, sandbox or sandboxio
  -stats            tell instructions and memory used at the end
  -call NAME        bench: the function that is called (default run)
  -seconds N        bench: how long it measures (default 1)

With -kind the file is run as a plugin is, over the messages of a file or of standard
input, and what it makes is printed: hekad sandbox run -kind decoder|filter|encoder|output
[-set name=value] [-format txt|json] [-share DIR] [-stats] FILE.lua [MESSAGES].
MESSAGES are framed Heka messages, or lines of text: each is a record for a decoder,
and the payload of a message for the others. At the end timer_event is called.

The exit code is 0, that of os.exit, or 1 after an error, whose text and traceback
go to standard error.`,
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			for _, a := range args {
				if a == "-h" || a == "--help" {
					return c.Help()
				}
			}
			if name == "run" && asPlugin(args) {
				return t.runAsPlugin(args)
			}
			if code := script.Run(append(first, args...), t.in, t.out, t.err); code != 0 {
				return exitWith(code, errors.New(""))
			}
			return nil
		},
	}
}
