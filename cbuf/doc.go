// Package cbuf keeps a sliding window of numbers: rows of equal width in time,
// each with the same columns. It is the circular buffer of Heka's sandboxes, with
// its statistics and its two text forms, and needs nothing of Heka.
//
//	         column 0   column 1
//	oldest ┌──────────┬──────────┐
//	       │    12    │   NaN    │  NaN: nothing was recorded
//	       │    14    │    3     │
//	newest └──────────┴──────────┘  a later time moves the window; skipped rows are cleared
//
// Times are Unix seconds; a row is chosen by time / SecondsPerRow, modulo Rows, so
// the place of a time never moves. Columns are counted from 0.
//
// A Buffer made with deltas also remembers what has changed since AppendDelta was
// last called: one record for each row that was touched, even when the row has
// left the window meanwhile. That store grows with the rows touched and with
// nothing else; Size tells how large a Buffer is now, and MaxPending bounds it.
//
// A Buffer belongs to one goroutine. Add, Set and Get allocate nothing, but for
// the first touch of a row in a Buffer with deltas.
//
// Text: a line of JSON that describes the buffer, then a line a row.
//
//	{"time":0,"rows":3,"columns":1,"seconds_per_row":1,"column_info":[{"name":"n","unit":"count","aggregation":"sum"}]}
//	1
//	nan
//	3
//
// The delta form has the same first line, then lines of a time and a row.
package cbuf
