package cef

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "CefDecoder", "") }
