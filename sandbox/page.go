package sandbox

import (
	"fmt"
	"strings"
)

// ReferencePage is the manual of the host's functions, made from their table.
func ReferencePage() string {
	var b strings.Builder
	b.WriteString(`# Functions for scripts

What a script in a sandbox may call beside Lua 5.1 itself. A function that its kind does not have is nil.

| function | input | decoder | filter | encoder | output |
|---|---|---|---|---|---|
`)
	for i := range functions {
		f := &functions[i]
		fmt.Fprintf(&b, "| [%s](#%s) |", f.Name, f.Name)
		for _, k := range all {
			if f.Has(k) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteByte('\n')
	}
	for i := range functions {
		f := &functions[i]
		fmt.Fprintf(&b, "\n## %s\n\n`%s%s`\n\n%s\n", f.Name, f.Name, f.Args, f.Doc)
		for _, line := range f.More {
			fmt.Fprintf(&b, "\n- %s", line)
		}
		if len(f.More) > 0 {
			b.WriteByte('\n')
		}
	}
	b.WriteString(`
## What the script must have

` + "`process_message()`" + ` is called for each message; of an input once, or at each tick. It returns a number, and may return a text beside it:

| result | meaning |
|---|---|
| 0 | the message was dealt with |
| below 0 | it was not: it counts as a failure, and the text is logged. A decoder's record counts as one that cannot be decoded, an output's message as refused |
| -2 | of an encoder: leave the message out |
| above 0 | the script ends for good, with the text as the reason |

` + "`timer_event(ns)`" + ` is called every ticker_interval seconds, of filters and outputs; ns is the time in nanoseconds.

` + "`_PRESERVATION_VERSION`" + ` is a global that scripts with preserve_data set, and raise when what their data means has changed.

## Libraries

require makes each of them a global too.

| | |
|---|---|
| string, table, math, os | of Lua 5.1; os without what touches the machine: clock, date, difftime and time are left. Inputs and outputs have execute, getenv, remove, rename and tmpname too |
| io, coroutine, socket | inputs and outputs only |
| lpeg, re | parsing expression grammars |
| cjson | JSON |
| struct, bit | binary data |
| circular_buffer | a table of numbers by time: rows that pass, columns with a name and a unit |
| bloom_filter, cuckoo_filter, hyperloglog | sets in little memory |
| percentiles, heavy_hitters | sketches in little memory |
| sax | time series as words |
| Lua modules | date_time, ip_address, common_log_format, clf, syslog, syslog_message, mysql, postfix, bind, sfl4j, cbufd, util, alert, annotation, anomaly, elasticsearch, field_util, graphite, msg_interpolate, ts_line_protocol |
`)
	return b.String()
}
