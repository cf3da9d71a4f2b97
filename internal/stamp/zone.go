package stamp

import (
	"time"
	_ "time/tzdata" // for machines without a database: Windows, containers made from scratch
)

// Zone finds a time zone by its IANA name, "UTC" or "Local"; "" is UTC.
func Zone(name string) (*time.Location, error) { return time.LoadLocation(name) }
