#!/bin/sh
# Installs the peers that hekad is measured beside, under .peers/ here: rsyslog and
# syslog-ng from Debian's packages, unpacked and not installed, because the two
# conflict and because an installed one would start; with --telegraf also Telegraf,
# built from its Go module with only the plugins that are used (some minutes).
# Run as root on Debian 12. Nothing is started.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peers=$here/.peers
mkdir -p "$peers/bin" "$peers/deb"
export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -y -qq --no-install-recommends \
	libestr0 libfastjson4 libivykis0 liblognorm5 libnet1 libpcre3 libwrap0 >/dev/null
(
	cd "$peers/deb"
	rm -f ./*.deb
	apt-get download -qq rsyslog syslog-ng-core
	for deb in *.deb; do dpkg -x "$deb" "$peers/root"; done
)
lib=$peers/root/usr/lib
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")

cat >"$peers/bin/rsyslogd" <<END
#!/bin/sh
exec $peers/root/usr/sbin/rsyslogd -M $lib/$multiarch/rsyslog "\$@"
END
cat >"$peers/bin/syslog-ng" <<END
#!/bin/sh
export LD_LIBRARY_PATH=$lib/syslog-ng
exec $peers/root/usr/sbin/syslog-ng --module-path=$(echo "$lib"/syslog-ng/3.*) "\$@"
END
chmod +x "$peers/bin/rsyslogd" "$peers/bin/syslog-ng"

if [ "${1:-}" = --telegraf ]; then
	mkdir -p "$peers/telegraf"
	cd "$peers/telegraf"
	printf 'module peer\n\ngo 1.25\n\nrequire github.com/influxdata/telegraf v1.37.2\n' >go.mod
	printf 'package peer\n\nimport _ "github.com/influxdata/telegraf"\n' >peer.go
	go mod tidy
	CGO_ENABLED=0 go build -mod=mod -o "$peers/bin/telegraf" -tags \
		custom,inputs.socket_listener,inputs.tail,inputs.syslog,outputs.file,outputs.socket_writer,parsers.value,parsers.grok,parsers.influx,serializers.json,serializers.influx \
		github.com/influxdata/telegraf/cmd/telegraf
fi
ls "$peers/bin"
