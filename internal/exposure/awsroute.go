package exposure

import (
	"strings"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A route to an internet gateway makes the subnets of its table public: addresses it
// leads to can come in, and those they answer to. Routes to anything else let nobody
// in.

func awsRoute(c *tfvalue.Change, s tfvalue.Side) []Line {
	f := root(s)
	l := everything(Owner{f.id("route table", "route_table_id"), "route_table_id"}, "ingress")
	l.Sensitive = marked(c)
	return awsOwned(l, awsRouteSources(l, f, true, "destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"))
}

func awsRouteTable(c *tfvalue.Change, s tfvalue.Side) []Line {
	l := everything(Owner{ID: root(s).id("route table", "id")}, "ingress")
	l.Sensitive = marked(c, "route")
	out := []Line{{Owner: l.Owner}}
	routes, computed := blocks(c, s, "route")
	for _, f := range routes {
		switch {
		case computed:
			out = append(out, l.unknown("route"))
		case f == nil:
			out = append(out, l.unknown())
		default:
			out = append(out, awsRouteSources(l, f, false, "cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")...)
		}
	}
	return out
}

func awsRouteSources(l Line, f fields, alone bool, v4, v6, list string) []Line {
	gateway := ""
	for _, name := range []string{"gateway_id", "carrier_gateway_id"} {
		v, ok := f(name)
		id, isText := v.Text()
		switch {
		case !ok, isText && (id == "" || id == "local" || strings.HasPrefix(id, "vgw-") || strings.HasPrefix(id, "vpce-")):
			continue
		case v.Unknown || !isText:
			l.Unclear = true // which gateway is known only after apply
		}
		gateway = name
	}
	if gateway == "" {
		return nil
	}
	out := append(l.from(f, alone, address, v4, v6), l.from(f, alone, awsListName(SourceNamed), list)...)
	if l.Unclear && alone {
		for i := range out {
			if len(out[i].Needs) == 0 {
				out[i].Needs = []string{gateway}
			}
		}
	}
	return out
}
