#!/bin/sh
# Before the package's files go. What hekad has gathered in /var/lib/hekad stays.
set -e
if [ "$1" != upgrade ] && [ -d /run/systemd/system ]; then
	systemctl disable --now hekad.service >/dev/null || true
fi
