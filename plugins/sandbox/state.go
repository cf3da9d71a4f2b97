package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/plugin"
)

// maxState bounds a file of preserved state.
const maxState = 64 << 20

// preserved is the state of a filter or output: the engine saves it together with
// the position of the route.
type preserved struct {
	*box
	known  bool  // the engine had a state
	damage error // why it could not be restored
}

// SaveState implements plugin.Stateful.
func (p *preserved) SaveState(dst []byte) ([]byte, error) {
	if p.sb == nil {
		return nil, errors.New("the script is closed")
	}
	state, err := p.sb.SaveState()
	if err != nil {
		return nil, err
	}
	return append(dst, state...), nil
}

// RestoreState implements plugin.Stateful.
func (p *preserved) RestoreState(state []byte) error {
	p.known = true
	fresh, err := p.sb.RestoreState(state)
	if fresh {
		p.env.Log.Info("preserved state is of another _PRESERVATION_VERSION; the script begins anew")
	}
	if err != nil {
		p.damage = fmt.Errorf("preserved state cannot be used: %w; it lies in %s, without a journal in %s: remove it to begin anew", err,
			filepath.Join(p.env.BaseDir, "journal", "cursors"), stateFile(&p.env, p.kind.String(), 1))
	}
	return p.damage
}

// begin refuses to run on a damaged state, and imports what the original left where
// the engine had none.
func (p *preserved) begin() error {
	if p.damage != nil || p.known {
		return p.damage
	}
	return p.importOriginal(originalName(p.env.Name) + ".data")
}

// keptFilter is a Filter whose globals outlive the daemon.
type keptFilter struct {
	Filter
	preserved
}

// Start implements plugin.Starter.
func (f *keptFilter) Start(context.Context) error { return f.preserved.begin() }

// Report implements plugin.Reporter.
func (f *keptFilter) Report(r *plugin.Report) { f.Filter.Report(r) }

var notWord = regexp.MustCompile(`\W`)

// originalName is a plugin's name as the original writes it in a file's name.
func originalName(name string) string { return notWord.ReplaceAllString(name, "_") }

// importOriginal takes over a preservation file of the original, if there is one.
func (b *box) importOriginal(file string) error {
	name := filepath.Join(b.env.BaseDir, "sandbox_preservation", file)
	text, err := fsx.ReadFile(b.env.FS, name, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fresh := false
	if err == nil {
		fresh, err = b.importState(string(text))
	}
	if err != nil {
		return fmt.Errorf("import preserved state %s: %w; remove the file to begin anew", name, err)
	}
	if fresh {
		b.env.Log.Info("preserved state of the original is of another _PRESERVATION_VERSION; the script begins anew", "file", name)
	} else {
		b.env.Log.Info("preserved state of the original taken over", "file", name)
	}
	return nil
}

// saveEvery is the time between two saves of a keeper's file.
const saveEvery = 30 * time.Second

// keeper keeps the state of a plugin that has no position: in a file of its own,
// written whole, at the stop and every saveEvery meanwhile. Several instances of one
// section have a file each.
type keeper struct {
	box    *box
	path   string // "" until it is opened
	failed error  // why the state could not be restored
	saved  time.Time
	calls  uint
}

// taken are the files that keepers of this process use.
var taken = struct {
	sync.Mutex
	paths map[string]bool
}{paths: map[string]bool{}}

// stateFile is the file of the nth instance of a section.
func stateFile(env *plugin.Env, kind string, n int) string {
	name := kind + "-" + url.PathEscape(env.Name)
	if n > 1 {
		name += fmt.Sprintf("-%d", n)
	}
	return filepath.Join(env.BaseDir, "state", name)
}

// open takes a file and restores what is in it, or imports what the original left.
// Called again it answers as the first time.
func (k *keeper) open() error {
	if k.path != "" {
		return k.failed
	}
	env := &k.box.env
	taken.Lock()
	n := 1
	for taken.paths[stateFile(env, k.box.kind.String(), n)] {
		n++
	}
	k.path = stateFile(env, k.box.kind.String(), n)
	taken.paths[k.path] = true
	taken.Unlock()
	k.saved = env.Clock.Now()
	k.failed = k.restore()
	return k.failed
}

func (k *keeper) restore() error {
	env := &k.box.env
	state, err := fsx.ReadFile(env.FS, k.path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		return k.box.importOriginal(k.original())
	}
	fresh := false
	if err == nil {
		fresh, err = k.box.sb.RestoreState(state)
	}
	if err != nil {
		return fmt.Errorf("preserved state cannot be used: %w; remove %s to begin anew", err, k.path)
	}
	if fresh {
		env.Log.Info("preserved state is of another _PRESERVATION_VERSION; the script begins anew", "file", k.path)
	}
	return nil
}

// original is the name of the original's file. Decoders were named after their
// input too: the one file that ends in the decoder's name is taken.
func (k *keeper) original() string {
	name := k.box.env.Name + ".data"
	list, err := k.box.env.FS.ReadDir(filepath.Join(k.box.env.BaseDir, "sandbox_preservation"))
	if err != nil {
		return name
	}
	found := ""
	for _, e := range list {
		if e.Name() == name || strings.HasSuffix(e.Name(), "-"+name) {
			if found != "" {
				return name
			}
			found = e.Name()
		}
	}
	if found != "" {
		return found
	}
	return name
}

// now and then saves when it is time, looking at the clock once in some calls.
func (k *keeper) nowAndThen() {
	if k.calls++; k.calls&255 == 0 && k.box.env.Clock.Now().Sub(k.saved) >= saveEvery {
		k.save()
	}
}

// save writes the state.
func (k *keeper) save() {
	env := &k.box.env
	if k.path == "" || k.failed != nil || k.box.sb == nil {
		return
	}
	k.saved = env.Clock.Now()
	state, err := k.box.sb.SaveState()
	if err == nil {
		if err = env.FS.MkdirAll(filepath.Dir(k.path), 0o700); err == nil {
			err = fsx.WriteAtomic(env.FS, k.path, state, 0o600)
		}
	}
	if err != nil {
		env.Log.Error("save state", "file", k.path, "err", err)
	}
}

// close saves and gives the file back.
func (k *keeper) close() {
	if k.path == "" {
		return
	}
	k.save()
	taken.Lock()
	delete(taken.paths, k.path)
	taken.Unlock()
	k.path = ""
}
