package blackbox

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

type netConn = net.Conn

// pulses sends a message that carries the time, fifty times a second.
func pulses(t testing.TB, port int, stop <-chan struct{}) {
	c := dial(t, port)
	defer c.Close()
	b := message.NewBuilder(0)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-tick.C:
			b.Reset()
			b.Begin(&message.Header{Timestamp: now.UnixNano(), Logger: "light", Payload: strconv.FormatInt(time.Now().UnixNano(), 10)})
			b.End()
			if _, err := c.Write(b.Buffer()); err != nil {
				return
			}
		}
	}
}

// latencies reads framed messages that carry the time of their sending.
func latencies(c net.Conn, late chan<- time.Duration) {
	var buf []byte
	var f message.Frame
	var v message.View
	for {
		k := len(buf)
		buf = append(buf, make([]byte, 4096)...)
		n, err := c.Read(buf[k:])
		buf = buf[:k+n]
		at := 0
		for message.NextFrame(buf, at, 1<<20, &f) {
			if at = f.End; v.Parse(buf[f.Start:f.End], nil) {
				if sent, err := strconv.ParseInt(string(v.Bytes(message.NumPayload)), 10, 64); err == nil {
					select {
					case late <- time.Since(time.Unix(0, sent)):
					default:
					}
				}
			}
		}
		buf = append(buf[:0], buf[at:]...)
		if err != nil {
			return
		}
	}
}

// percentile empties the channel; nothing in it is an hour.
func percentile(c <-chan time.Duration, p float64) time.Duration {
	var list []time.Duration
	for len(c) > 0 {
		list = append(list, <-c)
	}
	if len(list) == 0 {
		return time.Hour
	}
	slices.Sort(list)
	return list[int(float64(len(list)-1)*p)]
}

// Descriptors is how many files and sockets the daemon has open.
func (d *Daemon) Descriptors() int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	return len(list)
}
