package lpeg

import (
	"unsafe"

	"github.com/heka-project/heka/lua"
)

// code is what an instruction does.
type code uint8

// Instructions. Those that look at a byte fail at the end of the subject; "test"
// ones jump where others fail, and consume nothing.
const (
	iEnd          code = iota // the match is complete
	iAny                      // consume n bytes
	iChar                     // consume the byte c
	iSet                      // consume a byte of the set
	iString                   // consume the text
	iTryString                // consume the text, or else jump
	iSpan                     // consume all bytes of the set there are
	iSpanBut                  // consume all bytes there are but c and n
	iFind                     // consume up to the text, or to the end
	iTestAny                  // jump at the end of the subject
	iTestChar                 // jump unless the next byte is c
	iTestSet                  // jump unless the next byte is of the set
	iSwitch                   // jump as the next byte says
	iBehind                   // go back n bytes
	iChoice                   // save the place to go on at the jump target
	iJump                     // go there
	iCommit                   // forget the saved place, and jump
	iPartial                  // save this position in place of the last one, and jump
	iBack                     // return to the saved position, forget it, and jump
	iFail                     // go back to the last saved place
	iFailTwice                // forget the saved place, then fail
	iCall                     // call a rule
	iRet                      // return from it
	iFull                     // capture the last n bytes
	iOpen                     // begin a capture
	iClose                    // end it
	iCloseRuntime             // end it, and let its function judge the match
)

// inst is one instruction.
type inst struct {
	op  code
	c   byte  // a byte, or the bit of a set in its table
	to  int32 // jump target
	n   int32 // a count, or an index into the captures, texts or switches
	len int32 // bytes of a full capture
	set *setTable
}

// capInfo is what a capture instruction makes.
type capInfo struct {
	kind   capKind
	pushed uint8 // texts that it has pushed, up to fewTexts
	n      int32 // of an argument or a number capture
	val    lua.Value
	texts  *lua.Texts // of one that has pushed more; nil before
}

// fewTexts is how many texts a capture pushes before they are remembered.
const fewTexts = 64

// program is a compiled pattern.
type program struct {
	code     []inst
	caps     []capInfo
	texts    []string
	switches []byteSwitch
	tables   int
	known    int // captures with texts
	hasCaps  bool
}

const (
	instBytes    = int(unsafe.Sizeof(inst{}))
	programBytes = int(unsafe.Sizeof(program{}))
)

func (p *program) bytes() int {
	return programBytes + cap(p.code)*instBytes + cap(p.caps)*int(unsafe.Sizeof(capInfo{})) + cap(p.texts)*16 + len(p.switches)*400 + p.tables*256 + p.known*lua.TextsBytes
}

// trace shows memory counts the texts that captures remember.
func (p *program) trace(visit func(lua.Value)) {
	for i := range p.caps {
		if t := p.caps[i].texts; t != nil {
			t.Trace(visit)
		}
	}
}

// byteSwitch jumps by the next byte: to[index[c]], or to[0] at the end.
type byteSwitch struct {
	index [256]uint8
	to    []int32
}
