// Package stats answers questions about streams too long to keep: how many
// different ones, which often, have I seen this one, how large is the 99th of a
// hundred. It needs nothing of Heka.
//
//	seen before?       Bloom (never forgets)   Cuckoo (forgets on demand)
//	how many kinds?    HyperLogLog             12 KiB, error about 0.8 %
//	which are many?    TopK                    space saving, error told for each
//	how large?         Sketch (quantiles)      Moments (mean, deviation)
//	are they alike?    MannWhitney             Window, Word (symbolic series)
//
// Every structure has a bound of its bytes that is set when it is made, can be
// saved by AppendBinary and read back by its Parse function, which refuses what it
// has not written and allocates no more than a small multiple of its input. Those
// of the same shape can be merged. None may be used by two goroutines at a time.
//
// Bloom, Cuckoo and HyperLogLog lay out their bits as Heka's sandbox did, so that
// what it has saved can be read: SetBits takes them.
package stats
