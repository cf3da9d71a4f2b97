// Package all links every plugin that hekad has: one line each, nothing else.
package all

import (
	_ "github.com/heka-project/heka/plugins/accesslog"
	_ "github.com/heka-project/heka/plugins/counter"
	_ "github.com/heka-project/heka/plugins/file"
	_ "github.com/heka-project/heka/plugins/framing"
	_ "github.com/heka-project/heka/plugins/grouping"
	_ "github.com/heka-project/heka/plugins/host"
	_ "github.com/heka-project/heka/plugins/json"
	_ "github.com/heka-project/heka/plugins/jsondecode"
	_ "github.com/heka-project/heka/plugins/logout"
	_ "github.com/heka-project/heka/plugins/logstreamer"
	_ "github.com/heka-project/heka/plugins/multi"
	_ "github.com/heka-project/heka/plugins/null"
	_ "github.com/heka-project/heka/plugins/nullsplit"
	_ "github.com/heka-project/heka/plugins/payload"
	_ "github.com/heka-project/heka/plugins/payloadregex"
	_ "github.com/heka-project/heka/plugins/protobuf"
	_ "github.com/heka-project/heka/plugins/regexsplit"
	_ "github.com/heka-project/heka/plugins/rst"
	_ "github.com/heka-project/heka/plugins/scribble"
	_ "github.com/heka-project/heka/plugins/syslog"
	_ "github.com/heka-project/heka/plugins/tcp"
	_ "github.com/heka-project/heka/plugins/token"
	_ "github.com/heka-project/heka/plugins/udp"
)
