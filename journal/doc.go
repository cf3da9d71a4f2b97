// Package journal is one log on disk for the whole daemon: what routes that have
// fallen behind, buffered routes and durable inputs must not lose lies in it
// once, and every consumer reads it by a cursor of its own.
//
//	Append ──▶ queue ──▶ WRITER ──▶ segment │ segment │ segment │ active ◀── SYNCER
//	 (many callers)      (one)                 ▲                  ▲
//	                                        cursor a           cursor b
//	                                     Next·Ack·Commit     Next·Ack·Commit
//	                                           └──── SAVER: cursor files, retention
//
// A record holds the messages of one batch that at least one consumer takes,
// and says which consumer takes which, so nobody matches again. Segments are
// files of a bounded size; those below every saved cursor are used again.
// Memory and start-up time do not grow with what the log holds.
//
// Ownership: Append holds a reference to the batch until Done has returned. A
// batch from Cursor.Next belongs to its caller, who releases it; only Ack moves
// the cursor, so what is released without one comes again.
//
// What is damaged is skipped and counted, what lies behind the damage is
// delivered. Format and recovery: docs/formats/journal.md.
package journal
