// Package all links every plugin that hekad has: one line each, nothing else.
package all

import (
	_ "github.com/heka-project/heka/plugins/accesslog"
	_ "github.com/heka-project/heka/plugins/framing"
	_ "github.com/heka-project/heka/plugins/grouping"
	_ "github.com/heka-project/heka/plugins/nullsplit"
	_ "github.com/heka-project/heka/plugins/protobuf"
	_ "github.com/heka-project/heka/plugins/regexsplit"
	_ "github.com/heka-project/heka/plugins/token"
)
