package process

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("ProcessInput", func(t *testing.T) { plugintest.Run(t, "ProcessInput", "") })
	t.Run("ProcessDirectoryInput", func(t *testing.T) { plugintest.Run(t, "ProcessDirectoryInput", "") })
}
