package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"text/template"
)

// Scenario says what is fed to every peer, and how.
type Scenario struct {
	What    string // one line for people
	Do      string // how it is run: "" feeds and counts, outage and kill see there
	Kind    string // what gen renders
	Size    int
	Encoded bool   // Size is that of the encoded message
	Fresh   bool   // new random data all the time
	N       int    // records
	Input   string // tcp, udp or file
	Logs    int    // file: that many, which share the records
	Conns   int    // TCP connections that share the records, default 1
	Hold    string // how long they stay open, idle, at the end
}

// Peer is one program's way to do one scenario.
type Peer struct {
	Peer, Scenario string
	Cmd            []string          // templates; the first word is looked up
	Second         []string          // a receiver that is started first
	Third          []string          // outage: the receiver that never fails
	Files          map[string]string // name in the work folder: template in peers/
	N              int               // fewer records for a slow peer
	Matchers       int               // how many matcher expressions the template gets
	Out            string            // glob in the work folder; empty: the output is thrown away
	Frames         bool              // Out holds Heka frames, not lines
	Report         string            // ask hekad how many messages this output got
	FromSecond     bool              // the receiver is a sink: it prints what it got
	Settle         float64           // seconds without growth that end a run, default 1.5
}

// catalogue is peers.json.
type catalogue struct {
	Scenarios map[string]Scenario
	Order     []string
	Peers     []Peer
}

func load(name string) (*catalogue, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var c catalogue
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range c.Peers {
		if _, ok := c.Scenarios[p.Scenario]; !ok {
			return nil, fmt.Errorf("%s: %s has no scenario %q", name, p.Peer, p.Scenario)
		}
	}
	return &c, nil
}

// pick lists the chosen entries by scenario, in the catalogue's order.
func (c *catalogue) pick(scenarios, peers []string) []Peer {
	var list []Peer
	for _, s := range c.Order {
		for _, p := range c.Peers {
			if p.Scenario == s && (scenarios == nil || slices.Contains(scenarios, s)) && (peers == nil || slices.Contains(peers, p.Peer)) {
				list = append(list, p)
			}
		}
	}
	return list
}

// vars are what templates may use.
type vars struct {
	Peer, Scenario     string
	Dir, In            string
	Logs               string // folder of the many logs
	Port, Port2, Port3 int
	N                  int
	Twenty             []int
	Matchers           []string
}

func (v *vars) expand(text string) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, v)
	return b.String(), err
}

// program finds an executable: beside this one (our own tools and hekad), among
// the installed peers, in PATH, in the folders of daemons.
func (o *options) program(name string) (string, error) {
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Dir(self), filepath.Dir(filepath.Dir(self)))
	}
	places = append(places, filepath.Join(o.dir, ".peers", "bin"))
	for _, dir := range places {
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return filepath.Abs(p)
		}
	}
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	if p, err := exec.LookPath(filepath.Join("/usr/sbin", name)); err == nil {
		return p, nil
	}
	return "", fmt.Errorf("%s is not installed; bench/install-peers.sh installs the peers, make build hekad", name)
}

// matchers makes n expressions like those of real configurations: mostly one
// type, some with a severity, a host, a field or a prefix. The first takes all.
func matchers(n int) []string {
	list := make([]string, n)
	for i := range list {
		typ := fmt.Sprintf("app.type%02d", i*7%32)
		if i%3 == 2 {
			typ = fmt.Sprintf("other.type%03d", i)
		}
		switch i % 10 {
		case 0, 1, 2, 3:
			list[i] = fmt.Sprintf("Type == '%s'", typ)
		case 4, 5:
			list[i] = fmt.Sprintf("Type == '%s' && Severity <= %d", typ, i%7)
		case 6:
			list[i] = fmt.Sprintf("Logger == 'app%02d' || Hostname == 'web%02d.example.com'", i%20, i%60)
		case 7:
			list[i] = fmt.Sprintf("Type =~ /^app\\./ && Fields[status] >= %d", 400+100*(i/10%2))
		case 8:
			list[i] = fmt.Sprintf("Type =~ /^%s/ || (Severity < 3 && Logger != 'app%02d')", typ[:len(typ)-1], i%20)
		case 9:
			list[i] = fmt.Sprintf("Fields[method] == 'POST' && Type == '%s'", typ)
		}
	}
	if n > 0 {
		list[0] = "TRUE"
	}
	return list
}
