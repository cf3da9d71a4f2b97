// Package cjson is lua-cjson 2.1 for the Lua of package lua: JSON text to tables and
// back, with the options and the messages of the C library, and cjson.safe, whose
// functions return nil and the message in place of raising it.
//
//	text ──decoder──▶ tables      one pass, no tokens kept, keys shared between calls
//	tables ──encoder──▶ text      into one buffer that the VM keeps
//
// Work is charged before it is done: one instruction for a value and one for 16
// bytes of text. Nesting ends at the limits of the options, and at what the stack of
// the C implementation could hold when those are set higher.
package cjson
