package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"
)

// askHekad asks a running hekad how many messages one of its outputs has had, so
// that loss is seen also where the output throws everything away.
func askHekad(socket, output string) (int, error) {
	client := http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		}},
	}
	resp, err := client.Get("http://localhost/report?format=json")
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var report struct {
		Outputs []map[string]json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
		return 0, fmt.Errorf("hekad's report: %w", err)
	}
	for _, o := range report.Outputs {
		var name string
		var count struct{ Value int }
		if json.Unmarshal(o["Name"], &name) != nil || name != output {
			continue
		}
		if err := json.Unmarshal(o["ProcessMessageCount"], &count); err != nil {
			return 0, fmt.Errorf("hekad's report of %s: %w", output, err)
		}
		return count.Value, nil
	}
	return 0, fmt.Errorf("hekad's report knows no output %q", output)
}
