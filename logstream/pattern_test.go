package logstream

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
)

// write makes files below dir; a name that ends in a slash makes a directory.
func write(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, n := range names {
		path := filepath.Join(dir, n)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(n+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScanOrder(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   Config
		files string
		want  string // streams: "name: file file; name: file"
	}{
		{"numbered, newest without a number",
			Config{Name: "s", FileMatch: `access\.log\.?(?P<Index>\d+)?`, Priority: []string{"^Index"}},
			"access.log access.log.1 access.log.2 access.log.10 error.log",
			"s: access.log.10 access.log.2 access.log.1 access.log"},
		{"dated folders, stream by name",
			Config{FileMatch: `(?P<Year>\d+)/(?P<Month>\d+)/(?P<Name>[a-z]+)\.log`, Priority: []string{"Year", "Month"}, Differentiator: []string{"site-", "Name"}},
			"2014/10/a.log 2014/9/a.log 2013/11/a.log 2014/10/b.log",
			"site-a: 2013/11/a.log 2014/9/a.log 2014/10/a.log; site-b: 2014/10/b.log"},
		{"month names are known",
			Config{Name: "s", FileMatch: `(?P<MonthName>\w+)\.log`, Priority: []string{"MonthName"}},
			"Oct.log february.log Jan.log",
			"s: Jan.log february.log Oct.log"},
		{"translation",
			Config{Name: "s", FileMatch: `x-(?P<Seq>\w+)\.log`, Priority: []string{"Seq"}, Translation: map[string]map[string]int{"Seq": {"alpha": 2, "Beta": 1}}},
			"x-alpha.log x-beta.log x-gamma.log",
			"s: x-beta.log x-alpha.log"},
		{"missing alone leaves numbers",
			Config{Name: "s", FileMatch: `log(\.(?P<Seq>\d+))?`, Priority: []string{"Seq"}, Translation: map[string]map[string]int{"Seq": {"missing": 9999}}},
			"log log.2 log.10",
			"s: log.2 log.10 log"},
		{"dates compare as text where they are not numbers",
			Config{Name: "s", FileMatch: `log-(?P<Date>[\d-]+)`, Priority: []string{"Date"}},
			"log-2024-01-02 log-2023-12-31 log-2024-01-01",
			"s: log-2023-12-31 log-2024-01-01 log-2024-01-02"},
		{"numbers beyond int64",
			Config{Name: "s", FileMatch: `log-(?P<N>\d+)`, Priority: []string{"N"}},
			"log-99999999999999999999 log-100000000000000000000 log-7",
			"s: log-7 log-99999999999999999999 log-100000000000000000000"},
		{"compressed twin is passed over while the plain file stands",
			Config{Name: "s", FileMatch: `log(\.(?P<N>\d+))?(\.gz)?`, Priority: []string{"^N"}},
			"log log.1 log.1.gz log.2.gz",
			"s: log.2.gz log.1 log"},
		{"both branches of an alternation are anchored",
			Config{Name: "s", FileMatch: `a\.log|b\.log`, Differentiator: []string{"x"}, Priority: nil},
			"a.log.bak b.log",
			"x: b.log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.Directory = t.TempDir()
			write(t, tt.cfg.Directory, strings.Fields(tt.files)...)
			p, err := Compile(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, st := range p.Scan(fsx.OS{}, time.Now()).Streams {
				if st.Err != nil {
					t.Error(st.Err)
				}
				part := st.Name + ":"
				for _, f := range st.Files {
					part += " " + f.Rel
				}
				got = append(got, part)
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("Scan = %s\nwant   %s", s, tt.want)
			}
		})
	}
}

func TestScanLinksAgeAndAmbiguity(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real/a.log", "real/old.log")
	os.Symlink(filepath.Join(dir, "real"), filepath.Join(dir, "real", "loop"))
	os.Symlink("a.log", filepath.Join(dir, "real", "current.log"))
	os.Symlink("nowhere", filepath.Join(dir, "real", "dangling.log"))
	past := time.Now().Add(-48 * time.Hour)
	os.Chtimes(filepath.Join(dir, "real", "old.log"), past, past)
	p, err := Compile(Config{Name: "s", Directory: dir, FileMatch: `\.log`, Oldest: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	l := p.Scan(fsx.OS{}, time.Now())
	st := l.Stream("s")
	if len(l.Problems) > 0 || st == nil || len(st.Files) != 2 || st.Files[0].Rel != "real/a.log" || !st.Files[1].Old || st.Err != nil {
		t.Fatalf("Scan = %+v, %v", st, l.Problems)
	}
	write(t, dir, "b.log")
	if st := p.Scan(fsx.OS{}, time.Now()).Stream("s"); st.Err == nil || !strings.Contains(st.Err.Error(), "set priority") {
		t.Errorf("two files without priority: Err = %v", st.Err)
	}
}

func TestCompileComplaints(t *testing.T) {
	for _, tt := range []struct {
		cfg    Config
		option string
	}{
		{Config{}, "file_match"},
		{Config{FileMatch: `(`}, "file_match"},
		{Config{FileMatch: `(?P<a>x)(?P<a>y)`}, "file_match"},
		{Config{FileMatch: `(?P<N>x)`, Priority: []string{"M"}}, "priority"},
		{Config{FileMatch: `(?P<N>x)`, Priority: []string{"^M"}}, "priority"},
		{Config{FileMatch: `(?P<N>x)`, Translation: map[string]map[string]int{"M": {"a": 1, "b": 2}}}, "translation.M"},
		{Config{FileMatch: `(?P<N>x)`, Translation: map[string]map[string]int{"N": {"a": 1}}}, "translation.N"},
	} {
		_, err := Compile(tt.cfg)
		var ce *ConfigError
		if !errors.As(err, &ce) || ce.Option != tt.option || ce.Fix == "" {
			t.Errorf("Compile(%+v) = %v, want a complaint about %s", tt.cfg, err, tt.option)
		}
	}
}
