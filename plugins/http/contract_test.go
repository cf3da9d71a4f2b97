package http

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("HttpInput", func(t *testing.T) { plugintest.Run(t, "HttpInput", "") })
	t.Run("HttpOutput", func(t *testing.T) { plugintest.Run(t, "HttpOutput", "") })
}
