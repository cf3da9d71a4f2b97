package mysqllog

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) {
	plugintest.Run(t, "MysqlSlowDecoder", "")
	plugintest.Run(t, "MariadbSlowDecoder", "")
	plugintest.Run(t, "MysqlErrorDecoder", "")
	plugintest.Run(t, "MysqlSlowSplitter", "")
}

var env = plugin.Env{Clock: clock.NewSim(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC))}

func slow(t testing.TB, c Slow) plugin.Decoder {
	t.Helper()
	if c.TZ == "" {
		c.TZ = "UTC"
	}
	d, err := NewMysql(MysqlConfig{Slow: c}, env)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	mysqlRecord = `# User@Host: syncrw[syncrw] @  [127.0.0.1]
# Query_time: 7.249660  Lock_time: 0.047038 Rows_sent: 5001  Rows_examined: 16458
use weave0;
SET timestamp=1399503088;
/* [queryName=FIND_ITEMS] */ SELECT bso.userid, bso.collection
FROM bso;
`
	mariadbRecord = `# Time: 140926 17:38:05
# User@Host: root[root] @ localhost []
# Thread_id: 6  Schema: mysql  QC_hit: No
# Query_time: 10.000188  Lock_time: 0.000000  Rows_sent: 1  Rows_examined: 0
# Rows_affected: 0  Bytes_sent: 63
# Full_scan: Yes  Full_join: No  Tmp_table: Yes  Tmp_table_on_disk: No
# Filesort: No  Filesort_on_disk: No  Merge_passes: 0  Priority_queue: No
#
# explain: id	select_type	table	type
# explain: 1	SIMPLE	NULL	NULL
#
SET timestamp=1411753085;
select sleep(10);`
)

func TestSlow(t *testing.T) {
	for _, tt := range []struct{ name, rec, want string }{
		{"MySQL", mysqlRecord, "2014-05-07T22:51:28Z host=127.0.0.1 User=syncrw Query_time:d=7.24966(s) Lock_time:d=0.047038(s) Rows_sent:i=5001 Rows_examined:i=16458 Schema=weave0 | " +
			"/* [queryName=FIND_ITEMS] */ SELECT bso.userid, bso.collection\nFROM bso;"},
		{"MariaDB", mariadbRecord, "2014-09-26T17:38:05Z User=root Host=localhost Thread_id:i=6 Schema=mysql QC_hit=No Query_time:d=10.000188(s) Lock_time:d=0(s) Rows_sent:i=1 Rows_examined:i=0 " +
			"Rows_affected:i=0 Bytes_sent:i=63(B) Full_scan=Yes Full_join=No Tmp_table=Yes Tmp_table_on_disk=No Filesort=No Filesort_on_disk=No Merge_passes:i=0 Priority_queue=No | select sleep(10);"},
		{"the head of a file", "/usr/sbin/mysqld, Version: 5.7.1 (MySQL). started with:\nTcp port: 3306  Unix socket: /run/m.sock\nTime                 Id Command    Argument\n" + mysqlRecord,
			"2014-05-07T22:51:28Z host=127.0.0.1 User=syncrw Query_time:d=7.24966(s) Lock_time:d=0.047038(s) Rows_sent:i=5001 Rows_examined:i=16458 Schema=weave0 | " +
				"/* [queryName=FIND_ITEMS] */ SELECT bso.userid, bso.collection\nFROM bso;"},
		{"MySQL 8, with all that it can tell", "# Time: 2026-11-25T12:00:00.123456Z\n# User@Host: [app] @ db.example [10.0.0.9]  Id:    12\n# Query_time: 0.000150  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0 Thread_id: 12 Errno: 0 Killed: 0 Bytes_received: 0 Bytes_sent: 11 Start: 2026-11-25T12:00:00.1Z\nSET last_insert_id=4,insert_id=5,timestamp=1764072000.5;\n# administrator command: Quit;\n",
			"2025-11-25T12:00:00.5Z host=10.0.0.9 User=app Host=db.example Id:i=12 Query_time:d=0.00015(s) Lock_time:d=0(s) Rows_sent:i=0 Rows_examined:i=0 Thread_id:i=12 Errno:i=0 Killed:i=0 Bytes_received:i=0(B) Bytes_sent:i=11(B) Start=2026-11-25T12:00:00.1Z | administrator command: Quit;"},
		{"no SET, the time of old", "# Time: 140926  7:38:05\n# Query_time: 1  Lock_time: 2 Rows_sent: x\nselect 1", "2014-09-26T07:38:05Z Query_time:d=1(s) Lock_time:d=2(s) Rows_sent=x | select 1"},
		{"no time at all, an empty schema", "# Schema:   Last_errno: 0  Odd: -5\r\n# Query_time: 1\r\nset names x;\r\nselect 1;\r\n", "2026-11-25T13:00:00Z Last_errno:i=0 Odd:i=-5 Query_time:d=1(s) | set names x;\r\nselect 1;"},
		{"administrator line between", "# User@Host: a[b] @ h []\n# Query_time: 1.5  Lock_time: 0.0\n# administrator command: Ping;\nSET timestamp=1399503088;\n", "2014-05-07T22:51:28Z User=a Host=h Query_time:d=1.5(s) Lock_time:d=0(s) | administrator command: Ping;"},
	} {
		got, err := decodetest.One(t, slow(t, Slow{}), tt.rec)
		if err != nil || decodetest.Show(got) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, decodetest.Show(got), tt.want)
		}
	}
	for limit, want := range map[int]string{0: "select 'ä' from t;", 8: "select '...", 9: "select '...", 10: "select 'ä...", -8: "select 'ä'...", 99: "select 'ä' from t;", -99: "..."} {
		got, err := decodetest.One(t, slow(t, Slow{TruncateSQL: limit}), "# Query_time: 1\nselect 'ä' from t;\n")
		if err != nil || got.Payload != want {
			t.Errorf("truncate_sql = %d: %q, %v, want %q", limit, got.Payload, err, want)
		}
	}
	d, _ := NewMariadb(MariadbConfig{Type: "mariadb.slow-query", Slow: Slow{TZ: "Etc/GMT-2"}}, env)
	got, err := decodetest.One(t, d, "# Time: 140926 17:38:05\n# Query_time: 1\nselect 1")
	if s := decodetest.Show(got); err != nil || s != "2014-09-26T15:38:05Z type=mariadb.slow-query Query_time:d=1(s) | select 1" {
		t.Errorf("options: %s, %v", s, err)
	}
}

func TestSplit(t *testing.T) {
	const quit = "# User@Host: a[b] @ h []\n# Query_time: 1.5  Lock_time: 0.0\nSET timestamp=1399503088;\n# administrator command: Quit;\n"
	const head = "/usr/sbin/mysqld, Version: 5.7.1 (MySQL). started with:\nTime Id Command Argument\n"
	const tricky = "# Query_time: 1\nselect ';\n# not a head\n'\nfrom t;\n"
	for _, tt := range []struct {
		name, stream string
		want         []string
		rest         string
	}{
		{"all", head + mysqlRecord + mariadbRecord + "\n" + quit + tricky + mysqlRecord, []string{mysqlRecord, mariadbRecord + "\n", quit, tricky, mysqlRecord}, ""},
		{"a head alone", head, nil, ""},
		{"without a line end", mysqlRecord[:len(mysqlRecord)-1], []string{mysqlRecord[:len(mysqlRecord)-1]}, ""},
		{"cut", mysqlRecord + "# Query_time: 1\nselect", []string{mysqlRecord}, "# Query_time: 1\nselect"},
	} {
		got, rest := splittest.Laws(t, Splitter{}, []byte(tt.stream))
		if !slices.Equal(got, tt.want) || rest != tt.rest {
			t.Errorf("%s: %q and %q", tt.name, got, rest)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte(mysqlRecord + mariadbRecord + "\n# Time: x\n# administrator command: Quit;\n"))
	f.Fuzz(func(t *testing.T, stream []byte) { splittest.Laws(t, Splitter{}, stream) })
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ rec, want string }{
		{"2020-08-06T14:25:02.835618Z 0 [Note] [MY-012487] [InnoDB] DDL log recovery : begin\n", "2020-08-06T14:25:02.835618Z sev=5 Thread_id:i=0 Error_code=MY-012487 Subsystem=InnoDB | DDL log recovery : begin"},
		{"2020-08-06T14:25:02.835618+02:00 7 [ERROR] [MY-010119] [Server] Aborting", "2020-08-06T12:25:02.835618Z sev=3 Thread_id:i=7 Error_code=MY-010119 Subsystem=Server | Aborting"},
		{"2017-03-13T16:36:29.123456Z 7 [Warning] Insecure configuration", "2017-03-13T16:36:29.123456Z sev=4 Thread_id:i=7 | Insecure configuration"},
		{"2017-03-13 16:36:29 140109873625984 [Note] InnoDB: The InnoDB memory heap is disabled", "2017-03-13T16:36:29Z sev=5 Thread_id:i=140109873625984 | InnoDB: The InnoDB memory heap is disabled"},
		{"2017-03-13  6:36:29 1 [Note] x", "2017-03-13T06:36:29Z sev=5 Thread_id:i=1 | x"},
		{"170313 16:36:29 [Note] Plugin 'FEDERATED' is disabled.", "2017-03-13T16:36:29Z sev=5 | Plugin 'FEDERATED' is disabled."},
		{"170313  6:36:29 mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql", "2017-03-13T06:36:29Z | mysqld_safe Starting mysqld daemon with databases from /var/lib/mysql"},
		{"2017-03-13 16:36:29 7f21  InnoDB: Error: x\nInnoDB: more", "2017-03-13T16:36:29Z | 7f21  InnoDB: Error: x\nInnoDB: more"},
		{"2020-08-06T14:25:02.835618Z 0 [System] [x y] z", "2020-08-06T14:25:02.835618Z sev=5 Thread_id:i=0 | [x y] z"},
	} {
		d, err := NewError(ErrorConfig{TZ: "UTC"}, env)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodetest.One(t, d, tt.rec)
		if err != nil || decodetest.Show(got) != tt.want {
			t.Errorf("%q: %v\n got %s\nwant %s", tt.rec, err, decodetest.Show(got), tt.want)
		}
	}
	d, _ := NewError(ErrorConfig{TZ: "UTC", Type: "mysql.error", PayloadKeep: true}, env)
	got, err := decodetest.One(t, d, "170313 16:36:29 [Note] x")
	if s := decodetest.Show(got); err != nil || s != "2017-03-13T16:36:29Z type=mysql.error sev=5 msg=x | 170313 16:36:29 [Note] x" {
		t.Errorf("options: %s, %v", s, err)
	}
}

func TestRefused(t *testing.T) {
	e, _ := NewError(ErrorConfig{TZ: "UTC"}, env)
	for _, tt := range []struct {
		d    plugin.Decoder
		rec  string
		want error
	}{
		{slow(t, Slow{}), "", errNoQueryTime},
		{slow(t, Slow{}), "select 1;", errNoQueryTime},
		{slow(t, Slow{}), "# User@Host: a[b] @ h []\nselect 1;", errNoQueryTime},
		{slow(t, Slow{}), "# Query_time: x\nselect 1;", errNoQueryTime},
		{slow(t, Slow{}), "# Query_time: 1", errNoQuery},
		{slow(t, Slow{}), "# Query_time: 1\nSET timestamp=5;", errNoQuery},
		{e, "", errErrorTime},
		{e, "InnoDB: more", errErrorTime},
		{e, "2017-03-33 16:36:29 1 [Note] x", errErrorTime},
	} {
		if _, err := decodetest.One(t, tt.d, tt.rec); err != tt.want {
			t.Errorf("%q: %v, want %v", tt.rec, err, tt.want)
		}
	}
	var oe *plugin.OptionError
	for _, v := range []plugin.Validator{MysqlConfig{Slow: Slow{TZ: "Nowhere"}}, MariadbConfig{Slow: Slow{TZ: "Nowhere"}}, ErrorConfig{TZ: "Nowhere"}} {
		if err := v.Validate(); !errors.As(err, &oe) || oe.Option != "tz" {
			t.Errorf("Validate(%+v) = %v", v, err)
		}
	}
}

// A statement that looks like the lines in front of it stays a statement.
func TestStatementsStay(t *testing.T) {
	const sql = "SET GLOBAL x = 1;\n# Query_time: 99\nuse other"
	got, err := decodetest.One(t, slow(t, Slow{}), "# Query_time: 1\nSET timestamp=5;\n"+sql+";\n")
	if err != nil || got.Payload != sql+";" || len(got.Fields) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAllocs(t *testing.T) {
	decodetest.Allocs(t, slow(t, Slow{TruncateSQL: 20}), mysqlRecord)
	decodetest.Allocs(t, slow(t, Slow{TZ: "Local"}), mariadbRecord)
	e, _ := NewError(ErrorConfig{TZ: "Local"}, env)
	decodetest.Allocs(t, e, "2017-03-13 16:36:29 140109873625984 [Note] InnoDB: x")
}

func FuzzSlow(f *testing.F) {
	decodetest.Fuzz(f, slow(f, Slow{TruncateSQL: -3}), mysqlRecord, mariadbRecord, strings.ReplaceAll(mysqlRecord, "\n", "\r\n"), "# Query_time: 1\nSET timestamp=1.5;\n# administrator command: Quit;")
}

func FuzzErrors(f *testing.F) {
	d, _ := NewError(ErrorConfig{TZ: "UTC"}, env)
	decodetest.Fuzz(f, d, "2020-08-06T14:25:02.835618Z 0 [Note] [MY-012487] [InnoDB] DDL", "170313  6:36:29 mysqld_safe", "2017-03-13 16:36:29 1 [Note] x")
}

func BenchmarkSlow(b *testing.B) { decodetest.Bench(b, slow(b, Slow{}), mysqlRecord) }
