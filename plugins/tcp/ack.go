package tcp

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/heka-project/heka/message"
)

// Acknowledged delivery between two hekads. The sender asks in the header of its
// first frame, by two fields that whoever knows nothing of them passes over; who
// has not asked is never written to.
//
//	sender   0x1E | H | message_length, session, position | 0x1F | message, then plain frames
//	receiver HEKA-ACK 1 ok <position>\n, then <position>\n, growing
//
// Positions count the bytes of the session's messages in plain frames over all its
// connections. Format: docs/formats/acknowledgement.md.
const (
	tagLength   = 1 << 3    // message_length, as in every header
	tagSession  = 14<<3 | 2 // 16 random bytes
	tagPosition = 15 << 3   // of the frame that carries it
	ackOK       = "HEKA-ACK 1 ok "
	maxAnswer   = len(ackOK) + 20 + 1
	ackWait     = 150 * time.Millisecond // for the receiver's answer; until it comes delivery is plain
	ackPatient  = 5 * time.Second        // the same where plain delivery will not do
)

// appendAsking appends msg as a frame whose header asks for acknowledgements.
func appendAsking(dst, msg []byte, session [16]byte, pos uint64) []byte {
	h := binary.AppendUvarint([]byte{tagLength}, uint64(len(msg)))
	h = append(append(h, tagSession, 16), session[:]...)
	h = binary.AppendUvarint(append(h, tagPosition), pos)
	dst = append(dst, message.RecordSeparator, byte(len(h)))
	return append(append(append(dst, h...), message.UnitSeparator), msg...)
}

// asking reads the header of a frame; false when it asks for nothing.
func asking(h []byte) (length uint64, session [16]byte, pos uint64, ok bool) {
	number := func(tag byte) (x uint64) {
		if len(h) == 0 || h[0] != tag {
			ok = false
			return 0
		}
		x, n := binary.Uvarint(h[1:])
		if n <= 0 {
			ok = false
			return 0
		}
		h = h[1+n:]
		return x
	}
	ok = true
	length = number(tagLength)
	if !ok || len(h) < 18 || h[0] != tagSession || h[1] != 16 {
		return 0, session, 0, false
	}
	copy(session[:], h[2:18])
	h = h[18:]
	pos = number(tagPosition)
	return length, session, pos, ok && len(h) == 0 && length < 1<<31 && pos < 1<<63
}

// acker tells a sender how far its session is acknowledged. acked may be called from
// any goroutine; run writes, and always only the newest position.
type acker struct {
	all  *sessions
	sess *session
	poke chan struct{}
}

// newAcker makes the acker of the session's newest connection, which also tells of
// what came over the ones before.
func newAcker(all *sessions, sess *session) *acker {
	a := &acker{all: all, sess: sess, poke: make(chan struct{}, 1)}
	all.mu.Lock()
	sess.now = a
	all.mu.Unlock()
	return a
}

// acked is the stream's Acked.
func (a *acker) acked(pos uint64) { a.all.reach(a.sess, pos) }

// run writes positions until the connection or ctx ends.
func (a *acker) run(ctx context.Context, c net.Conn) {
	var line []byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.poke:
		}
		line = append(strconv.AppendUint(line[:0], a.all.position(a.sess), 10), '\n')
		c.SetWriteDeadline(time.Now().Add(handshakeTimeout))
		if _, err := c.Write(line); err != nil {
			c.Close()
			return
		}
	}
}

// greeting is the head of a connection.
type greeting struct {
	head    []byte // bytes that belong to the stream
	session [16]byte
	pos     uint64 // position of the stream's first byte
	asks    bool   // the sender wants acknowledgements
}

// greet reads the head of a connection: the header of its first frame, made plain,
// or bytes that are none.
func greet(read func([]byte) (int, error)) (g greeting, err error) {
	var buf [2 + message.MaxHeaderSize + 1]byte
	n := 0
	for want := 1; n < want; {
		k, err := read(buf[n:want])
		n += k
		switch {
		case err != nil || n > 0 && buf[0] != message.RecordSeparator:
			g.head = buf[:n]
			return g, err
		case n == 1:
			want = 2
		case n == 2:
			want = 2 + int(buf[1]) + 1
		}
	}
	g.head = buf[:n]
	if buf[n-1] != message.UnitSeparator {
		return g, nil
	}
	length, session, pos, ok := asking(buf[2 : n-1])
	if ok {
		g = greeting{head: message.AppendHeader(nil, int(length)), session: session, pos: pos, asks: true}
	}
	return g, nil
}

// progress is the sender's side: what the receiver has acknowledged over the
// current connection.
type progress struct {
	mu       sync.Mutex
	answered bool          // the receiver acknowledges; guarded by mu, as are the three below
	acked    uint64        // position
	ended    error         // why no more will come
	moved    chan struct{} // closed at each change
}

func newSessionID() (id [16]byte) {
	rand.Read(id[:])
	return id
}

// listen reads the receiver's lines until the connection ends. Of a receiver whose
// first line is not an answer nothing more is read into.
func (p *progress) listen(r io.Reader) {
	lines := bufio.NewReaderSize(r, 4*maxAnswer)
	plain := false
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || err == nil && plain:
			plain = true
			continue
		case err != nil:
			p.set(0, err)
			return
		}
		text, answer := strings.CutPrefix(string(line[:len(line)-1]), ackOK)
		pos, err := strconv.ParseUint(text, 10, 63)
		if plain = err != nil || !answer && !p.known(); plain {
			p.set(0, fmt.Errorf("the receiver says %.60q", line))
			continue
		}
		p.set(pos, nil)
	}
}

// set notes a position, or the reason why no more will come.
func (p *progress) set(pos uint64, err error) {
	p.mu.Lock()
	if err == nil {
		p.answered = true
		p.acked = max(p.acked, pos)
	} else if p.ended == nil {
		p.ended = err
	}
	if p.moved != nil {
		close(p.moved)
		p.moved = nil
	}
	p.mu.Unlock()
}

// known reports whether the receiver has said that it acknowledges.
func (p *progress) known() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered
}

// position is how far the receiver has acknowledged.
func (p *progress) position() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acked
}

// answer waits for the receiver's answer, at most for d.
func (p *progress) answer(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return p.until(ctx, func() bool { return p.answered })
}

// wait returns once pos is acknowledged, or with the reason why it will not be.
func (p *progress) wait(ctx context.Context, pos uint64) error {
	err := p.until(ctx, func() bool { return p.acked >= pos })
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("connection lost before all was acknowledged: %w", err)
	}
	return err
}

// until waits for ok, which is asked with mu held.
func (p *progress) until(ctx context.Context, ok func() bool) error {
	for {
		p.mu.Lock()
		done, ended := ok(), p.ended
		if p.moved == nil {
			p.moved = make(chan struct{})
		}
		moved := p.moved
		p.mu.Unlock()
		switch {
		case done:
			return nil
		case ended != nil:
			return ended
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
