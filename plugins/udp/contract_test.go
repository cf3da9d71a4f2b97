package udp

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("UdpInput", func(t *testing.T) { plugintest.Run(t, "UdpInput", "") })
	t.Run("UdpOutput", func(t *testing.T) { plugintest.Run(t, "UdpOutput", "") })
}
