//go:build !linux

package main

import "errors"

var errLinux = errors.New("processor time and memory are read from /proc: measure on Linux")

func supported() error      { return errLinux }
func lock() (func(), error) { return nil, errLinux }

// daemon is never made here.
type daemon struct{}

func (b *bench) start([]string, *vars, string) (*daemon, error) { return nil, errLinux }

func (d *daemon) stop()                    {}
func (d *daemon) gone() bool               { return true }
func (d *daemon) said() string             { return "" }
func (d *daemon) counted() (counts, error) { return counts{}, errLinux }
func (d *daemon) waitPort(int) error       { return errLinux }
func (d *daemon) cpu() float64             { return 0 }
func (d *daemon) peakRSS() float64         { return 0 }
func (d *daemon) kill()                    {}
func (d *daemon) memory(string) float64    { return 0 }
