package sandboxmanager

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/message"
)

// errNotMine is a message for another manager or host.
var errNotMine = errors.New("meant for another")

// errStale is a message that is too old or comes from the future.
var errStale = errors.New("its time differs from this host's by 5 s or more; set the clocks, or send it again")

// admit decides whether a message is to be obeyed. Who signed it with an HMAC the
// engine has seen to: with message_signer only theirs come here.
func (f *Filter) admit(v *message.View) (o *control.Order, key string, err error) {
	if f.env.Loader == nil {
		return nil, "", errors.New("this hekad cannot load filters")
	}
	if v.Type() != control.Type {
		return nil, "", fmt.Errorf("message of type %.100q is no control message; narrow message_matcher", v.Type())
	}
	if o, err = control.Read(v); err != nil {
		return nil, "", err
	}
	if o.Manager != "" && o.Manager != f.env.Name || o.Host != "" && o.Host != f.env.Hostname {
		return nil, "", errNotMine
	}
	if d := f.env.Clock.Now().Sub(o.Time); d <= -control.Window() || d-f.waited() >= control.Window() {
		return nil, "", errStale
	}
	if len(f.keys) > 0 {
		if key, err = control.Verify(v, f.keys); err != nil {
			return nil, "", err
		}
	}
	return o, key, nil
}

const (
	pause     = 2 * time.Second // without work, after which what comes has not waited; a busy machine makes gaps of its own
	maxWaited = time.Minute
)

// atWork notes whether messages are waiting in line: a thousand that come at once
// are all taken, however long those in front take.
func (f *Filter) atWork() {
	if now := f.env.Clock.Passed(); f.busy == 0 || now-f.idle > pause {
		f.busy = now
	}
}

// waited is how long the message at hand may have waited here.
func (f *Filter) waited() time.Duration {
	return min(max(0, f.env.Clock.Passed()-f.busy), maxWaited)
}

// audit writes the line that tells who did what.
func (f *Filter) audit(o *control.Order, by string, err error) {
	sum := ""
	if o.Action == control.Load || o.Action == control.Replace {
		h := sha256.Sum256([]byte(o.Script))
		sum = hex.EncodeToString(h[:8])
	}
	args := []any{"action", o.Action, "filter", o.Name, "by", by, "script", sum, "uuid", string(message.AppendUUID(nil, o.UUID[:]))}
	if err != nil {
		f.env.Log.Warn("control action failed", append(args, "err", err)...)
		return
	}
	f.obeyed.Add(1)
	f.env.Log.Info("control action done", args...)
}

// refuse counts a message that is not obeyed and tells of it.
func (f *Filter) refuse(err error, signer string) {
	f.refused.Add(1)
	text := err.Error()
	g := f.gripes[text]
	if g == nil {
		if len(f.gripes) >= 100 { // texts may hold what a sender chose
			clear(f.gripes)
		}
		g = &logx.Minute{}
		f.gripes[text] = g
	}
	if n := g.Speak(f.env.Clock.Now()); n > 0 {
		f.env.Log.Warn("control message refused", "err", err, "by", who(signer, ""), "times", n)
	}
}
