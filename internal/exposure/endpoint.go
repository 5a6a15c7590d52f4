package exposure

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// endpoint reads a managed service that says itself who may connect to it. It has one
// port, that of its protocol, and not every port there is; other ports of the same
// service (AMQP beside HTTPS) are open to the same. A service that is new and open is
// as its maker meant it, and still asks for credentials; one that becomes open is not.
func endpoint(x extract, ports ...int) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		lines := onPorts(x, ports...)(c, s)
		if c.Before == nil && isNew(c, s) {
			for i := range lines {
				lines[i].Through = checks.ThroughEndpoint
			}
		}
		return lines
	}
}

// onPorts gives the lines of a service the ports that it is known to have; without
// ports they keep those they have.
func onPorts(x extract, ports ...int) extract {
	return func(c *tfvalue.Change, s tfvalue.Side) []Line {
		lines := x(c, s)
		if len(ports) == 0 {
			return lines
		}
		var out []Line
		for _, l := range lines {
			if l.Direction != "" {
				out = append(out, spread([]Line{l}, tcpPorts(ports...))...)
			} else {
				out = append(out, l)
			}
		}
		return out
	}
}
