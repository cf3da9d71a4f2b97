package protobuf

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("ProtobufDecoder", func(t *testing.T) { plugintest.Run(t, "ProtobufDecoder", "") })
	t.Run("ProtobufEncoder", func(t *testing.T) { plugintest.Run(t, "ProtobufEncoder", "") })
}
