// Package sandbox is the host of plugins written in Lua: it gives a script the
// message at hand, takes what it injects, and stops it at its limits.
//
//	message ──▶ read_message ──┐                    ┌── inject_message ──▶ Builder
//	                           ▼                    │   inject_payload
//	Process, Decode, Encode ─▶ process_message() ───┤   write_message ──▶ the message
//	Tick ────────────────────▶ timer_event(ns) ─────┘
//
// A Sandbox is one script in one VM; it belongs to one goroutine, Report and
// Interrupt apart. The script sees the functions of its kind as sandbox.md of the
// original names them, with the same forms, results and texts of errors. What it
// reads is borrowed from the message's bytes and copied into the VM when asked for;
// what it injects is written straight into a message.Builder, without a struct
// between.
//
// A script ends for good (Stop) when it raises an error, meets a limit or returns a
// positive number: it is never called again. Whoever runs the sandbox decides what
// that means for the plugin.
package sandbox
