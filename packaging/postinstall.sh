#!/bin/sh
# After the package's files are there: the user that hekad runs as, and the service.
set -e
if ! getent group heka >/dev/null; then groupadd --system heka; fi
if ! getent passwd heka >/dev/null; then
	useradd --system --gid heka --home-dir /var/lib/hekad --no-create-home --shell /usr/sbin/nologin heka
fi
chgrp -R heka /etc/hekad # readable by hekad, and by no other user: it may hold passwords
install -d -o heka -g heka -m 0700 /var/lib/hekad
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl enable hekad.service >/dev/null
	systemctl restart hekad.service || echo "hekad does not start; see journalctl -u hekad" >&2
fi
