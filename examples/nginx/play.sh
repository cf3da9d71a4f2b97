#!/bin/sh
# Writes an access log as a busy server would, and rotates it like logrotate, so
# that the example can be watched without a web server:
#
#   play.sh FOLDER [LINES A ROTATION [ROTATIONS]]
set -eu
dir=${1:?which folder?}
lines=${2:-1000}
rotations=${3:-5}
mkdir -p "$dir"
log=$dir/access.log

n=0
r=0
while [ "$r" -lt "$rotations" ]; do
	i=0
	while [ "$i" -lt "$lines" ]; do
		printf '192.0.2.%d - - [%s] "GET /item/%d HTTP/1.1" %d %d "-" "curl/8.5.0"\n' \
			$((n % 250 + 1)) "$(date '+%d/%b/%Y:%H:%M:%S %z')" "$n" $((n % 20 ? 200 : 404)) $((n % 5000))
		i=$((i + 1))
		n=$((n + 1))
	done >>"$log"
	r=$((r + 1))
	# The oldest are compressed, as with delaycompress.
	k=$r
	while [ "$k" -gt 1 ]; do
		from=$dir/access.log.$((k - 1))
		[ -e "$from" ] && mv "$from" "$dir/access.log.$k" && gzip "$dir/access.log.$k"
		[ -e "$from.gz" ] && mv "$from.gz" "$dir/access.log.$k.gz"
		k=$((k - 1))
	done
	mv "$log" "$dir/access.log.1"
	: >"$log"
done
echo "$n lines written, $rotations rotations"
