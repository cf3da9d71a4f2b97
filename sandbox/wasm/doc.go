// Package wasm runs plugins that are WebAssembly modules: filters, decoders and
// encoders in any language that compiles to it, beside those in Lua.
//
//	module ── meter ──▶ metered module ── compile (shared) ──▶ Instance, one a plugin
//	            │                                                  │
//	            └ counts instructions and stack                    └ functions of the host: abi.go
//
// A module is data from somebody else. It gets nothing but the functions of the
// table in abi.go, and wasi_snapshot_preview1 with nothing in it, so that standard
// libraries start. Before it is compiled it is rewritten (meter.go): every stretch of
// code takes its length from a counter, every function its frame from another, and
// what runs out ends the call. So instruction_limit is exact, the same on every
// machine and at every speed, and needs no clock.
//
// One goroutine uses an Instance; Report, Calls and Failures may be called from any.
// Compiled code is shared by all instances of the same bytes.
package wasm
