package syslog

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) {
	plugintest.Run(t, "SyslogDecoder", "")
	plugintest.Run(t, "SyslogSplitter", "")
	plugintest.Run(t, "SyslogEncoder", "")
}
