package guard

import (
	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// sizes are numbers of the machines, tasks or copies that do the work of an object;
// of those that grow by themselves, the most they may have: what may have none has
// none. A least number of 0 is no outage. Source: documentation of the providers.
var sizes = map[string]bool{
	"desired_count": true, "desired_capacity": true, "desired_size": true, "replicas": true, "node_count": true, "instance_count": true,
	"target_size": true, "target_capacity": true, "max_size": true, "max_count": true, "max_node_count": true, "max_replicas": true,
	"max_capacity": true, "max_instance_count": true, "total_max_node_count": true, "machine_count": true, "number_of_nodes": true,
	"reserved_concurrent_executions": true,
}

// scaled judges a size that becomes 0: all of the object that works is gone, though
// the object stays. False when the attribute is none, or is another size than 0.
func (j *judge) scaled(w *walk, name string, b, a tfvalue.Value) bool {
	if !sizes[name] || w.gone {
		return false
	}
	was, ok := b.Number()
	is, also := a.Number()
	// Of the executions of a function, no limit is a number below 0.
	if !ok || was == 0 || !a.Unknown && (!also || is != 0) {
		return false
	}
	p := j.c.Pend(checks.ConsequencePartRemoved, w.where())
	p.Note, p.Before, p.After, p.Sensitive = "scaled to nothing: an outage", b.Word(), a.Word(), b.Sensitive || a.Sensitive
	if a.Unknown {
		p.Note, p.Unknown, p.Needs = "it may be scaled to nothing", true, []string{w.top()}
	}
	j.tell(p)
	return true
}
