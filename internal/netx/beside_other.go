//go:build !linux

package netx

import (
	"context"
	"net"
)

// Other systems do not let two sockets of a process share a port in this way.

func listenBeside(context.Context, []any, string, string, KeepAlive) (net.Listener, bool) {
	return nil, false
}

func listenPacketBeside(context.Context, []any, string, string, int) ([]PacketConn, bool) {
	return nil, false
}
