package part

import (
	"strings"

	"github.com/heka-project/heka/message"
)

const (
	MaxNames = 256 // names that are remembered of a script
	MaxName  = 128 // bytes of one
)

// Name is a name that a script has used, resolved once.
type Name struct {
	Text  string // as the script wrote it
	Part  Part
	Field string // name of the field
	Want  int    // index for View.Wanted, or -1
}

// Resolve makes a Name of its text, which it keeps.
func Resolve(text string) Name {
	n := Name{Text: text, Want: -1}
	if f, ok := strings.CutPrefix(text, "Fields["); ok {
		if f, ok = strings.CutSuffix(f, "]"); ok {
			n.Part, n.Field = Field, f
			return n
		}
	}
	n.Part = headers[text]
	return n
}

// Wants are the fields that View.Parse is to index, since the script asks for them.
type Wants struct {
	Want *message.Want // nil for none yet
	list []string
}

// Add has View.Parse index the field from the next message on.
func (ws *Wants) Add(n *Name) {
	if n.Want >= 0 || len(ws.list) >= message.MaxWant || n.Field == "" {
		return
	}
	ws.list = append(ws.list, strings.Clone(n.Field))
	w := message.NewWant(ws.list)
	if n.Want = w.Index(n.Field); n.Want < 0 { // a name that cannot be indexed
		ws.list = ws.list[:len(ws.list)-1]
		return
	}
	ws.Want = w
}
