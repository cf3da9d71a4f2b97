package syslogprog

const (
	fromPort = " from {remote_addr:a}< port {remote_port:i}>"
	pamHead  = "{pam_module}({pam_service}:{pam_type}): "
)

var sshd = compile(
	"{sshd_authmsg=Failed|Postponed} {sshd_method}</{sshd_submethod}> for invalid user  from {remote_addr:a} port {remote_port:i} {sshd_info=ssh2}", // no name at all
	"{sshd_authmsg=Accepted|Failed|Postponed|Partial} {sshd_method}</{sshd_submethod}> for <invalid user >{remote_user:T} from {remote_addr:a} port {remote_port:i}< {sshd_info:r}>",
	"{sshd_authmsg=Invalid user} "+fromPort,
	"{sshd_authmsg=Invalid user} {remote_user:T}"+fromPort,
	"Received disconnect from {remote_addr:a}< port {remote_port:i}>:< >{disconnect_reason:i}: {disconnect_msg:r}",
	"{disconnect_msg=Disconnected} from invalid user  {remote_addr:a} port {remote_port:i}",
	"{disconnect_msg=Disconnected} from <invalid user |authenticating user |user >{remote_user:T} {remote_addr:a} port {remote_port:i}",
	"{disconnect_msg=Disconnected} from {remote_addr:a}< port {remote_port:i}>",
	"{disconnect_msg=Connection closed|Connection reset} by invalid user  {remote_addr:a} port {remote_port:i}",
	"{disconnect_msg=Connection closed|Connection reset} by <invalid user |authenticating user |user >{remote_user:T} {remote_addr:a} port {remote_port:i}",
	"{disconnect_msg=Connection closed|Connection reset} by {remote_addr:a}< port {remote_port:i}>",
	"Disconnecting <invalid user |authenticating user |user >{remote_user:t} {remote_addr:a} port {remote_port:i}: {disconnect_msg:r}",
	"Disconnecting: {disconnect_msg:r}",
	"subsystem request for {sshd_subsystem} by user {remote_user:r}",
	"subsystem request for {sshd_subsystem}",
	"Received signal {signal:i}; terminating.",
	"Server listening on {listen_address} port {listen_port:i}.",
	"{sshd_errorlevel=error|fatal}: {sshd_error=maximum authentication attempts exceeded} for <invalid user >{remote_user:T} from {remote_addr:a} port {remote_port:i}< {sshd_info:r}>",
	"{sshd_errorlevel=error|fatal}: {sshd_error:r}",
	"reverse mapping checking getaddrinfo for {remote_host} [{remote_addr:a}] failed{*:r}",
	"Address {remote_addr:a} maps to {remote_host}, but this does not map back to the address{*:r}",
	"{sshd_error=Did not receive identification string}"+fromPort,
	"{sshd_error=Bad protocol version identification} {sshd_info:T}"+fromPort,
	"User {remote_user:T} from {remote_host} not allowed because {sshd_info:r}",
	morePAM+"  user={user:r}",
	morePAM,
	"Starting session: {sshd_info:T} for {remote_user} from {remote_addr:a} port {remote_port:i}< id {*:r}>",
)

// morePAM is what sshd says by itself of the logins that PAM refused.
const morePAM = "PAM {failcount:i} {pam_action=more authentication failures|more authentication failure}; logname={logname:o} uid={uid:i} euid={euid:i} tty={tty:o} ruser={ruser:o} rhost={rhost:o}"

var pam = compile(
	pamHead+"{pam_action=session opened} for user {user_name:t}<(uid={*:i})> by {login_name:t}(uid={uid:i})",
	pamHead+"{pam_action=session opened} for user {user_name:t}<(uid={*:i})> by (uid={uid:i})",
	pamHead+"{pam_action=session closed} for user {user_name:r}",
	pamHead+"{pam_action:t}; logname={logname:o} uid={uid:i} euid={euid:i} tty={tty:o} ruser={ruser:o} rhost={rhost:o}  user={user:r}",
	pamHead+"{pam_action:t}; logname={logname:o} uid={uid:i} euid={euid:i} tty={tty:o} ruser={ruser:o} rhost={rhost:o}",
	pamHead+"{pam_action:r}",
)

var cron = compile("({cron_username:t}) {cron_event:t} ({cron_detail:T})")

var logind = compile(
	"New session {session_id} of user {user_id:T}.{sd_message:=SESSION_START}",
	"Removed session {session_id:T}.{sd_message:=SESSION_STOP}",
)

var su = compile(
	"{su_status=Successful|FAILED} su for {su_name:t} by {su_oldname:r}",
	"<{su_status=FAILED SU} >(to {su_name:t}) {su_oldname:T} on {tty}",
	"{su_status=+|-} {tty} {su_oldname:t}:{su_name:r}",
	"pam_authenticate: {pam_error:r}",
)

var login = compile(
	"FAILED LOGIN ({failcount:i}) on '{tty}'< from '{from}'> FOR '{user:T}', {pam_error:r}",
	"FAILED LOGIN {failcount:i} FROM {from:o} FOR {user:T}, {pam_error:r}",
	"LOGIN ON {tty} BY {user} FROM {from}",
	"LOGIN ON {tty} BY {user:r}",
	"ROOT LOGIN <ON {tty} FROM {from}|ON {tty}| on '{tty}' from '{from}'| on '{tty}'>{user:=root}",
)

var accounts = compile(
	"new user: name={user_name:t}, UID={uid:i}, GID={gid:i}, home={user_home:t}, shell={user_shell:t}, from={tty:r}",
	"new user: name={user_name:t}, UID={uid:i}, GID={gid:i}, home={user_home:t}, shell={user_shell:r}",
	"new group: name={group_name:t}, GID={gid:i}",
	"add '{user_name:t}' to <shadow >group '{group_name:t}'",
	"delete user '{user_name:t}'",
	"delete '{user_name:t}' from <shadow >group '{group_name:t}'",
	"group added to {group_dbname:t}: name={group_name:t}, GID={gid:i}",
	"group added to {group_dbname:t}: name={group_name:r}",
	"group '{group_name:t}' removed from {group_dbname:r}",
	"group '{group_name:t}' removed",
	"removed group '{group_name:t}' owned by '{user_name:t}'",
)

var dhclient = compile(
	"{dhcp_type} on {dhcp_client_interface} to {dhcp_server_addr:a} port {dhcp_server_port:i} interval {dhcp_client_interval_seconds:i}<{*:r}>",
	"{dhcp_type} on {dhcp_client_interface} to {dhcp_server_addr:a} port {dhcp_server_port:i}< {*:r}>",
	"{dhcp_type} of {dhcp_client_addr:a} on {dhcp_client_interface} to {dhcp_server_addr:a} port {dhcp_server_port:i}< {*:r}>",
	"{dhcp_type} for {dhcp_client_addr:a} on {dhcp_client_interface} to {dhcp_server_addr:a} port {dhcp_server_port:i}< {*:r}>",
	"{dhcp_type} of {dhcp_client_addr:a} from {dhcp_server_addr:a}< {*:r}>",
	"{dhcp_type} from {dhcp_server_addr:a}< {*:r}>",
	"bound to {dhcp_client_addr:a} -- renewal in {dhcp_client_renewal_seconds:i} seconds.",
)

var dhcpd = compile(
	"{dhcp_type}< for| of> {dhcp_client_addr:a}< ({dhcp_server_addr:a})> from {dhcp_client_hw_addr}< ({dhcp_client_hostname:t})> via {dhcp_source}: {dhcp_message:r}",
	"{dhcp_type}< for| of> {dhcp_client_addr:a}< ({dhcp_server_addr:a})> from {dhcp_client_hw_addr}< ({dhcp_client_hostname:t})> via {dhcp_source}< ({dhcp_message:t})>",
	"{dhcp_type} on {dhcp_client_addr:a} to {dhcp_client_hw_addr}< ({dhcp_client_hostname:t})> via {dhcp_source}< {dhcp_message:r}>",
	"{dhcp_type} from {dhcp_client_hw_addr}< ({dhcp_client_hostname:t})> via {dhcp_source}: {dhcp_message:r}",
	"{dhcp_type} from {dhcp_client_hw_addr}< ({dhcp_client_hostname:t})> via {dhcp_source}",
)
