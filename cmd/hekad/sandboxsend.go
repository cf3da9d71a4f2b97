package main

import (
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
)

// controlSender sends control messages to a TcpInput. It implements no protocol
// beyond framing: whether they are obeyed stands in the other's log.
type controlSender struct {
	address string
	useTLS  bool
	tls     tlsx.Config
	hmac    *message.Signer // nil: frames are not signed
	keyID   string          // of the Ed25519 key, "" for none
	key     string          // its private text
	timeout time.Duration
}

// frame makes the framed, signed message of an order.
func (s *controlSender) frame(dst []byte, o control.Order) ([]byte, error) {
	if o.UUID == [16]byte{} {
		crand.Read(o.UUID[:])
		o.UUID[6], o.UUID[8] = o.UUID[6]&0x0f|0x40, o.UUID[8]&0x3f|0x80
	}
	o.Time = time.Now()
	if err := o.Check(); err != nil {
		return dst, exitWith(exitUsage, err)
	}
	host, _ := os.Hostname()
	d := o.Draft(host, os.Getpid())
	if s.keyID != "" {
		key, err := control.ParsePrivate(s.key)
		if err != nil {
			return dst, err
		}
		if err := control.Sign(&d, s.keyID, key); err != nil {
			return dst, err
		}
	}
	msg := d.Encode()
	if s.hmac == nil {
		return message.AppendFrame(dst, msg), nil
	}
	return message.AppendSigned(dst, msg, *s.hmac)
}

// send sends the orders over one connection. Each gets its time when it is sent:
// a receiver discards what is older than five seconds.
func (s *controlSender) send(ctx context.Context, orders ...control.Order) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w; is a hekad with a TcpInput there?", err)
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		conn.SetDeadline(end)
	}
	for _, o := range orders {
		b, err := s.frame(nil, o)
		if err != nil {
			return err
		}
		if _, err := conn.Write(b); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

func (s *controlSender) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	if !s.useTLS {
		return d.DialContext(ctx, "tcp", s.address)
	}
	src, err := s.tls.Client(slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return (&tls.Dialer{NetDialer: &d, Config: src.Config()}).DialContext(ctx, "tcp", s.address)
}

// readSecret reads a key file; others must not be able to.
func readSecret(name string) (string, error) {
	st, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if st.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return "", fmt.Errorf("%s can be read by others; run chmod 600 %s", name, name)
	}
	if st.Size() > 1<<16 {
		return "", fmt.Errorf("%s is no key: it has %d bytes", name, st.Size())
	}
	b, err := os.ReadFile(name)
	return strings.TrimRight(string(b), "\r\n"), err
}

// sendFlags say where control messages go and who signs them.
type sendFlags struct {
	to, signer, hmacFile, hmacHash string
	version                        uint32
	keyFile, keyID                 string
	useTLS                         bool
	caFile                         string
}

// sender makes the sender; nil when the admin interface is meant.
func (f *sendFlags) sender() (*controlSender, error) {
	if f.to == "" {
		if f.signer != "" || f.hmacFile != "" || f.keyFile != "" {
			return nil, exitWith(exitUsage, errors.New("--signer and --key sign messages; say with --to where they go"))
		}
		return nil, nil
	}
	s := &controlSender{address: f.to, useTLS: f.useTLS, timeout: 30 * time.Second}
	s.tls.RootCAFile = f.caFile
	if (f.signer == "") != (f.hmacFile == "") {
		return nil, exitWith(exitUsage, errors.New("an HMAC signature needs both --signer and --hmac-key-file"))
	}
	if f.signer != "" {
		h, err := message.ParseHash(f.hmacHash)
		if err != nil {
			return nil, exitWith(exitUsage, fmt.Errorf("--hmac-hash: %w", err))
		}
		secret, err := readSecret(f.hmacFile)
		if err != nil {
			return nil, err
		}
		s.hmac = &message.Signer{Name: f.signer, Hash: h, Key: secret, Version: f.version}
	}
	if f.keyFile != "" {
		text, err := readSecret(f.keyFile)
		if err != nil {
			return nil, err
		}
		id, private, ok := strings.Cut(text, " ")
		if !ok {
			return nil, fmt.Errorf("%s is no key file; hekad sandbox keygen makes them", f.keyFile)
		}
		if s.keyID, s.key = id, private; f.keyID != "" {
			s.keyID = f.keyID
		}
		if _, err := control.ParsePrivate(private); err != nil {
			return nil, fmt.Errorf("%s: %w", f.keyFile, err)
		}
	}
	return s, nil
}
