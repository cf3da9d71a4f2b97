// Package all links every plugin that hekad has: one line each, nothing else.
package all

import (
	_ "github.com/heka-project/heka/plugins/accesslog"
	_ "github.com/heka-project/heka/plugins/framing"
	_ "github.com/heka-project/heka/plugins/grouping"
	_ "github.com/heka-project/heka/plugins/json"
	_ "github.com/heka-project/heka/plugins/multi"
	_ "github.com/heka-project/heka/plugins/nullsplit"
	_ "github.com/heka-project/heka/plugins/payload"
	_ "github.com/heka-project/heka/plugins/protobuf"
	_ "github.com/heka-project/heka/plugins/regexsplit"
	_ "github.com/heka-project/heka/plugins/rst"
	_ "github.com/heka-project/heka/plugins/scribble"
	_ "github.com/heka-project/heka/plugins/syslog"
	_ "github.com/heka-project/heka/plugins/token"
)
