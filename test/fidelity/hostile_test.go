package fidelity

import (
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// hostile are records as long as a message may be, made of what parsers look for.
func hostile() (list []string) {
	const size = 60 << 10
	for _, s := range []string{" ", "\n", "\t", ",", ", ", "[", "{", "(", ") ", "\"", "\\", "=", " = ", "a=", "a=b ", "a: b ", ": ", "# ", "\n# ", "#\n", " from ", " port ", " for ", " on ", "by ",
		", client: ", ", host: \"", "\", request: \"", "/", "1/", "|", ";", " ; ", "<", "%", "\xff", "é", "9", "-", "x.y ", "'", " via ", "uid=0 ", "}{", "\x00"} {
		list = append(list, strings.Repeat(s, size/len(s)))
	}
	for _, head := range []string{
		`2014/10/29 08:01:25 [error] 25100#7: *125 x, client: 10.0.0.1, request: "`,
		"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 1:tid 2] (13)", `10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in s/s 1/2/3/4/5 200 1 - - ---- 1/1/1/1/0 0/0 {`,
		"# Query_time: 1\n", "2026-11-25 13:00:00.123 UTC [71] LOG:  duration: ", "Failed password for ", "Disconnected from user ", "pam_unix(a:b): session opened for user ", "alice : TTY=", "IN=a OUT=b ", "4A1B2C: to=<", "NOQUEUE: reject: ",
	} {
		for _, s := range []string{" ", "a ", " from ", "|", ",", ", host: \"", "\n", ": ", "=", "x=1, "} {
			list = append(list, head+strings.Repeat(s, size/len(s)))
		}
	}
	return list
}

// patience is what one record may take on a machine that others use too; a second on
// one that nobody does.
const patience = 5 * time.Second

// No record takes a decoder long, whatever it holds.
func TestHostileRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	records := hostile()
	for _, toml := range []string{"[NginxErrorDecoder]\n", "[ApacheErrorDecoder]\n", "[HaproxyDecoder]\n", "[MysqlSlowDecoder]\n", "[MysqlErrorDecoder]\n", "[PostgresCsvDecoder]\n",
		"[PostgresDecoder]\nlog_line_prefix = '%m [%p] %q%u@%d,%a %r '\n", "[SyslogProgramDecoder]\n", "[FieldsDecoder]\nrecords = true\n[FieldsDecoder.redact.Payload]\nmethod = \"replace\"\npattern = '(a+)+$|\\w+@\\w+'\n"} {
		plan, err := config.Parse([]config.Source{{Name: "h.toml", Text: toml}}, config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range plan.Sections {
			if s.Pos.Line == 0 {
				continue
			}
			p, err := s.Info.New(s.Config, plugin.Env{})
			if err != nil {
				t.Fatal(err)
			}
			programs := []string{""}
			if s.Name == "SyslogProgramDecoder" {
				programs = []string{"sshd", "sudo", "kernel", "cron", "su", "login", "useradd", "dhcpd", "dhclient", "postfix/smtp", "systemd-logind"}
			}
			for _, program := range programs {
				for _, r := range records {
					start := time.Now()
					base := message.Draft{Header: message.Header{Payload: r}, Fields: []message.DraftField{message.NewField("programname", program, "")}}
					if program == "" {
						decodetest.All(t, p.(plugin.Decoder), r)
					} else {
						decodetest.Behind(t, p.(plugin.Decoder), base)
					}
					if d := time.Since(start); d > patience {
						t.Errorf("%s %s takes %v for %.100q…", s.Name, program, d, r)
					}
				}
			}
		}
	}
}
