package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/tlsx/tlstest"
	"github.com/heka-project/heka/message"
)

// receive returns all that one connection to l brings.
func receive(l net.Listener) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		defer close(got)
		c, err := l.Accept()
		if err != nil {
			return
		}
		b, _ := io.ReadAll(c)
		c.Close()
		got <- b
	}()
	return got
}

func TestFloodSharesAreSound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := receive(l)
	o := floodDefaults()
	o.Address, o.Messages, o.Size, o.VariableSize, o.Signed, o.Oversized = l.Addr().String(), 3000, 400, true, 0.4, 0.1
	o.Signer = floodSigner{Name: "ops", Hash: "sha1", Key: "secret", Version: 3}
	sum, err := runFlood(context.Background(), &o, time.Hour, func(floodProgress) {})
	if err != nil || sum.Messages != 3000 {
		t.Fatalf("runFlood = %d messages, %v", sum.Messages, err)
	}
	b := <-got
	keys := message.NewKeys(map[string]string{"ops_3": "secret"})
	var f message.Frame
	var v message.View
	signed, oversized, n := uint64(0), uint64(0), uint64(0)
	for at := 0; message.NextFrame(b, at, 1<<30, &f); at = f.End {
		n++
		if f.Skipped > 0 || !v.Parse(b[f.Start:f.End], nil) || v.Type() != "hekabench" {
			t.Fatalf("message %d is not sound", n)
		}
		if f.Signed {
			signed++
			if who, err := keys.Verify(&f, b[f.Start:f.End]); err != nil || who != "ops" {
				t.Fatalf("message %d: signed by %q: %v", n, who, err)
			}
		}
		if f.End-f.Start > int(o.MaxSize) {
			oversized++
		}
	}
	if n != 3000 || signed != sum.Signed || oversized != sum.Oversized || signed == 0 || oversized == 0 {
		t.Errorf("%d messages, %d signed, %d oversized came; sent: %+v", n, signed, oversized, *sum)
	}
}

func TestFloodSpeaksTLS(t *testing.T) {
	ca := tlstest.New(t, "authority")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := receive(l)
	o := floodDefaults()
	o.Address, o.Messages, o.UseTLS = l.Addr().String(), 10, true
	o.TLS.RootCAFile = ca.File(t)
	if _, err := runFlood(context.Background(), &o, time.Hour, func(floodProgress) {}); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(<-got, []byte("hekabench: ")); n != 10 {
		t.Errorf("%d messages came, want 10", n)
	}
}

func TestFloodStopsWhenTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	receive(l)
	ctx, cancel := context.WithCancel(context.Background())
	o := floodDefaults()
	o.Address = l.Addr().String()
	reports := 0
	sum, err := runFlood(ctx, &o, time.Millisecond, func(p floodProgress) {
		if reports++; reports == 3 {
			cancel()
		}
	})
	if err != nil || sum.Messages == 0 || reports < 3 {
		t.Errorf("%d messages, %d reports, %v", sum.Messages, reports, err)
	}
}

// FuzzParseFlood: any text is a test, or an error that names the file.
func FuzzParseFlood(f *testing.F) {
	f.Add([]byte("[default]\nip_address = \"127.0.0.1:5565\"\nsender = \"udp\"\nmessage_interval = \"5ms\"\n[default.signer]\nname = \"a\""))
	f.Add([]byte("default = 5"))
	f.Add([]byte("[default.tls]\nciphers = [1]"))
	f.Add([]byte("[[default]]\n[x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := parseFlood("f.toml", "default", text)
		if (o == nil) == (err == nil) {
			t.Fatalf("parseFlood = %v, %v", o, err)
		}
		if err != nil && !strings.Contains(err.Error(), "f.toml") {
			t.Fatalf("error without the file: %v", err)
		}
		if err == nil {
			o.validate()
		}
	})
}

// FuzzParseField: any text is a field with that name, or an error.
func FuzzParseField(f *testing.F) {
	for _, s := range []string{"a=b", "n=integer:5", "d=double:1e9", "b=bool:true", "=", "x=bytes:\x00", "n=integer:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		field, err := parseField(text)
		if err == nil && !strings.HasPrefix(text, field.Name+"=") {
			t.Fatalf("parseField(%q) has the name %q", text, field.Name)
		}
	})
}
