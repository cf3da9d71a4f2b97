package tcp

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("TcpInput", func(t *testing.T) { plugintest.Run(t, "TcpInput", "") })
	t.Run("TcpOutput", func(t *testing.T) { plugintest.Run(t, "TcpOutput", "") })
}
