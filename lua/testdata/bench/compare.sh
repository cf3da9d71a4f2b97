#!/bin/sh
# Compares this Lua with Debian's lua5.1 in one run, in processor time: each
# kernel by the same driver, the two in turn, limits on for ours. Run it from
# anywhere; kernels may be named.
set -e
here=$(cd "$(dirname "$0")" && pwd)
command -v lua5.1 >/dev/null || { echo "lua5.1 is not installed: nothing to compare with"; exit 0; }
ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
(cd "$here/../.." && go build -o "$ours" ./cmd/lua)
cd "$here"
[ $# -gt 0 ] || set -- filter fib nbody loop table concat gsub
for kernel in "$@"; do
	a=""; b=""
	for round in 1 2 3; do
		x=$("$ours" -instructions 1000000000000 -memory 8388608 driver.lua "$kernel.lua" 3)
		y=$(lua5.1 driver.lua "$kernel.lua" 3)
		a="$a $x"; b="$b $y"
	done
	echo "$kernel$a$b"
done | awk '
	function least(from,   i, m) { m = $from; for (i = from + 1; i < from + 3; i++) if ($i < m) m = $i; return m }
	{ a = least(2); b = least(5); printf "%-8s ours %12.1f ns   lua5.1 %12.1f ns   ratio %.2f\n", $1, a, b, a / b; sum += log(a / b); n++ }
	END { printf "geometric mean %.2f\n", exp(sum / n) }'
