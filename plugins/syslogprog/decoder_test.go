package syslogprog

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "SyslogProgramDecoder", "") }

func newDecoder(t testing.TB) plugin.Decoder {
	d, err := New(Config{}, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func behind(t testing.TB, d plugin.Decoder, program, text string) (string, error) {
	t.Helper()
	base := message.Draft{Header: message.Header{Type: "in", Hostname: "own", Severity: 7, Payload: text}, Fields: []message.DraftField{message.NewField("programname", program, "")}}
	list, err := decodetest.Behind(t, d, base)
	if err != nil {
		return "", err
	}
	if len(list) != 1 || list[0].Payload != text || list[0].Fields[0].Name != "programname" {
		t.Fatalf("%q: the message before is changed: %+v", text, list)
	}
	var s []string
	for _, f := range list[0].Fields[1:] {
		s = append(s, decodetest.Field(f))
	}
	return strings.Join(s, " "), nil
}

var messages = []struct{ program, text, want string }{
	{"sshd", "Accepted password for root from 192.168.1.1 port 4711 ssh2", "sshd_authmsg=Accepted sshd_method=password remote_user=root remote_addr=192.168.1.1(ipv4) remote_port:i=4711 sshd_info=ssh2"},
	{"sshd", "Accepted publickey for git from 2001:db8::1 port 4711 ssh2: RSA SHA256:abc", "sshd_authmsg=Accepted sshd_method=publickey remote_user=git remote_addr=2001:db8::1(ipv6) remote_port:i=4711 sshd_info=ssh2: RSA SHA256:abc"},
	{"sshd", "Failed none for invalid user  from 10.0.0.1 port 1 ssh2", "sshd_authmsg=Failed sshd_method=none remote_addr=10.0.0.1(ipv4) remote_port:i=1 sshd_info=ssh2"},
	{"sshd", "Failed none for invalid user  from 10.9.9.9 port 1 ssh2 from 10.0.0.1 port 2 ssh2", "sshd_authmsg=Failed sshd_method=none remote_user= from 10.9.9.9 port 1 ssh2 remote_addr=10.0.0.1(ipv4) remote_port:i=2 sshd_info=ssh2"},
	{"sshd", "Invalid user  from 10.0.0.1 port 1", "sshd_authmsg=Invalid user remote_addr=10.0.0.1(ipv4) remote_port:i=1"},
	{"sshd", "Connection closed by invalid user  10.0.0.1 port 1 [preauth]", "disconnect_msg=Connection closed remote_addr=10.0.0.1(ipv4) remote_port:i=1"},
	{"sshd", "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1  user=root", "failcount:i=2 pam_action=more authentication failures uid:i=0 euid:i=0 tty=ssh rhost=10.0.0.1 user=root"},
	{"sshd", "PAM 1 more authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1 ", "failcount:i=1 pam_action=more authentication failure uid:i=0 euid:i=0 tty=ssh rhost=10.0.0.1"},
	{"sshd", "message repeated 3 times: [ Failed password for root from 10.0.0.1 port 1 ssh2]", "repeated:i=3(count) sshd_authmsg=Failed sshd_method=password remote_user=root remote_addr=10.0.0.1(ipv4) remote_port:i=1 sshd_info=ssh2"},
	{"sshd", "Failed keyboard-interactive/pam for invalid user a b from 10.0.0.1 port 1 ssh2 [preauth]", "sshd_authmsg=Failed sshd_method=keyboard-interactive sshd_submethod=pam remote_user=a b remote_addr=10.0.0.1(ipv4) remote_port:i=1 sshd_info=ssh2"},
	{"sshd-session", "Failed password for invalid user x from 10.9.9.9 port 1 ssh2 from 10.0.0.1 port 2 ssh2", "sshd_authmsg=Failed sshd_method=password remote_user=x from 10.9.9.9 port 1 ssh2 remote_addr=10.0.0.1(ipv4) remote_port:i=2 sshd_info=ssh2"},
	{"sshd", "Invalid user admin from 10.0.0.1", "sshd_authmsg=Invalid user remote_user=admin remote_addr=10.0.0.1(ipv4)"},
	{"sshd", "Invalid user admin from 10.0.0.1 port 22", "sshd_authmsg=Invalid user remote_user=admin remote_addr=10.0.0.1(ipv4) remote_port:i=22"},
	{"sshd", "Received disconnect from 10.0.0.1: 11: Bye Bye [preauth]", "remote_addr=10.0.0.1(ipv4) disconnect_reason:i=11 disconnect_msg=Bye Bye"},
	{"sshd", "Received disconnect from fe80::1 port 22:11: disconnected by user", "remote_addr=fe80::1(ipv6) remote_port:i=22 disconnect_reason:i=11 disconnect_msg=disconnected by user"},
	{"sshd", "Disconnected from user root 10.0.0.1 port 5", "disconnect_msg=Disconnected remote_user=root remote_addr=10.0.0.1(ipv4) remote_port:i=5"},
	{"sshd", "Disconnected from 10.0.0.1", "disconnect_msg=Disconnected remote_addr=10.0.0.1(ipv4)"},
	{"sshd", "Connection closed by authenticating user root 10.0.0.1 port 5 [preauth]", "disconnect_msg=Connection closed remote_user=root remote_addr=10.0.0.1(ipv4) remote_port:i=5"},
	{"sshd", "Connection reset by 10.0.0.1 port 5", "disconnect_msg=Connection reset remote_addr=10.0.0.1(ipv4) remote_port:i=5"},
	{"sshd", "Disconnecting invalid user x 10.0.0.1 port 5: Too many authentication failures [preauth]", "remote_user=x remote_addr=10.0.0.1(ipv4) remote_port:i=5 disconnect_msg=Too many authentication failures"},
	{"sshd", "subsystem request for sftp by user git", "sshd_subsystem=sftp remote_user=git"},
	{"sshd", "subsystem request for sftp", "sshd_subsystem=sftp"},
	{"sshd", "Received signal 15; terminating.", "signal:i=15"},
	{"sshd", "Server listening on :: port 22.", "listen_address=:: listen_port:i=22"},
	{"sshd", "error: maximum authentication attempts exceeded for root from 10.0.0.1 port 5 ssh2 [preauth]", "sshd_errorlevel=error sshd_error=maximum authentication attempts exceeded remote_user=root remote_addr=10.0.0.1(ipv4) remote_port:i=5 sshd_info=ssh2"},
	{"sshd", "fatal: Timeout before authentication for 10.0.0.1", "sshd_errorlevel=fatal sshd_error=Timeout before authentication for 10.0.0.1"},
	{"sshd", "reverse mapping checking getaddrinfo for h.example [10.0.0.1] failed - POSSIBLE BREAK-IN ATTEMPT!", "remote_host=h.example remote_addr=10.0.0.1(ipv4)"},
	{"sshd", "Address 10.0.0.1 maps to h.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!", "remote_addr=10.0.0.1(ipv4) remote_host=h.example"},
	{"sshd", "Did not receive identification string from 10.0.0.1", "sshd_error=Did not receive identification string remote_addr=10.0.0.1(ipv4)"},
	{"sshd", `Bad protocol version identification 'GET / from x' from 10.0.0.1 port 5`, "sshd_error=Bad protocol version identification sshd_info='GET / from x' remote_addr=10.0.0.1(ipv4) remote_port:i=5"},
	{"sshd", "User root from h.example not allowed because not listed in AllowUsers", "remote_user=root remote_host=h.example sshd_info=not listed in AllowUsers"},
	{"sshd", "Starting session: command for git from 10.0.0.1 port 5 id 0", "sshd_info=command remote_user=git remote_addr=10.0.0.1(ipv4) remote_port:i=5"},
	{"sshd", "pam_unix(sshd:session): session opened for user root by (uid=0)", "pam_module=pam_unix pam_service=sshd pam_type=session pam_action=session opened user_name=root uid:i=0"},
	{"su", "pam_unix(su-l:session): session opened for user root(uid=0) by alice(uid=1000)", "pam_module=pam_unix pam_service=su-l pam_type=session pam_action=session opened user_name=root login_name=alice uid:i=1000"},
	{"any", "pam_unix(sshd:session): session closed for user root", "pam_module=pam_unix pam_service=sshd pam_type=session pam_action=session closed user_name=root"},
	{"sshd", "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.1  user=root", "pam_module=pam_unix pam_service=sshd pam_type=auth pam_action=authentication failure uid:i=0 euid:i=0 tty=ssh rhost=10.0.0.1 user=root"},
	{"sshd", "pam_unix(sshd:auth): authentication failure; logname=a uid=0 euid=0 tty=ssh ruser=b rhost=10.0.0.1 ", "pam_module=pam_unix pam_service=sshd pam_type=auth pam_action=authentication failure logname=a uid:i=0 euid:i=0 tty=ssh ruser=b rhost=10.0.0.1"},
	{"sshd", "pam_unix(sshd:auth): check pass; user unknown", "pam_module=pam_unix pam_service=sshd pam_type=auth pam_action=check pass; user unknown"},
	{"sudo", "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c a ; b : TTY=x", "user_name=alice sudo_tty=pts/0 sudo_pwd=/home/alice sudo_user=root sudo_command=/bin/sh -c a ; b : TTY=x"},
	{"sudo", "bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; GROUP=wheel ; TSID=0000A1 ; ENV=A=1 ; COMMAND=/bin/ls", "user_name=bob sudo_message=3 incorrect password attempts sudo_tty=pts/0 sudo_pwd=/ sudo_user=root sudo_group=wheel sudo_tsid=0000A1 sudo_env=A=1 sudo_command=/bin/ls"},
	{"CRON", "(root) CMD (cd / && run-parts --report /etc/cron.hourly (x))", "cron_username=root cron_event=CMD cron_detail=cd / && run-parts --report /etc/cron.hourly (x)"},
	{"/USR/SBIN/CRON", "(*system*) RELOAD (/etc/crontab)", "cron_username=*system* cron_event=RELOAD cron_detail=/etc/crontab"},
	{"crontab", "(root) BEGIN EDIT (root)", "cron_username=root cron_event=BEGIN EDIT cron_detail=root"},
	{"systemd-logind", "New session c4 of user a.b.", "session_id=c4 user_id=a.b sd_message=SESSION_START"},
	{"systemd-logind", "Removed session 4.", "session_id=4 sd_message=SESSION_STOP"},
	{"su", "Successful su for root by alice", "su_status=Successful su_name=root su_oldname=alice"},
	{"su", "FAILED SU (to root) alice on pts/1", "su_status=FAILED SU su_name=root su_oldname=alice tty=pts/1"},
	{"su", "(to root) alice on pts/1", "su_name=root su_oldname=alice tty=pts/1"},
	{"su", "+ /dev/pts/1 alice:root", "su_status=+ tty=/dev/pts/1 su_oldname=alice su_name=root"},
	{"login", "FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure", "failcount:i=1 tty=/dev/tty1 user=root pam_error=Authentication failure"},
	{"login", "ROOT LOGIN  on '/dev/tty1'", "tty=/dev/tty1 user=root"},
	{"login", "LOGIN ON tty1 BY alice", "tty=tty1 user=alice"},
	{"useradd", "new user: name=foo, UID=1000, GID=1000, home=/home/foo, shell=/bin/bash, from=/dev/pts/0", "user_name=foo uid:i=1000 gid:i=1000 user_home=/home/foo user_shell=/bin/bash tty=/dev/pts/0"},
	{"useradd", "new user: name=foo, UID=1000, GID=1000, home=/home/foo, shell=/bin/bash", "user_name=foo uid:i=1000 gid:i=1000 user_home=/home/foo user_shell=/bin/bash"},
	{"groupadd", "group added to /etc/group: name=foo, GID=1000", "group_dbname=/etc/group group_name=foo gid:i=1000"},
	{"groupdel", "group 'foo' removed from /etc/gshadow", "group_name=foo group_dbname=/etc/gshadow"},
	{"kernel", "[12345.678901] DROP: IN=eth0 OUT= MAC=00:11:22 SRC=10.0.0.1 DST=10.0.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=123 DF PROTO=TCP SPT=4711 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0",
		"kernel_uptime:d=12345.678901(s) iptables_prefix=DROP iptables_in=eth0 iptables_mac=00:11:22 iptables_src=10.0.0.1(ipv4) iptables_dst=10.0.0.2(ipv4) iptables_len:i=60(B) iptables_tos=0x00 iptables_prec=0x00 iptables_ttl:i=64 iptables_id:i=123 iptables_proto=TCP iptables_spt:i=4711 iptables_dpt:i=22 iptables_window:i=64240 iptables_res=0x00 iptables_urgp:i=0 iptables_flags=[DF SYN]"},
	{"kernel", "[UFW BLOCK] IN= OUT=eth1 SRC=fe80::1 DST=ff02::1 LEN=72 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=3 CODE=0 [SRC=10.0.0.9 DST=10.0.0.8 ]",
		"iptables_prefix=[UFW BLOCK] iptables_out=eth1 iptables_src=fe80::1(ipv6) iptables_dst=ff02::1(ipv6) iptables_len:i=72(B) iptables_tc:i=0 iptables_ttl:i=255 iptables_flowlbl:i=0 iptables_proto=ICMPv6 iptables_type:i=3 iptables_code:i=0"},
	{"kernel", "Out of memory: Killed process 1234 (my (sql) d) total-vm:1000kB, anon-rss:900kB, file-rss:0kB, shmem-rss:4kB, UID:27 pgtables:88kB oom_score_adj:-5",
		"oom_event=kill oom_pid:i=1234 oom_process=my (sql) d oom_total_vm:i=1000(KiB) oom_anon_rss:i=900(KiB) oom_file_rss:i=0(KiB) oom_shmem_rss:i=4(KiB) oom_pgtables:i=88(KiB) oom_score_adj:i=-5 oom_uid:i=27"},
	{"kernel", "[  12.5] Memory cgroup out of memory: Kill process 7 (java) score 950 or sacrifice child", "kernel_uptime:d=12.5(s) oom_event=kill oom_pid:i=7 oom_process=java oom_score:i=950"},
	{"kernel", "Killed process 7 (java), UID 1, total-vm:5kB", ""},
	{"kernel", "java invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0", "oom_event=invoked oom_process=java oom_score_adj:i=0"},
	{"kernel", "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice,task=java,pid=7,uid=27", "oom_event=summary oom_constraint=CONSTRAINT_NONE oom_cgroup=/user.slice oom_process=java oom_pid:i=7 oom_uid:i=27"},
}

func init() {
	messages = append(messages, []struct{ program, text, want string }{
		{"dhclient", "DHCPDISCOVER on eth0 to 255.255.255.255 port 67 interval 6", "dhcp_type=DHCPDISCOVER dhcp_client_interface=eth0 dhcp_server_addr=255.255.255.255(ipv4) dhcp_server_port:i=67 dhcp_client_interval_seconds:i=6"},
		{"dhclient", "DHCPREQUEST for 10.0.0.5 on eth0 to 10.0.0.1 port 67 (xid=0x1)", "dhcp_type=DHCPREQUEST dhcp_client_addr=10.0.0.5(ipv4) dhcp_client_interface=eth0 dhcp_server_addr=10.0.0.1(ipv4) dhcp_server_port:i=67"},
		{"dhclient", "DHCPACK of 10.0.0.5 from 10.0.0.1 (xid=0x1)", "dhcp_type=DHCPACK dhcp_client_addr=10.0.0.5(ipv4) dhcp_server_addr=10.0.0.1(ipv4)"},
		{"dhclient", "DHCPACK from 10.0.0.1", "dhcp_type=DHCPACK dhcp_server_addr=10.0.0.1(ipv4)"},
		{"dhclient", "bound to 10.0.0.5 -- renewal in 1783 seconds.", "dhcp_client_addr=10.0.0.5(ipv4) dhcp_client_renewal_seconds:i=1783"},
		{"dhcpd", "DHCPREQUEST for 10.0.0.5 (10.0.0.1) from 00:11:22:33:44:55 (my host) via eth0", "dhcp_type=DHCPREQUEST dhcp_client_addr=10.0.0.5(ipv4) dhcp_server_addr=10.0.0.1(ipv4) dhcp_client_hw_addr=00:11:22:33:44:55 dhcp_client_hostname=my host dhcp_source=eth0"},
		{"dhcpd", "DHCPREQUEST for 10.0.0.5 from 00:11:22:33:44:55 via eth0: wrong network.", "dhcp_type=DHCPREQUEST dhcp_client_addr=10.0.0.5(ipv4) dhcp_client_hw_addr=00:11:22:33:44:55 dhcp_source=eth0 dhcp_message=wrong network."},
		{"dhcpd", "DHCPACK on 10.0.0.5 to 00:11:22:33:44:55 (h) via eth0", "dhcp_type=DHCPACK dhcp_client_addr=10.0.0.5(ipv4) dhcp_client_hw_addr=00:11:22:33:44:55 dhcp_client_hostname=h dhcp_source=eth0"},
		{"dhcpd", "DHCPDISCOVER from 00:11:22:33:44:55 via eth0: network 10.0.0.0/24: no free leases", "dhcp_type=DHCPDISCOVER dhcp_client_hw_addr=00:11:22:33:44:55 dhcp_source=eth0 dhcp_message=network 10.0.0.0/24: no free leases"},
		{"dhcpd", "DHCPRELEASE of 10.0.0.5 from 00:11:22:33:44:55 (h) via eth0 (found)", "dhcp_type=DHCPRELEASE dhcp_client_addr=10.0.0.5(ipv4) dhcp_client_hw_addr=00:11:22:33:44:55 dhcp_client_hostname=h dhcp_source=eth0 dhcp_message=found"},
		{"postfix/smtpd", "connect from mail.example.com[10.0.0.1]", "postfix_action=connect postfix_client_hostname=mail.example.com postfix_client_ip=10.0.0.1(ipv4)"},
		{"postfix/smtpd", "disconnect from unknown[2001:db8::1] ehlo=1 quit=1 commands=2", "postfix_action=disconnect postfix_client_ip=2001:db8::1(ipv6)"},
		{"postfix/smtpd", "lost connection after EHLO from unknown[10.0.0.1]", "postfix_action=lost connection after EHLO postfix_client_ip=10.0.0.1(ipv4)"},
		{"postfix/smtpd", "4A1B2C3D: client=mail.example.com[10.0.0.1], sasl_method=PLAIN, sasl_username=bob", "postfix_queueid=4A1B2C3D postfix_client_hostname=mail.example.com postfix_client_ip=10.0.0.1(ipv4) postfix_sasl_method=PLAIN postfix_sasl_username=bob"},
		{"postfix/qmgr", "4A1B2C3D: from=<a@b.example>, size=512, nrcpt=1 (queue active)", "postfix_queueid=4A1B2C3D postfix_from=a@b.example postfix_size:i=512(B) postfix_nrcpt:i=1 postfix_status_message=queue active"},
		{"postfix/smtp", "4A1B2C3D: to=<c@d.example>, orig_to=<x>, relay=mx.d.example[10.0.0.2]:25, conn_use=2, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued (x))",
			"postfix_queueid=4A1B2C3D postfix_to=c@d.example postfix_orig_to=x postfix_relay_hostname=mx.d.example postfix_relay_ip=10.0.0.2(ipv4) postfix_relay_port:i=25 postfix_conn_use:i=2 postfix_delay:d=1.2(s) postfix_delay_before_qmgr:d=0.1(s) postfix_delay_in_qmgr:d=0(s) postfix_delay_conn_setup:d=0.5(s) postfix_delay_transmission:d=0.6(s) postfix_dsn=2.0.0 postfix_status=sent postfix_status_message=250 2.0.0 Ok: queued (x)"},
		{"postfix/smtpd", "NOQUEUE: reject: RCPT from unknown[10.0.0.1]: 554 5.7.1 <x@y>: Relay access denied; from=<a@b> to=<x@y> proto=ESMTP helo=<h, \"i\">",
			"postfix_action=reject postfix_message=RCPT from unknown[10.0.0.1]: 554 5.7.1 <x@y>: Relay access denied postfix_client_ip=10.0.0.1(ipv4) postfix_from=a@b postfix_to=x@y postfix_proto=ESMTP postfix_helo=h, \"i\""},
		{"postfix/cleanup", "4A1B2C3D: message-id=<1@h>", "postfix_queueid=4A1B2C3D postfix_message_id=1@h"},
		{"postfix/qmgr", "4A1B2C3D: removed", "postfix_queueid=4A1B2C3D postfix_action=removed"},
		{"postfix-submission/smtpd", "warning: hostname x does not resolve to address 10.0.0.1", "postfix_message_level=warning postfix_message=hostname x does not resolve to address 10.0.0.1"},
		{"postfix/master", "daemon started -- version 3.7", ""},
	}...)
}

func TestDecode(t *testing.T) {
	d := newDecoder(t)
	for _, tt := range messages {
		got, err := behind(t, d, tt.program, tt.text)
		if tt.want == "" {
			if err != errUnknown {
				t.Errorf("%s: %q: %v, want errUnknown", tt.program, tt.text, err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%s: %q: %v\n got %s\nwant %s", tt.program, tt.text, err, got, tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	d := newDecoder(t)
	if _, err := decodetest.All(t, d, "Accepted password"); err != errAlone {
		t.Errorf("alone: %v", err)
	}
	if _, err := decodetest.Behind(t, d, message.Draft{}); err != errProgram {
		t.Errorf("without program: %v", err)
	}
	for _, m := range [][2]string{{"sshd", ""}, {"sshd", "Accepted password for root from 10.0.0.1 port x"}, {"sshd", "Server listening on :: port 22"}, {"sudo", "x"},
		{"sudo", " : TTY=x"}, {"CRON", "(root) CMD"}, {"systemd-logind", "Removed session ."}, {"kernel", "usb 1-1: new"}, {"kernel", "oom-kill:x"}, {"nginx", "x"}} {
		if got, err := behind(t, d, m[0], m[1]); err != errUnknown {
			t.Errorf("%s: %q: %s, %v, want errUnknown", m[0], m[1], got, err)
		}
	}
	typed, _ := New(Config{Type: "auth"}, plugin.Env{})
	base := message.Draft{Header: message.Header{Payload: "Removed session 4."}, Fields: []message.DraftField{message.NewField("programname", "systemd-logind", "")}}
	if list, err := decodetest.Behind(t, typed, base); err != nil || list[0].Type != "auth" {
		t.Errorf("message_type: %+v, %v", list, err)
	}
}

func TestAllocs(t *testing.T) {
	d := newDecoder(t)
	for _, i := range []int{0, 2, 3, 28, 32, 47, 49} {
		m := messages[i]
		base := message.Draft{Header: message.Header{Payload: m.text}, Fields: []message.DraftField{message.NewField("programname", m.program, "")}}
		var v message.View
		v.Parse(base.Encode(), nil)
		b := message.NewBuilder(1 << 16)
		rec := plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &decodetest.Header}
		d.Decode(&rec, b)
		if n := testing.AllocsPerRun(100, func() { b.Reset(); d.Decode(&rec, b) }); n != 0 {
			t.Errorf("%q allocates %v times", m.text, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, m := range messages {
		f.Add(m.program, m.text)
	}
	d := newDecoder(f)
	f.Fuzz(func(t *testing.T, program, text string) {
		base := message.Draft{Header: message.Header{Payload: text}, Fields: []message.DraftField{message.NewField("programname", program, "")}}
		decodetest.Behind(t, d, base)
	})
}
