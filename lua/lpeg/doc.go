// Package lpeg is LPeg 1.0 for the Lua of package lua: parsing expression grammars
// with captures, compiled to a small machine of their own, and the module re.
//
//	lpeg.P, S, R, * + - ^ / # ──▶ tree of nodes ──first match──▶ program
//	                                                              │
//	subject ──▶ machine: position, backtrack stack, captures ◀────┘
//	                  │
//	                  ▼ flat list of captures, open and close
//	              evaluation ──▶ Lua values
//
// Every step of the machine is charged as one instruction and every buffer before
// it grows, so a grammar that would run for ever ends with the limit of its VM. The
// backtrack stack holds 400 entries unless lpeg.setmaxstack says otherwise.
//
// A node never changes once made and may be part of many patterns; a program
// belongs to the pattern that was matched. The buffers of the machine are kept by
// the VM between matches: a match allocates nothing but its results.
//
// What makes it quick: sets are tested by one load, a loop over a set is one step,
// a choice looks at the next byte before it saves its place, a choice with
// alternatives that begin differently jumps, literals are compared as a whole, and
// the loop of (1 - p)^0 skips bytes that cannot begin p.
package lpeg
