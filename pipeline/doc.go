// Package pipeline is the engine: it builds the graph of a plan, runs it, routes,
// counts, reloads and stops it in order.
//
//	        ┌──────── one reader goroutine per stream: calls, no hops ────────┐
//	bytes ─▶│ Grab → split → decode → parse → matcher set → Batch with rows   │─▶ route ─▶ Output
//	        └────▲────────────────────────────────────────────────────────────┘     └──▶ Filter ─┐
//	             │ byte credit, taken only here            inject: own pool, depth + 1 ◀──────────┘
//	             └───────────── release = acknowledgement ◀── last route done
//
// The router is an immutable snapshot behind an atomic pointer; a reader picks it
// up at the start of each batch. A route is a bounded queue with one goroutine
// that runs its plugin. A route keeps its identity by kind and name, so that a
// plugin can be replaced while its queue stays.
//
// Nothing waits for input credit while it holds a batch, and a filter takes what
// was injected before it takes what was read, without ever pausing for it: so no
// cycle of waits can form.
//
// The package knows plans and contracts; which plugins exist it does not.
package pipeline
