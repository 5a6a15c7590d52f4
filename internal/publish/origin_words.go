package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/redact"
)

// named is a foreign name among words of ours. One that holds anything which could
// end it and begin a word of ours is quoted: a model by the name of "x, operator
// alice" must not be read as one.
func named(s string) string { return quote(redact.Cut(s, maxWord)) }

func quote(s string) string {
	foreign := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("-._~:/@+=?&%#!*"+redact.Ellipsis, r)
	}
	if s != "" && !strings.HasPrefix(s, "::") && !strings.ContainsFunc(s, foreign) {
		return s
	}
	return quoted(s)
}

// quoted is one text between quotes. None of its own ends it, nor looks as if.
func quoted(s string) string { return `"` + quotes.Replace(s) + `"` }

var quotes = strings.NewReplacer(`"`, "'", "\u201c", "'", "\u201d", "'", "\u201e", "'", "\u201f", "'", "\u2033", "'", "\uff02", "'")

// owner is "agent claw" or the like: a word of ours and an id of the policy.
func owner(s string) string {
	kind, id, ok := strings.Cut(s, " ")
	if !ok {
		return named(s)
	}
	return named(kind) + " " + named(id)
}

func kindText(kind string) string {
	if kind == "other" {
		return "statement of another kind"
	}
	return named(kind)
}

// which names the commits of a group; count is empty for a single one.
func (g *originGroup) which() (count string, ids []string) {
	n := len(g.commits)
	if g.all && n > 1 {
		return fmt.Sprintf("all %d commits", n), nil
	}
	for _, o := range g.commits {
		ids = append(ids, quote(short(o.Commit)))
	}
	if n > 1 {
		count = fmt.Sprintf("%d commits", n)
	}
	return count, ids
}

// listed names commits: the first and the last of a run, else as many as fit.
func (g *originGroup) listed(ids []string) string {
	const most = 4
	switch {
	case len(ids) > 2 && g.run:
		return ids[0] + " to " + ids[len(ids)-1]
	case len(ids) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most-1], ", "), len(ids)-most+1)
	}
	return strings.Join(ids, ", ")
}

// proved says what was proved of the commits, by their signature.
func (g *originGroup) proved() string {
	level, signed := levelText(g.first().Level), g.signed()
	if level == "signed" && g.first().SignedBy != "" {
		return signed
	}
	return level + ", " + signed
}

func levelText(level string) string {
	if level == "" {
		return "nothing proved"
	}
	return named(level)
}

func (g *originGroup) signed() string {
	o := g.first()
	t := "no signature that counts"
	if o.SignedBy != "" {
		t = "signed by " + owner(o.SignedBy)
		if o.Key != "" {
			t += ", " + keyText(keyOf(o.Key))
		}
	}
	return join2(t, g.marks())
}

// marks says who else had a hand in the commits. It is no proof, and does not sound
// like one.
func (g *originGroup) marks() string {
	o := g.first()
	if o.Human {
		return "a person's own work"
	}
	var names []string
	for _, id := range o.Agents {
		by := "agent " + id
		if by != o.SignedBy && !slices.ContainsFunc(g.claims, func(s *checks.Said) bool { return s.By == by }) {
			names = append(names, named(id))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "marked as work of agent " + some(names)
}

func join2(a, b string) string {
	if b == "" {
		return a
	}
	return a + ", " + b
}

// some is a short list.
func some(list []string) string {
	if len(list) > maxModels {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:maxModels], ", "), len(list)-maxModels)
	}
	return strings.Join(list, " and ")
}

// keyOf names the key of a signature: what kind of name it is, and the name. A key
// that an authority certified is two names.
func keyOf(key string) (what string, names []string) {
	for _, prefix := range []string{"SHA256:", "openpgp:", "did:"} {
		if strings.HasPrefix(key, prefix) {
			for k := range strings.SplitSeq(key, certifiedBy) {
				names = append(names, redact.Cut(k, maxKey))
			}
			return "key", names[:min(len(names), 2)]
		}
	}
	return "certificate", []string{redact.Cut(key, maxName)}
}

const certifiedBy = " certified by "

// how says by what a statement was signed.
func (g *originGroup) how(s *checks.Said) (what string, names []string) {
	switch {
	case s.Signer != "" && s.Signer == g.first().Key:
		return "same key", nil
	case s.Proof == "keyless":
		return "certificate", []string{redact.Cut(s.Signer, maxName)}
	}
	return keyOf(s.Signer)
}

func keyText(what string, names []string) string {
	if len(names) == 0 {
		return what
	}
	var list []string
	for _, n := range names {
		list = append(list, quote(n))
	}
	return what + " " + strings.Join(list, certifiedBy)
}

// claim is what one statement of an agent says. That the agent says it is proved;
// that it is so is not.
func (g *originGroup) claim(s *checks.Said) string {
	if s.Kind == kindClawCommit {
		return owner(s.By) + " vouches for it (" + keyText(g.how(s)) + "), in a form that has no model, no operator, no task"
	}
	var parts []string
	if a := callsItself(s); a != "" {
		parts = append(parts, "calls itself "+a)
	}
	for _, f := range []struct{ name, text string }{{"model", modelsOf(s)}, {"operator", operatorOf(s)}, {"task", taskOf(s)}} {
		if f.text == "" {
			parts = append(parts, "no "+f.name)
		} else {
			parts = append(parts, f.name+" "+f.text)
		}
	}
	if s.Session != "" {
		parts = append(parts, "session "+named(s.Session))
	}
	return owner(s.By) + " says (" + keyText(g.how(s)) + "): " + strings.Join(parts, ", ")
}

// callsItself is the agent's own name for itself, when it is another than the policy's.
func callsItself(s *checks.Said) string {
	if s.Agent == "" || strings.EqualFold("agent "+s.Agent, s.By) {
		return ""
	}
	return named(s.Agent)
}

func modelsOf(s *checks.Said) string {
	var list []string
	for _, m := range s.Models[:min(len(s.Models), maxModels+1)] {
		list = append(list, named(m))
	}
	if n := len(s.Models) - maxModels; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:maxModels], ", "), n)
	}
	return some(list)
}

func operatorOf(s *checks.Said) string {
	switch {
	case s.Operator == "" && s.OnBehalf == "":
		return ""
	case s.OnBehalf == "":
		return named(s.Operator)
	case s.Operator == "":
		return "unnamed on behalf of " + named(s.OnBehalf)
	}
	return named(s.Operator) + " on behalf of " + named(s.OnBehalf)
}

// taskOf is the task's address, long enough to be followed, or the digest of the
// instruction.
func taskOf(s *checks.Said) string {
	switch {
	case s.Task != "":
		return quote(redact.Cut(s.Task, maxName))
	case s.TaskText != "":
		alg, sum, _ := strings.Cut(s.TaskText, ":")
		return "by digest " + named(alg) + " " + named(short(sum))
	}
	return ""
}

// told is everything said of the commits, a line each.
func (g *originGroup) told() []string {
	var out []string
	for i, s := range g.claims {
		if i == maxClaims {
			out = append(out, fmt.Sprintf("and %s by agents", checks.Plural(len(g.claims)-i, "more statement", "more statements")))
			break
		}
		out = append(out, g.claim(s))
	}
	if len(g.others) > 0 {
		out = append(out, "also told: "+some(g.others))
	}
	return out
}

// line is a group in one line, for formats without an order of their own.
func (g *originGroup) line() string {
	return g.name() + ": " + strings.Join(append([]string{g.proved()}, g.told()...), "; ")
}

// name is which commits they are, and the subject line of a single one.
func (g *originGroup) name() string {
	count, ids := g.which()
	switch {
	case len(ids) == 0:
		return count
	case count == "":
		return ids[0] + " " + quoted(redact.Cut(g.first().Subject, maxWord))
	}
	return count + ", " + g.listed(ids)
}
