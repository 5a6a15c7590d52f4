package policy

import (
	"time"

	"go.yaml.in/yaml/v4"
)

// life is from when to when a key or a DID counts.
type life struct {
	what                           string // "key" or "DID"
	notBefore, notAfter, revokedAt *time.Time
	reason                         *string
	afterAt, revokedNode, reasonAt *yaml.Node
}

func (r *reader) lifeFields(l *life) []field {
	return []field{
		opt("not_before", r.moment(l.notBefore)),
		opt("not_after", func(v *yaml.Node) { l.afterAt = v; r.moment(l.notAfter)(v) }),
		opt("revoked_at", func(v *yaml.Node) { l.revokedNode = v; r.moment(l.revokedAt)(v) }),
		opt("reason", func(v *yaml.Node) { l.reasonAt = v; r.prose(l.reason)(v) }),
	}
}

func (r *reader) checkLife(l *life) {
	if !l.notBefore.IsZero() && !l.notAfter.IsZero() && !l.notAfter.After(*l.notBefore) {
		r.bad(l.afterAt, "make not_after later than not_before", "this %s would never be valid: not_after is not later than not_before", l.what)
	}
	switch {
	case l.revokedNode != nil && l.reasonAt == nil:
		r.bad(l.revokedNode, "add reason: what happened to the key", "a revoked %s needs the key %q", l.what, "reason")
	case l.reasonAt != nil && l.revokedNode == nil:
		r.bad(l.reasonAt, "add revoked_at, or remove the reason", "%q belongs to a revoked %s, and this one is not", "reason", l.what)
	}
}

func (r *reader) moment(dst *time.Time) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, ok := r.value(n)
		if !ok {
			return
		}
		t, ok := parseTime(s)
		if !ok {
			r.bad(n, "write it like 2026-12-01 (from midnight UTC) or 2026-12-01T09:00:00Z", "%q wants a date, and this is %q", r.key, clip(s))
			return
		}
		*dst = t
	}
}
