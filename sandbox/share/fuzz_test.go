package share_test

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
	"github.com/heka-project/heka/sandbox/share"
)

// decoderConfig is what a decoder needs to start.
func decoderConfig(name string) map[string]any {
	switch name {
	case "nginx_access":
		return map[string]any{"user_agent_transform": true,
			"log_format": `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`}
	case "apache_access":
		return map[string]any{"user_agent_transform": true,
			"log_format": `%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"`}
	case "rsyslog":
		return map[string]any{"template": `%TIMESTAMP% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%%msg:::drop-last-lf%\n`}
	case "json":
		return map[string]any{"map_fields": true, "Payload": "Payload", "Uuid": "Uuid", "Severity": "level", "Timestamp": "time", "maximum_depth": int64(3)}
	}
	return map[string]any{"type": "fuzz", "payload_keep": true}
}

func decoderNames(t testing.TB) (names []string) {
	list, err := fs.Glob(share.Files(), "lua_decoders/*.lua")
	if err != nil || len(list) == 0 {
		t.Fatal("no decoders: ", err)
	}
	for _, file := range list {
		names = append(names, strings.TrimSuffix(path.Base(file), ".lua"))
	}
	return names
}

// FuzzDecoders: whatever a record holds, each decoder makes messages of it or says
// that it cannot; none stops at a limit or an error.
func FuzzDecoders(f *testing.F) {
	for _, s := range subjects(f) {
		f.Add(s)
	}
	f.Add(strings.Repeat(`[`, 2000))
	f.Add(strings.Repeat(`{"a":`, 900) + "1" + strings.Repeat("}", 900))
	f.Add(strings.Repeat("a ", 20000))
	var boxes []*sandboxtest.Box
	names := decoderNames(f)
	for _, name := range names {
		boxes = append(boxes, sandboxtest.Decoder(f, sandboxtest.Script(f, "lua_decoders/"+name+".lua"), decoderConfig(name)))
	}
	f.Fuzz(func(t *testing.T, record string) {
		if len(record) > 48<<10 {
			return // more than a message may hold, with what a decoder adds
		}
		for i, box := range boxes {
			_, err := box.TryDecode(record)
			box.Injected = box.Injected[:0]
			if err != nil && !errors.Is(err, sandbox.ErrFailed) {
				t.Fatalf("%s: %v", names[i], err)
			}
		}
	})
}

// FuzzGrammars: every grammar answers any text within the limits of a decoder, and
// builders of grammars answer any format.
func FuzzGrammars(f *testing.F) {
	for _, s := range subjects(f) {
		f.Add(s)
	}
	f.Add("%{%s}t %!404{x}i $a \"$b\" %msg:::x%")
	vm := newVM()
	err := vm.Do("=fuzz", `
		require "lpeg"; require "string"
		local clf, syslog, dt, sm = require "common_log_format", require "syslog", require "date_time", require "syslog_message"
		local postfix, mysql, ip = require "postfix", require "mysql", require "ip_address"
		local grammars = {clf.nginx_error_grammar, require "sfl4j".logevent_grammar, lpeg.Ct(require "bind".query_log_grammar),
			mysql.slow_query_grammar, mysql.mariadb_slow_query_grammar, mysql.short_slow_query_grammar, mysql.mariadb_short_slow_query_grammar,
			sm.get_wildcard_grammar("PAM"), dt.rfc3339, dt.clf_timestamp, dt.rfc3164_timestamp, ip.host_field}
		for _, p in ipairs{"CRON", "crontab", "dhclient", "dhcpd", "login", "groupadd", "groupdel", "named", "puppet-agent", "sshd", "su", "sudo",
			"systemd-logind", "useradd"} do
			grammars[#grammars + 1] = sm.get_prog_grammar(p)
		end
		local daemons = {"anvil", "bounce", "cleanup", "discard", "dnsblog", "error", "lmtp", "local", "master", "pickup", "pipe", "postdrop",
			"postscreen", "qmgr", "scache", "sendmail", "smtp", "smtpd", "tlsmgr", "tlsproxy", "trivial_rewrite", "virtual"}
		-- Only these may fail, with an error that says what is wrong with the format.
		function build(text)
			for _, f in ipairs{clf.build_nginx_grammar, clf.build_apache_grammar, syslog.build_rsyslog_grammar, dt.build_strftime_grammar} do
				local ok, g = pcall(f, text)
				if ok then g:match(text) end
			end
		end
		function match(text)
			for i = 1, #grammars do grammars[i]:match(text) end
			for i = 1, #daemons do postfix.postfix_match("postfix/" .. daemons[i], text, i % 2 == 0) end
			clf.normalize_user_agent(text)
		end`)
	if err != nil {
		f.Fatal(err)
	}
	match, build := vm.Global("match"), vm.Global("build")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4<<10 {
			text = text[:4<<10]
		}
		if _, err := vm.Call(match, lua.String(text)); err != nil {
			t.Fatalf("match: %v", err)
		}
		if len(text) > 100 {
			text = text[:100]
		}
		if _, err := vm.Call(build, lua.String(text)); err != nil && !strings.Contains(err.Error(), "not enough memory") {
			t.Fatalf("build: %v", err)
		}
	})
}
