package exposure

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// Network policies of Kubernetes open nothing by themselves: a pod that no policy
// selects takes every connection that the cluster lets in, and the first policy that
// selects it can only narrow that. So a new policy is told only if another one of the
// plan may have selected the same pods before; and nothing that a policy allows is
// called the world, for whether anybody outside reaches a pod is decided elsewhere.

const podsPrefix = "pods "

// podsKey names the pods of a policy by namespace and selector.
func podsKey(namespace, selector string) string {
	return podsPrefix + jsonText([]string{known(Source{Name: namespace}).Name, known(Source{Name: selector}).Name})
}

// pods are what a policy selects, as far as it is known.
type pods struct {
	namespace string // empty: not known
	labels    map[string]string
}

// podsOf reads a key. Of a selector only the labels with one value are of use.
func podsOf(key string) pods {
	var parts []string
	key = strings.TrimSuffix(key, isolation)
	if json.Unmarshal([]byte(strings.TrimPrefix(key, podsPrefix)), &parts) != nil || len(parts) != 2 {
		return pods{}
	}
	p := pods{namespace: parts[0], labels: map[string]string{}}
	d := json.NewDecoder(strings.NewReader(parts[1]))
	for {
		var term struct {
			Key      string
			Operator any
			Values   any
		}
		if d.Decode(&term) != nil {
			return p
		}
		if v, ok := term.Values.(string); ok && term.Operator == nil {
			p.labels[term.Key] = v
		}
	}
}

// apart reports whether no pod can be both.
func (p pods) apart(o pods) bool {
	if p.namespace == "" || o.namespace == "" {
		return false
	}
	if p.namespace != o.namespace {
		return true
	}
	for k, v := range p.labels {
		if w, ok := o.labels[k]; ok && v != w {
			return true
		}
	}
	return false
}

// withoutNewPolicies leaves out what a policy allows to pods that no policy of the plan
// selected before.
func (s *Set) withoutNewPolicies(fs []*fragment, work *budget) ([]*fragment, error) {
	if !slices.ContainsFunc(fs, func(f *fragment) bool { return f.pods != 0 }) {
		return fs, nil
	}
	type selected struct {
		key int32
		dir direction
	}
	keys := map[selected]bool{}
	was := map[direction][]pods{}
	for i := range s.resources {
		for j := range s.resources[i].before {
			b := &s.resources[i].before[j]
			if k := (selected{b.owner, b.dir}); b.deny && !keys[k] && strings.HasPrefix(s.text1[b.owner], podsPrefix) && strings.HasSuffix(s.text1[b.owner], isolation) {
				keys[k] = true
				was[b.dir] = append(was[b.dir], podsOf(s.text1[b.owner]))
			}
		}
	}
	may := map[selected]bool{}
	var err error
	out := slices.DeleteFunc(slices.Clone(fs), func(f *fragment) bool {
		if f.pods == 0 || err != nil {
			return false
		}
		k := selected{f.pods, f.dir}
		kept, asked := may[k]
		if !asked {
			if err = work.spend(len(was[f.dir])); err != nil {
				return false
			}
			p := podsOf(s.text1[f.pods])
			kept = slices.ContainsFunc(was[f.dir], func(o pods) bool { return !p.apart(o) })
			may[k] = kept
		}
		return !kept
	})
	return out, err
}

// markPods tells the fragments of a network policy from others.
func (s *Set) markPods(g *group, fs []*fragment) {
	if !strings.HasPrefix(g.key, podsPrefix) {
		return
	}
	for _, f := range fs {
		f.pods = s.text(g.key)
	}
}

// mergeFamilies makes one fact of two that differ only in the address family, where
// both are everybody: of a service's endpoint, and of a network policy. The facts are
// sorted.
func mergeFamilies(es []checks.Exposure) []checks.Exposure {
	type same struct {
		address, direction, protocol, through string
		from, to                              int
		sensitive, hidden, admin              bool
	}
	at := map[same]int{}
	var out []checks.Exposure
	for i := range es {
		e := &es[i]
		if !everybodyShown(e) {
			out = append(out, *e)
			continue
		}
		k := same{e.Address, e.Direction, e.Protocol, e.Through, e.FromPort, e.ToPort, e.Sensitive, e.Hidden, e.Admin}
		if n, ok := at[k]; ok && out[n].Family == "ipv4" && e.Family == "ipv6" {
			x := &out[n]
			x.Family = "any"
			if !x.Sensitive {
				x.Sources = []string{"0.0.0.0/0", "::/0"}
			}
			if x.World {
				x.Source = ""
			}
			continue
		}
		at[k] = len(out)
		out = append(out, *e)
	}
	slices.SortFunc(out, compareExposures)
	return out
}

// everybodyShown reports whether a fact is about a whole address family, and one that
// may be told with the other family.
func everybodyShown(e *checks.Exposure) bool {
	if e.Unknown {
		return false
	}
	whole := e.Source == "0.0.0.0/0" || e.Source == "::/0"
	switch e.Through {
	case checks.ThroughEndpoint:
		return e.World && (whole || e.Sensitive)
	case checks.ThroughACL:
		return !e.World && whole
	}
	return false
}
