package main

// handleSignals has nothing to do where there are no such signals: hekad reload
// and hekad report do the same.
func (d *daemon) handleSignals() (stop func()) { return func() {} }
