#!/bin/sh
# compare.sh for the kernels of the libraries: LPeg and JSON beside Debian's lua-lpeg
# and lua-cjson.
set -e
here=$(cd "$(dirname "$0")" && pwd)
l=../../lpeg/testdata/bench j=../../cjson/testdata/bench
exec sh "$here/compare.sh" $l/nginx $l/simple $l/search $j/message $j/encode $j/both
