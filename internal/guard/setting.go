package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// A setting is a parameter of a server that has a name and a value of its own,
// rather than an attribute.
type setting struct {
	note string
	rank map[string]int // words by how much they hold; none: it holds while it is on
}

// settings are found by their names. Source: documentation of the databases and of
// Cloudflare's zone settings.
var settings = func() map[string]setting {
	m := map[string]setting{
		"ssl": {note: "connections may be in the clear, or to a server that nobody checked", rank: map[string]int{
			"flexible": 1, "full": 2, "on": 2, "1": 2, "true": 2, "strict": 3, "origin_pull": 4,
		}},
		"min_tls_version":             {note: tlsKnob.note, rank: tlsKnob.rank},
		"waf":                         {note: "attacks are let through"},
		"tls_client_auth":             {note: "clients need no certificate"},
		"cloudsql.iam_authentication": {note: "passwords alone say who may connect"},
		"cloudsql_iam_authentication": {note: "passwords alone say who may connect"},
		"connection_throttling":       {note: "passwords can be tried without end"},
		"connection_throttle.enable":  {note: "passwords can be tried without end"},
	}
	for _, name := range []string{"rds.force_ssl", "require_secure_transport", "require_ssl", "neptune_enforce_ssl", "tls", "always_use_https"} {
		m[name] = setting{note: "connections may be in the clear"}
	}
	for _, name := range []string{
		"log_connections", "log_disconnections", "audit_logs", "audit_log_enabled", "server_audit_logging", "neptune_enable_audit_log",
		"enable_user_activity_logging", "cloudsql.enable_pgaudit", "cloudsql_mysql_audit",
	} {
		m[name] = setting{note: "less is recorded"}
	}
	return m
}()

// settingLists are where lists of settings stand.
var settingLists = []string{"parameter[]", "parameters[]", "settings[].database_flags[]", "flags[]"}

// named judges settings that an object had. One that is not said any more is as the
// server has it, which may be on; but nobody says so.
func (j *judge) named(was, now tfvalue.Side) {
	if !was.Exists() || !now.Exists() {
		return
	}
	for _, path := range settingLists {
		old := was.All(path)
		if len(old) == 0 {
			continue
		}
		after, open := map[string]tfvalue.Value{}, false
		for _, e := range now.All(path) {
			name, _ := e.Member("name")
			if e.Unknown || name.Unknown {
				open = true
				continue
			}
			after[lower(name)], _ = e.Member("value")
		}
		for _, e := range old {
			name, _ := e.Member("name")
			value, _ := e.Member("value")
			a, ok := after[lower(name)]
			if !ok && open {
				a = tfvalue.Value{Unknown: true}
			}
			value.Sensitive = value.Sensitive || name.Sensitive
			j.set(lower(name), path, value, a)
		}
	}
	// One setting that is an object of its own.
	for _, key := range []string{"name", "setting_id"} {
		name, ok := now.At(key)
		if !ok || !strings.HasSuffix(j.c.Type, "_configuration") && j.c.Type != "cloudflare_zone_setting" {
			continue
		}
		if before, _ := was.At(key); lower(before) != lower(name) {
			continue
		}
		b, _ := was.At("value")
		a, _ := now.At("value")
		j.set(lower(name), "value", b, a)
	}
}

func (j *judge) set(name, where string, b, a tfvalue.Value) {
	s, ok := settings[name]
	if !ok {
		return
	}
	weaker := switched(b) && (a.Unknown || !switched(a))
	if s.rank != nil {
		was := s.rank[lower(b)]
		weaker = was > 0 && (a.Unknown || s.rank[lower(a)] < was)
	}
	if !weaker {
		return
	}
	p := j.c.Pend(checks.ConsequenceGuardrailOff, where)
	p.Note, p.What, p.Sensitive = name+": "+s.note, []string{name}, b.Sensitive || a.Sensitive
	p.Before, p.After = b.Word(), a.Word()
	if p.Sensitive {
		p.Note = s.note
	}
	if a.Unknown {
		top, _, _ := strings.Cut(where, "[]")
		p.Unknown, p.Needs = true, []string{top}
	}
	j.tell(p)
}
