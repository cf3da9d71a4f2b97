package stamp

import (
	"sync"
	"time"
	_ "time/tzdata" // for machines without a database: Windows, containers made from scratch
)

var zones sync.Map // name → *time.Location; as many as there are names in use

// Zone finds a time zone by its IANA name, "UTC" or "Local"; "" is UTC. Zones are
// kept, so that the decoders of many streams share them.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, loc)
	}
	return loc, err
}
