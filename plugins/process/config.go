// Package process holds ProcessInput, which runs a chain of programs by the clock,
// and ProcessDirectoryInput, which runs those of a folder.
//
//	ticker ─▶ command 0 ─▶ command 1 ─▶ … ─stdout, stderr─▶ held until the end ─▶ streams
//	                                                      └ or for too long: as it comes
//
// Programs get lists of arguments; there is no shell. What a run writes is held
// until it ends, so that its messages can tell how it ended. A run that writes more
// than is held, or goes on for longer, is handed on as it comes, without.
package process

import (
	_ "embed"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/procrun"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed process.toml
var sample string

// Config holds the options of ProcessInput.
type Config struct {
	Command        map[string]Command `toml:"command" required:"true" doc:"Programs of the chain, numbered from 0: the output of each is the input of the next."`
	ImmediateStart bool               `toml:"immediate_start" default:"false" doc:"Run at once too, not only from the first tick on."`
	Timeout        time.Duration      `toml:"timeout" unit:"s" default:"0s" doc:"How long a run may take before it is ended with all that it has started; 0 for ever."`
	Stdout         bool               `toml:"stdout" default:"true" doc:"Take what the last program writes to its standard output."`
	Stderr         bool               `toml:"stderr" default:"false" doc:"Take what the programs write to their standard error."`
}

// Command is one program.
type Command struct {
	Bin       string   `toml:"bin" required:"true" doc:"Program, as a path, or a name that is looked for in PATH."`
	Args      []string `toml:"args" doc:"Arguments, each as it stands: there is no shell."`
	Env       []string `toml:"env" doc:"Environment as NAME=value, instead of hekad's own."`
	Directory string   `toml:"directory" doc:"Folder to run in; default: hekad's own."`
}

// Validate checks what shows without running anything.
func (c Config) Validate() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if _, err := c.chain(); err != nil {
		return err
	}
	if c.Timeout < 0 {
		return bad("timeout", c.Timeout.String()+" is negative", "write 0 for no limit")
	}
	if !c.Stdout && !c.Stderr {
		return bad("stdout", "and stderr are both off, so that nothing would be read", "switch one on")
	}
	return nil
}

// chain lists the programs in order.
func (c Config) chain() ([]procrun.Command, error) {
	bad := func(option, what, fix string) ([]procrun.Command, error) {
		return nil, &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if len(c.Command) == 0 {
		return bad("command", "there is no program to run", `write a table [X.command.0] with bin = "/bin/date"`)
	}
	numbers := make([]int, 0, len(c.Command))
	for key := range c.Command {
		n, err := strconv.Atoi(key)
		if err != nil || n < 0 || strconv.Itoa(n) != key {
			return bad("command", fmt.Sprintf("%q is no number", key), "number the programs from 0")
		}
		numbers = append(numbers, n)
	}
	sort.Ints(numbers)
	var list []procrun.Command
	for i, n := range numbers {
		option := "command." + strconv.Itoa(n)
		cmd := c.Command[strconv.Itoa(n)]
		switch {
		case n != i:
			return bad("command", fmt.Sprintf("there is no program %d before program %d", i, n), "number the programs from 0 without a gap")
		case cmd.Bin == "":
			return bad(option+".bin", "is empty", "name the program")
		}
		for _, text := range append([]string{cmd.Bin, cmd.Directory}, append(cmd.Args, cmd.Env...)...) {
			if strings.ContainsRune(text, 0) {
				return bad(option, "holds a zero byte", "take it out")
			}
		}
		for _, e := range cmd.Env {
			if i := strings.IndexByte(e, '='); i < 1 {
				return bad(option+".env", fmt.Sprintf("%.40q is not of the form NAME=value", e), `write it as "PATH=/usr/bin"`)
			}
		}
		list = append(list, procrun.Command{Bin: cmd.Bin, Args: cmd.Args, Env: cmd.Env, Dir: cmd.Directory})
	}
	return list, nil
}

var pid = int32(os.Getpid())
