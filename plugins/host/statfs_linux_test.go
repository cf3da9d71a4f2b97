package host

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// A device is reported once; one that is gone does not hide the others.
func TestFilesystem(t *testing.T) {
	p, err := New(config("filesystem"), plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	in := p.(*Input)
	in.b = message.NewBuilder(0)
	if err := in.filesystem(); err == nil || !strings.Contains(err.Error(), "/gone away") {
		t.Errorf("filesystem() = %v, want the one that is gone", err)
	}
	buf, ends := in.b.Take()
	if len(ends) != 1 {
		t.Fatalf("%d messages, want 1", len(ends))
	}
	var f message.Frame
	var v message.View
	message.NextFrame(buf, 0, len(buf), &f)
	v.Parse(buf[f.Start:f.End], nil)
	d := v.Draft()
	s := show(&d)
	for _, want := range []string{"stats.filesystem", "mountpoint=.", "device=/dev/vda", "fstype=ext4", "Size=", "Used=", "Free=", "Available=", "UsedPercent=", "Inodes=", "InodesFree=", "InodesUsedPercent=", "ReadOnly=false"} {
		if !strings.Contains(s, want) {
			t.Errorf("%s is missing in %s", want, s)
		}
	}
}

// The machine that runs the tests can be read.
func TestThisHost(t *testing.T) {
	cfg := Config{ProcPath: "/proc", SysPath: "/sys"}
	p, err := New(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	in := p.(*Input)
	in.b = message.NewBuilder(0)
	for _, name := range []string{"cpu", "memory", "load", "network", "process", "system", "vmstat", "tcp", "sockets", "top"} {
		if err := subjects[name](in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
