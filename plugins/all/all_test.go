package all

import (
	"testing"

	"github.com/heka-project/heka/plugin/plugintest"
)

// The pages name plugins of one another: here all of them are known.
func TestDocs(t *testing.T) { plugintest.CheckAll(t) }
