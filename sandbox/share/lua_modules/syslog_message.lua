--[[
# syslog_message
Grammars for the messages that well-known programs write to syslog: what is left of
a line when its time, host and tag are gone.

A grammar makes one table, with a key for each capture of its kind of message.
Counts, ports and ids are numbers; addresses are tables with value and
representation (ipv4, ipv6 or hostname). What no grammar knows gives nil.

- CRON, crontab: cron_username, cron_event, cron_detail
- dhclient: dhcp_type, dhcp_client_interface, dhcp_client_addr, dhcp_server_addr, dhcp_server_port, dhcp_client_interval_seconds, dhcp_client_renewal_seconds
- dhcpd: dhcp_type, dhcp_client_hw_addr, dhcp_client_addr, dhcp_client_hostname, dhcp_server_addr, dhcp_source, dhcp_lease_time, dhcp_message, dhcp_pool_id, dhcp_pool_result, dhcp_network, dhcp_lease_count, dhcp_free_leases, dhcp_backup_leases, dhcp_lts, dhcp_hold, dhcp_thresh, dhcp_failover_peer, dhcp_bind_update_status
- groupadd, groupdel: group_name, gid, group_dbname
- login: failcount, tty, from, user, pam_error
- named: dns_error, dns_name, dns_domain, dns_type, dns_class, dns_addr, dns_port, dns_client_addr, dns_client_port, dns_client_signer, dns_view, dns_nameserver, dns_message, dns_serial, dns_clients_per_query
- puppet-agent: puppet_resource_path, puppet_parameter, puppet_msg, puppet_change, puppet_old_value, puppet_new_value, puppet_current_value, puppet_should_value, puppet_historical_value, puppet_noop, puppet_callback, puppet_callback_target, puppet_events_count, puppet_file_path, puppet_bucket, puppet_file_sum, puppet_benchmark_seconds
- sshd: sshd_authmsg, sshd_method, sshd_submethod, remote_user, remote_addr, remote_port, remote_host, sshd_info, disconnect_reason, disconnect_msg, sshd_subsystem, signal, listen_address, listen_port, sshd_errorlevel, sshd_error
- su: su_status, su_name, su_oldname, pam_error
- sudo: sudo_message, sudo_tty, sudo_pwd, sudo_user, sudo_group, sudo_tsid, sudo_env, sudo_command
- systemd-logind: session_id, user_id, sd_message (SESSION_START, SESSION_STOP)
- useradd: user_name, uid, gid, user_home, user_shell, group_name
- PAM, of any program: pam_module, pam_service, pam_type, pam_action, user_name, login_name, uid, euid, tty, ruser, rhost, user, logname

## Exports
- get_prog_grammar(program): the grammar of a program's messages, or nil
- get_wildcard_grammar(name): the grammar of messages that many programs write: PAM; nil for another name

## Example
```lua
local syslog_message = require "syslog_message"
local grammar = syslog_message.get_prog_grammar("sshd")
local fields = grammar:match("Accepted publickey for ann from 192.0.2.7 port 51122 ssh2")
```
--]]

local l = require "lpeg"
local string = require "string"
local ip = require "ip_address"
l.locale(l)

local P, S, R, C, Cg, Ct, Cc, digit, space, alnum = l.P, l.S, l.R, l.C, l.Cg, l.Ct, l.Cc, l.digit, l.space, l.alnum

local M = {}

-- Pieces ----------------------------------------------------------------------

local any     = P(1)
local integer = digit^1 / tonumber
local float   = digit^1 * (P"." * digit^1)^-1 / tonumber
local word    = (any - space)^1
local quote   = P"'"
local address = ip.v4_field + ip.v6_field
local host    = ip.host_field
local finish  = S" \t\r\n"^0 * -any

-- to captures, under name, what lies before the pattern stop; at least one character.
local function to(stop, name) return Cg((any - P(stop))^1, name) end

-- to_end captures the rest of the message.
local function to_end(name) return Cg((any - finish)^0, name) end

-- quoted captures what lies within 'quotes'.
local function quoted(name) return quote * Cg((any - quote)^0, name) * quote end

local function number(name) return Cg(integer, name) end

-- cron ------------------------------------------------------------------------

local cron = "(" * to(")", "cron_username") * ") " * to(" (", "cron_event") * " ("
    * Cg((any - P")" * finish)^0, "cron_detail") * ")"

-- DHCP ------------------------------------------------------------------------

local dhcp_type = Cg(P"DHCP" * l.upper^1, "dhcp_type")
local server    = Cg(address, "dhcp_server_addr")
local client    = Cg(address, "dhcp_client_addr")

local dhclient =
    dhcp_type * " on " * Cg(word, "dhcp_client_interface") * " to " * server * " port " * number"dhcp_server_port"
        * (P" interval " * number"dhcp_client_interval_seconds")^-1
    + dhcp_type * (P" of " * client)^-1 * " from " * server
    + "bound to " * client * " -- renewal in " * number"dhcp_client_renewal_seconds" * " seconds"

local hw_addr = Cg(l.xdigit * l.xdigit * (P":" * l.xdigit * l.xdigit)^1, "dhcp_client_hw_addr")
local name_of_client = (P" (" * to(")", "dhcp_client_hostname") * ")")^-1
local via = " via " * Cg((any - (S": " + P"\n"))^1, "dhcp_source")
local dhcpd_rest = (P" relay " * word)^-1 * (P" lease-duration " * number"dhcp_lease_time")^-1
    * (P": " * to_end"dhcp_message" + P" (" * Cg((any - ")")^1, "dhcp_message") * ")")^-1

local function leases(word, name) return S" \t"^1 * word * " " * number(name) end

local dhcpd_pool = (to(" pool ", "dhcp_pool_result") * " ")^-1 * "pool " * Cg(l.xdigit^1, "dhcp_pool_id") * " "
    * Cg(word, "dhcp_network") * leases("total", "dhcp_lease_count") * leases("free", "dhcp_free_leases")
    * leases("backup", "dhcp_backup_leases") * leases("lts", "dhcp_lts")
    * (S" \t"^1 * (P"max-own (+/-)" * number"dhcp_hold" + P"max-misbal " * number"dhcp_thresh"))^-1

local dhcpd_bind_update = P"bind update on " * client * " "
    * (Cg(P"got ack", "dhcp_bind_update_status") * " from " * to(": ", "dhcp_failover_peer")
        + "from " * to(" rejected: ", "dhcp_failover_peer") * " " * Cg(P"rejected", "dhcp_bind_update_status"))
    * ": " * to_end"dhcp_message"

local dhcpd =
    dhcp_type * " from " * (hw_addr * name_of_client + client) * via * dhcpd_rest
    + dhcp_type * S" " * (P"for " + "on " + "of ") * client * (P" (" * server * ")")^-1
        * (P" from " + " to ") * hw_addr * name_of_client * via * dhcpd_rest
    + dhcp_type * " to " * client * " (" * hw_addr * ")" * via * dhcpd_rest
    + dhcpd_bind_update
    + dhcpd_pool
    + "failover peer " * to(": ", "dhcp_failover_peer") * ": " * to_end"dhcp_message"
    + "reuse_lease: lease age " * number"dhcp_lease_time" * " " * to(" existing lease for ", "dhcp_message")
        * " existing lease for " * client

-- Accounts --------------------------------------------------------------------

local group_of = P"name=" * Cg((any - S", ")^1, "group_name") * (P", GID=" * number"gid")^-1

local groupadd = P"new group: " * group_of
    + "group added to " * Cg((any - ": ")^1, "group_dbname") * ": " * group_of

local groupdel = P"group " * quoted"group_name" * " removed" * (P" from " * Cg(word, "group_dbname"))^-1
    + "removed group " * quoted"group_name"

local useradd = P"new user: name=" * Cg((any - ",")^1, "user_name") * ", UID=" * number"uid" * ", GID=" * number"gid"
        * ", home=" * Cg((any - ",")^0, "user_home") * ", shell=" * Cg((any - S",\r\n")^0, "user_shell")
    + "new group: " * group_of
    + "add " * quoted"user_name" * (P" to group " + " to shadow group ") * quoted"group_name"

local login =
    (P"FAILED LOGIN" + "TOO MANY LOGIN TRIES") * " (" * number"failcount" * ") on " * quoted"tty"
        * (P" from " * quoted"from")^-1 * " FOR " * quoted"user" * (P", " * to_end"pam_error")^-1
    + "ROOT LOGIN" * P" "^1 * "on " * quoted"tty" * (P" from " * quoted"from")^-1 * Cg(Cc"root", "user")
    + "LOGIN ON " * Cg(word, "tty") * " BY " * Cg(word, "user") * (P" FROM " * Cg(word, "from"))^-1

local su_target = Cg(word, "su_name")
local su =
    Cg(P"Successful" + "FAILED", "su_status") * " su for " * su_target * " by " * Cg(word, "su_oldname")
    + Cg(P"FAILED SU", "su_status") * " (to " * to(")", "su_name") * ") " * Cg(word, "su_oldname") * " on "
    + "(to " * to(")", "su_name") * ") " * Cg(word, "su_oldname") * " on "
    + Cg(S"+-", "su_status") * " " * word * " " * to(":", "su_oldname") * ":" * su_target
    + "pam_authenticate: " * to_end"pam_error"

local sudo_value = (any - (P" ; " + finish))^0
local function sudo_part(key, name) return (P" ; " * key * "=" * Cg(sudo_value, name))^-1 end
local sudo_begin = (P" : " + " ; ") * "TTY="
local sudo = S" "^0 * to(sudo_begin, "sudo_message") * sudo_begin * Cg(sudo_value, "sudo_tty")
    * sudo_part("PWD", "sudo_pwd") * sudo_part("USER", "sudo_user") * sudo_part("GROUP", "sudo_group")
    * sudo_part("TSID", "sudo_tsid") * sudo_part("ENV", "sudo_env") * (P" ; COMMAND=" * to_end"sudo_command")^-1

local session_id = P"c"^-1 * number"session_id"
local logind = P"New session " * session_id * " of user " * Cg((any - (P"." * finish + finish))^1, "user_id")
        * Cg(Cc"SESSION_START", "sd_message")
    + "Removed session " * session_id * Cg(Cc"SESSION_STOP", "sd_message")

-- named -----------------------------------------------------------------------

local dns_port = "#" * number"dns_port"
local dns_addr = Cg(address, "dns_addr") * dns_port
local dns_client = (P"@0x" * l.xdigit^1 * " ")^-1 * Cg(address, "dns_client_addr") * "#" * number"dns_client_port"
-- A question is a name with its type, and perhaps its class.
local dns_question = Cg((any - S"/' ")^1, "dns_name") * (P"/" * Cg(alnum^1, "dns_type") * (P"/" * Cg(alnum^1, "dns_class"))^-1)^-1
local in_domain = (P" (in " * quoted"dns_domain" * "?)")^-1

local named =
    P"success resolving '" * dns_question * "'" * in_domain * " after " * to_end"dns_message"
    + P"DNS format error from " * dns_addr * " resolving " * dns_question * (P" for client " * dns_client)^-1 * ": "
        * to_end"dns_message" * Cg(Cc"DNS format error", "dns_error")
    + P"client " * dns_client * (P"/key " * Cg(word, "dns_client_signer"))^-1 * (P" (" * to(")", "dns_name") * ")")^-1 * ": "
        * (P"view " * to(": ", "dns_view") * ": ")^-1 * to_end"dns_message"
    + P"zone " * to("/", "dns_domain") * "/" * Cg(alnum^1, "dns_class") * (P"/" * to(":", "dns_view"))^-1 * ": "
        * (P"NS " * quoted"dns_nameserver" * " ")^-1
        * (to(P" (serial " * digit^1 * ")", "dns_message") * " (serial " * number"dns_serial" * ")"
            + Cg(P"loaded", "dns_message") * " serial " * number"dns_serial"
            + to_end"dns_message")
    + P"transfer of '" * to("/", "dns_domain") * "/" * Cg(alnum^1, "dns_class") * (P"/" * to(quote, "dns_view"))^-1 * "' from "
        * dns_addr * ": " * to_end"dns_message"
    + P"clients-per-query " * (P"decreased" + "increased") * " to " * number"dns_clients_per_query"
    + (P"error (" * Cg((any - P") resolving")^1, "dns_error") * ")" + to(" resolving '", "dns_error"))
        * " resolving '" * dns_question * "'" * in_domain * ": " * dns_addr

-- Puppet ----------------------------------------------------------------------

-- A resource ends with "]"; a lower-case name after its slash is the parameter.
local parameter = P"/" * Cg((alnum + S"_-")^1, "puppet_parameter") * ")"
local resource  = "(" * Cg((any - (parameter + P")" * (S" \r\n" + -any)))^1, "puppet_resource_path") * (parameter + ")")

local noop = (P" (" * Cg(P"noop" / function() return true end, "puppet_noop") * ")")^-1
local historical = (P" (previously recorded value was " * to(")", "puppet_historical_value") * ")")^-1

local puppet_event =
    P"Scheduling " * Cg(word, "puppet_callback") * " of " * to_end"puppet_callback_target"
    + "Filebucketed " * to(" to ", "puppet_file_path") * " to " * Cg(word, "puppet_bucket") * " with sum "
        * Cg(l.xdigit^1, "puppet_file_sum")
    + Cg(P"Would have triggered" + "Triggered", "puppet_msg") * " " * quoted"puppet_callback" * " from "
        * number"puppet_events_count" * " events"
    + P"current_value " * to(", should be ", "puppet_current_value") * ", should be "
        * Cg((any - (P" (noop)" + " (previously" + finish))^1, "puppet_should_value") * noop * historical * noop
    + (any - (P" changed " + finish))^1 * " changed " * quoted"puppet_old_value" * " to " * quoted"puppet_new_value" * noop
    + to_end"puppet_change"

local puppet = resource * (P" " * puppet_event)^-1
    + Cg(P"Finished catalog run" + "Applied catalog" + "Finished catalog", "puppet_msg") * " in "
        * Cg(float, "puppet_benchmark_seconds") * " seconds"

-- sshd ------------------------------------------------------------------------

local remote      = Cg(host, "remote_addr")
local remote_port = (P" port " * number"remote_port")^-1
local user        = Cg((any - P" from ")^1, "remote_user")
local invalid     = (P"invalid user " + "illegal user ")^-1
local info        = (P": " * to_end"sshd_info" + P" [" * Cg((any - "]")^1, "sshd_info") * "]")^-1

local sshd =
    Cg(P"Accepted" + "Failed" + "Postponed" + "Partial", "sshd_authmsg") * " " * Cg((any - S"/ ")^1, "sshd_method")
        * (P"/" * Cg(word, "sshd_submethod"))^-1 * " for " * invalid * user * " from " * remote * remote_port
        * (P" ssh" * digit^1)^-1 * info
    + P"Received disconnect from " * remote * remote_port * ":" * P" "^0 * number"disconnect_reason" * ": "
        * to_end"disconnect_msg"
    + (P"Connection closed by " + "Connection reset by " + "Disconnected from " + "Disconnecting ")
        * ((P"authenticating user " + "invalid user " + "user ") * Cg(word, "remote_user") * " ")^-1
        * remote * remote_port * info
    + P"Connection from " * remote * remote_port * (P" on " * Cg(host, "listen_address") * " port " * number"listen_port")^-1
    + (P"Invalid user " + "Illegal user ") * Cg((any - P" from ")^0, "remote_user") * " from " * remote * remote_port
    + P"input_userauth_request: " * (P"invalid user " + "illegal user ") * Cg(word, "remote_user")
    + P"User " * to(" from ", "remote_user") * " from " * Cg(word, "remote_host") * " not allowed because "
        * to_end"sshd_info"
    + (P"Did not receive identification string from " + "Bad protocol version identification " * (any - P" from ")^0 * " from "
        + "ROOT LOGIN REFUSED FROM ") * remote * remote_port
    + P"reverse mapping checking getaddrinfo for " * to(" [", "remote_host") * " [" * remote * "] failed"
    + P"Address " * remote * " maps to " * Cg((any - S", ")^1, "remote_host") * ", but "
    + P"subsystem request for " * Cg(word, "sshd_subsystem") * (P" by user " * Cg(word, "remote_user"))^-1
    + P"Received signal " * number"signal" * "; terminating"
    + P"Server listening on " * Cg(host, "listen_address") * " port " * number"listen_port"
    + Cg(P"error" + "fatal", "sshd_errorlevel") * ": " * to_end"sshd_error"

-- PAM -------------------------------------------------------------------------

local function pair(key, value) return S" "^1 * key * "=" * Cg(value, key) end
local optional = (any - space)^0

local pam_user = Cg((any - (S" (" + finish))^1, "user_name") * (P"(uid=" * digit^1 * ")")^-1

local pam = Cg(P"pam_" * (alnum + "_")^1, "pam_module") * "(" * to(":", "pam_service") * ":" * to(")", "pam_type") * "): "
    * (Cg(P"session opened", "pam_action") * " for user " * pam_user
            * (P" by " * Cg((any - S"( ")^0, "login_name") * "(uid=" * number"uid" * ")")^-1
        + Cg(P"session closed", "pam_action") * " for user " * pam_user
        + Cg((any - S";\n")^1, "pam_action") * ";" * pair("logname", optional) * pair("uid", integer) * pair("euid", integer)
            * pair("tty", optional) * pair("ruser", optional) * pair("rhost", optional) * pair("user", word)^-1
        + to_end"pam_action")

-- The lists -------------------------------------------------------------------

local programs = {
    CRON = Ct(cron),
    crontab = Ct(cron),
    dhclient = Ct(dhclient),
    dhcpd = Ct(dhcpd),
    groupadd = Ct(groupadd),
    groupdel = Ct(groupdel),
    login = Ct(login),
    named = Ct(named),
    ["puppet-agent"] = Ct(puppet),
    sshd = Ct(sshd),
    su = Ct(su),
    sudo = Ct(sudo),
    ["systemd-logind"] = Ct(logind),
    useradd = Ct(useradd),
}

local wildcards = {PAM = Ct(pam)}

function M.get_prog_grammar(program) return programs[program] end

function M.get_wildcard_grammar(name) return wildcards[name] end

return M
