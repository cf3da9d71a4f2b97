package nullsplit

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// TestContract tries the laws that all plugins keep.
func TestContract(t *testing.T) {
	t.Run("NullSplitter", func(t *testing.T) { plugintest.Run(t, "NullSplitter", "") })
}
