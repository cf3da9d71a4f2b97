package recipes

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/test/blackbox"
)

// page is a recipe with its places moved into a folder of the test.
type page struct {
	t      *testing.T
	dir    string
	blocks map[string][]string
}

func open(t *testing.T, name string) *page {
	t.Helper()
	text, err := os.ReadFile("../../docs/recipes/" + name + ".md")
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, dir: t.TempDir(), blocks: map[string][]string{}}
	for _, b := range fence.FindAllStringSubmatch(string(text), -1) {
		p.blocks[b[1]] = append(p.blocks[b[1]], b[2])
	}
	return p
}

// path is where a path of the page lies in the test.
func (p *page) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

// write appends to a file of the page, in folders that are made.
func (p *page) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	f, err := os.OpenFile(p.path(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o700)
	if err == nil {
		_, err = f.WriteString(text)
		f.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) read(name string) string {
	b, _ := os.ReadFile(p.path(name))
	return string(b)
}

// glob is what all files of a pattern hold.
func (p *page) glob(pattern string) (all string) {
	files, _ := filepath.Glob(p.path(pattern))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		all += string(b)
	}
	return all
}

var (
	section = regexp.MustCompile(`(?ms)^\[hekad\]\n(.*?)\n\n`)
	baseDir = regexp.MustCompile(`(?m)^base_dir = .*$`)
	places  = regexp.MustCompile(`"(/(?:var|srv)/)`)
)

// run runs a configuration of the page in its own folder; replace are pairs of
// texts that the reader would change too.
func (p *page) run(config, folder string, replace ...string) *blackbox.Daemon {
	p.t.Helper()
	m := section.FindStringSubmatch(config)
	if m == nil {
		p.t.Fatal("the page has no section [hekad]")
	}
	config = strings.Replace(config, m[0], "", 1)
	config = places.ReplaceAllString(config, `"`+p.dir+"$1")
	config = strings.NewReplacer(replace...).Replace(config)
	dir := p.path(folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
	return blackbox.Start(p.t, dir, baseDir.ReplaceAllString(m[1], ""), config)
}

// wants waits until a file holds what the page says.
func (p *page) wants(d *blackbox.Daemon, name, want string) {
	p.t.Helper()
	lines := strings.Count(want, "\n")
	d.Until(fmt.Sprintf("%d lines in %s; it holds\n%s", lines, name, p.read(name)), func() bool { return strings.Count(p.read(name), "\n") >= lines })
	if got := p.read(name); got != want || want == "" {
		p.t.Errorf("the page says\n%s\nand hekad\n%s\n%s", want, got, d.Log())
	}
}

func TestJavaTraces(t *testing.T) {
	t.Parallel()
	p := open(t, "java-traces")
	d := p.run(p.blocks["toml"][0], "run")
	for _, part := range strings.SplitAfter(p.blocks["log"][0], "at ") { // as a program that is slow to write
		p.write("/var/log/shop/shop.log", part)
	}
	all := p.blocks["json"][0]
	p.wants(d, "/var/log/hekad/java.jsonl", all)
	p.wants(d, "/var/log/hekad/java-errors.jsonl", strings.SplitAfter(all, "\n")[1])
	os.Rename(p.path("/var/log/shop/shop.log"), p.path("/var/log/shop/shop.log.1"))
	p.write("/var/log/shop/shop.log", "no entry\n2026-11-25 14:00:03,000 INFO [main] x - y\n")
	d.Until("the last entry of the file rotated away", func() bool { return strings.Contains(p.read("/var/log/hekad/java.jsonl"), "order 18") })
	d.Until("what cannot be read", func() bool { return strings.Contains(p.read("/var/log/hekad/java-unreadable.jsonl"), "no entry") })
	d.Stop()
}

func TestDockerHost(t *testing.T) {
	t.Parallel()
	p := open(t, "docker-host")
	id := strings.Repeat("4f1e", 16)
	file := "/var/lib/docker/containers/" + id + "/" + id + "-json.log"
	p.write(file, p.blocks["log"][0])
	d := p.run(p.blocks["toml"][0], "run")
	out := "/var/log/containers/" + id + ".jsonl"
	p.wants(d, out, strings.ReplaceAll(p.blocks["json"][0], "4f1e…", id))
	p.write(strings.ReplaceAll(file, "4f", "5f"), `{"log":"from another\n","stream":"stdout","time":"2026-11-25T13:00:00Z"}`+"\n{damaged\n")
	d.Until("the other container", func() bool {
		return strings.Contains(p.read(strings.ReplaceAll(out, "4f", "5f")), "from another")
	})
	d.Until("what cannot be read", func() bool { return strings.Contains(p.read("/var/log/containers/unreadable.jsonl"), "{damaged") })
	d.Stop()
}

// TestTwoTiers kills each side while lines are written.
func TestTwoTiers(t *testing.T) {
	t.Parallel()
	p := open(t, "two-tiers")
	address := fmt.Sprintf("127.0.0.1:%d", blackbox.FreePort(t))
	edge := func() *blackbox.Daemon { return p.run(p.blocks["toml"][0], "edge", "centre.example.com:5565", address) }
	centre := func() *blackbox.Daemon { return p.run(p.blocks["toml"][1], "centre", "0.0.0.0:5565", address) }
	n := 0
	write := func() {
		var b strings.Builder
		for range 500 {
			fmt.Fprintf(&b, "line %06d\n", n)
			n++
		}
		p.write("/var/log/app/shop.log", b.String())
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	out := "/srv/logs/" + host + "/shop.log"
	write()
	e, c := edge(), centre()
	d := c
	came := func() bool {
		seen := map[string]bool{}
		for l := range strings.Lines(p.read(out)) {
			seen[l] = true
		}
		return len(seen) == n
	}
	d.Until("the first lines", came)
	c.Kill() // the centre is away
	write()
	e.Kill()
	write()
	e = edge()
	write()
	c = centre()
	c.Until("all lines", came)
	os.Rename(p.path("/var/log/app/shop.log"), p.path("/var/log/app/shop.log.1"))
	write()
	c.Until("the lines behind a rotation", came)
	e.Stop()
	c.Stop()
}

func TestJournaldToFiles(t *testing.T) {
	p := open(t, "journald-to-files")
	entry := "__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=1795611600000000\n_HOSTNAME=web1\nPRIORITY=6\nSYSLOG_IDENTIFIER=%s\n_PID=812\n%sMESSAGE=%s\n\n"
	text := fmt.Sprintf(entry, 1, "sshd", "_SYSTEMD_UNIT=ssh.service\n", "Accepted publickey for ann") +
		fmt.Sprintf(entry, 2, "kernel", "", "all is well") + fmt.Sprintf(entry, 3, "evil", "_SYSTEMD_UNIT=../../evil\n", "x")
	p.write("/bin/entries", text)
	p.write("/bin/journalctl", "#!/bin/sh\ncase \"$*\" in *after-cursor*) ;; *) cat '"+p.path("/bin/entries")+"' ;; esac\nexec sleep 60\n")
	t.Setenv("PATH", p.path("/bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	d := p.run(p.blocks["toml"][0], "run")
	p.wants(d, "/var/log/units/ssh.service.log", p.blocks["text"][0])
	p.wants(d, "/var/log/units/_.log", "2026-11-25T13:00:00 web1 kernel[812] info: all is well\n")
	d.Until("a unit of an odd name", func() bool { return p.read("/var/log/units/_._.._evil.log") != "" })
	d.Stop()
}

// TestGraphsAndAlerts counts status classes of an access log of this moment.
func TestGraphsAndAlerts(t *testing.T) {
	t.Parallel()
	p := open(t, "graphs-and-alerts")
	now := time.Now().Format("02/Jan/2006:15:04:05 -0700")
	text := ""
	for _, status := range []int{200, 200, 204, 304, 404, 404, 500, 101} {
		text += fmt.Sprintf("10.0.0.1 - - [%s] \"GET /x HTTP/1.1\" %d 5 \"-\" \"curl\"\n", now, status)
	}
	p.write("/var/log/nginx/access.log", text)
	p.write("/var/lib/hekad/x", "")
	d := p.run(p.blocks["toml"][0], "run", `ticker_interval = "60s"`, `ticker_interval = "1s"`)
	row := regexp.MustCompile(`(?m)^1\t3\t1\t2\t1\t`)
	d.Until("the row of this minute", func() bool { return row.MatchString(p.read("/var/lib/hekad/http_status.cbuf")) })
	d.Stop()
}

// TestSyslogRelay sends by both sockets and in both forms.
func TestSyslogRelay(t *testing.T) {
	t.Parallel()
	p := open(t, "syslog-relay")
	devices, between := fmt.Sprintf("127.0.0.1:%d", blackbox.FreePort(t)), fmt.Sprintf("127.0.0.1:%d", blackbox.FreePort(t))
	p.write("/var/log/x", "")
	c := p.run(p.blocks["toml"][1], "centre", "0.0.0.0:5565", between)
	e := p.run(p.blocks["toml"][0], "edge", "0.0.0.0:514", devices, "centre.example.com:5565", between)
	for network, text := range map[string]string{
		"udp": "<34>Nov 25 12:00:00 switch1 link: port 7 down", "tcp": "<165>1 2026-11-25T12:00:00Z router1 bgp 17 - - peer lost\n",
	} {
		conn, err := net.Dial(network, devices)
		if err == nil {
			_, err = conn.Write([]byte(text))
			conn.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got := func() string { return p.glob("/var/log/syslog-*.jsonl") }
	c.Until("two messages", func() bool { return strings.Count(got(), "\n") == 2 })
	for _, want := range []string{`"Hostname":"switch1"`, `"port 7 down"`, `"Hostname":"router1"`, `"peer lost"`, `T11:00:00Z"`} {
		if !strings.Contains(got(), want) {
			t.Errorf("the centre has %s, want %s", got(), want)
		}
	}
	e.Stop()
	c.Stop()
}

func TestAccessLogToJSON(t *testing.T) {
	t.Parallel()
	p := open(t, "access-log-to-json")
	line := "192.0.2.1 - - [25/Nov/2026:14:00:0%d +0100] \"GET /item/%d HTTP/1.1\" 404 7 \"-\" \"curl/8.5.0\"\n"
	p.write("/var/log/nginx/access.log.1", fmt.Sprintf(line, 1, 1)+"half a line\n")
	p.write("/var/log/nginx/access.log", fmt.Sprintf(line, 2, 2))
	d := p.run(p.blocks["toml"][0], "run")
	d.Until("two lines", func() bool { return strings.Count(p.glob("/var/log/nginx-json/access-*.jsonl"), "\n") == 2 })
	got := p.glob("/var/log/nginx-json/access-*.jsonl")
	for _, want := range []string{`"Timestamp":"2026-11-25T13:00:01Z"`, `"status":404`, `"body_bytes_sent":7`, `"request":"GET /item/2 HTTP/1.1"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the file has\n%swant %s", got, want)
		}
	}
	if strings.Index(got, "/item/1 ") > strings.Index(got, "/item/2 ") {
		t.Errorf("the older file comes later:\n%s", got)
	}
	d.Until("the line that is of another form", func() bool { return strings.Contains(p.read("/var/log/nginx-json/unreadable.jsonl"), "half a line") })
	d.Stop()
}
