package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
)

// legacy are the programs of Heka 0.x that this binary can be called as. Their
// flags have one hyphen and the original's names and defaults.
var legacy = map[string]func(ctx context.Context, t *terminal, name string, args []string) error{
	"heka-cat":         legacyCat,
	"heka-inject":      legacyInject,
	"heka-flood":       legacyFlood,
	"heka-logstreamer": legacyLogstreamer,
	"heka-sbmgr":       legacySbmgr,
	"heka-sbmgrload":   legacySbmgrload,
}

// legacyFlags starts the flags of an old program. usage is its synopsis.
func legacyFlags(t *terminal, name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(t.err)
	f.Usage = func() {
		fmt.Fprintf(t.err, "usage: %s %s\n", name, usage)
		f.PrintDefaults()
	}
	return f
}

// legacyParse parses the flags. Help ends the program with code 0, a wrong flag
// with code.
func legacyParse(f *flag.FlagSet, args []string, code int) (done bool, err error) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return true, nil
	case err != nil:
		return true, exitWith(code, errSaid)
	}
	return false, nil
}
