package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

const outageHead = "| peer | MB held | other's MB/s before | during | during/before | drained MB/s | CPU-s/M drained | RSS MiB before | during | drained | lost |"

// outage measures what an upstream that is away costs. N messages go to two
// receivers; then N more while the first of them is gone; then it returns.
//
//	            ┌─▶ second, away   after its return: how fast it is served
//	gen ─▶ peer ┤
//	            └─▶ third          before and during: how fast it is served
func (b *bench) outage() (head, row string, err error) {
	dir, err := os.MkdirTemp(b.work, "outage-")
	if err != nil {
		return "", "", err
	}
	if b.keep {
		fmt.Fprintln(os.Stderr, "work folder", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	v, err := b.prepare(dir)
	if err != nil {
		return "", "", err
	}
	o := &outage{bench: b, v: v}
	defer o.stop()
	if err := o.open(&o.second, b.entry.Second, v.Port2); err != nil {
		return "", "", err
	}
	if err := o.open(&o.third, b.entry.Third, v.Port3); err != nil {
		return "", "", err
	}
	if err := o.open(&o.peer, b.entry.Cmd, v.Port); err != nil {
		return "", "", err
	}
	before, err := o.feed("before")
	if err != nil {
		return "", "", err
	}
	o.second.stop()
	first, err := o.second.counted()
	if err != nil {
		return "", "", err
	}
	if err := o.open(&o.third, b.entry.Third, v.Port3); err != nil {
		return "", "", err
	}
	during, err := o.feed("during")
	if err != nil {
		return "", "", err
	}
	cpu := o.peer.cpu()
	if err := o.open(&o.second, b.entry.Second, v.Port2); err != nil {
		return "", "", err
	}
	o.rest(o.second)
	cpu = o.peer.cpu() - cpu
	o.rss = append(o.rss, o.peer.peakRSS())
	o.second.stop()
	drained, err := o.second.counted()
	if err != nil {
		return "", "", err
	}
	if drained.Records == 0 {
		return "", "", errors.New("nothing came after the return; it said: " + o.peer.said())
	}
	lost := 2*b.n() - first.Records - drained.Records
	return outageHead, fmt.Sprintf("| %s | %d | %.0f | %.0f | %.2f | %.0f | %.2f | %.0f | %.0f | %.0f | %d |",
		b.entry.Peer, drained.Bytes/1e6, before.mbs(), during.mbs(), during.mbs()/before.mbs(), drained.mbs(),
		cpu/float64(drained.Records)*1e6, o.rss[0], o.rss[1], o.rss[2], lost), nil
}

// outage is the state of the measurement.
type outage struct {
	*bench
	v                   *vars
	peer, second, third *daemon
	rss                 []float64 // peaks, after each part
	starts              int
}

// open starts a program that is to listen, in the place of one that has ended.
func (o *outage) open(d **daemon, line []string, port int) (err error) {
	o.starts++
	if *d, err = o.start(line, o.v, fmt.Sprintf("program%d", o.starts)); err != nil {
		return err
	}
	return (*d).waitPort(port)
}

func (o *outage) stop() {
	for _, d := range []*daemon{o.peer, o.second, o.third} {
		if d != nil {
			d.stop()
		}
	}
}

// feed sends N messages and returns what the third program got of them; it is
// stopped then.
func (o *outage) feed(part string) (c counts, err error) {
	time.Sleep(2 * time.Second) // connections are made
	f := o.feeder(o.v)
	if err := f.run(fmt.Sprintf("tcp:127.0.0.1:%d", o.v.Port)); err != nil {
		return c, err
	}
	o.rest(o.third)
	o.rest(o.peer)
	o.rss = append(o.rss, o.peer.peakRSS())
	o.third.stop()
	if c, err = o.third.counted(); err != nil {
		return c, err
	}
	if c.Records < o.n() {
		return c, fmt.Errorf("%s: the other receiver got %d of %d; it said: %s", part, c.Records, o.n(), o.peer.said())
	}
	return c, nil
}

// rest returns once d has not worked for three seconds.
func (o *outage) rest(d *daemon) {
	seen := d.cpu()
	for last := time.Now(); time.Since(last) < 3*time.Second && !d.gone(); time.Sleep(50 * time.Millisecond) {
		if c := d.cpu(); c > seen+0.03 {
			seen, last = c, time.Now()
		}
	}
}
