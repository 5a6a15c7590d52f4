package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// reader walks the tree once and fills in a Policy. What needs the whole file,
// such as the names of people, is put off until the walk is over.
type reader struct {
	known     Known
	policy    Policy
	problems  []Problem
	key       string          // the key whose value is being read, for messages
	broken    bool            // the tree is too deep to be looked at further
	compared  int             // words compared for hints so far
	covered   int             // globs compared for shadowed rules so far
	people    map[string]bool // ids, once the file is read
	sortedID  []string        // the same, sorted
	later     []func()        // checks that need the whole file
	claims    []claim
	tierIDs   []named
	producers []named // by all that says which plan is meant
	joined    bool    // two policies in one, which were read before: see WithFloor

	// Where things stand, for warnings: aligned with the lists of policy, which
	// they are only used with when there is no error.
	agentsAt, peopleAt, attestorsAt, rulesAt, waiversAt []*yaml.Node
	tiersAt, producersAt, checksAt                      []*yaml.Node
	modeAt, deployAt, signersAt                         *yaml.Node
	keysAt                                              []keyAt
	identitiesAt                                        []identityAt
}

func (r *reader) wrong() bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return !p.Warning })
}

func (r *reader) at(line, column int, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) bad(n *yaml.Node, hint, format string, args ...any) {
	r.at(n.Line, n.Column, hint, format, args...)
}

func (r *reader) warn(n *yaml.Node, hint, format string, args ...any) {
	r.bad(n, hint, format, args...)
	r.problems[len(r.problems)-1].Warning = true
}

// onLine says where else something stands. Of two files in one it says nothing: the
// lines are those of neither.
func (r *reader) onLine(before string, n *yaml.Node) string {
	if r.joined {
		return ""
	}
	return fmt.Sprintf("%s %d", before, n.Line)
}

// field is one key of a mapping and the reader of its value.
type field struct {
	key      string
	read     func(*yaml.Node)
	required bool
}

func opt(key string, read func(*yaml.Node)) field  { return field{key, read, false} }
func need(key string, read func(*yaml.Node)) field { return field{key, read, true} }

// mapping reads a mapping with exactly these keys. what names it in messages: "a
// plan rule".
func (r *reader) mapping(n *yaml.Node, what string, fields ...field) bool {
	if n.Kind != yaml.MappingNode {
		r.wrongType(n, wantMapping)
		return false
	}
	if len(n.Content) == 0 {
		r.bad(n, "fill it in, or leave the key out", "%s with nothing in it", what)
		return false
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.key
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || isMerge(k) || seen[k.Value] {
			continue // reported with the tree
		}
		at := slices.Index(names, k.Value)
		if at < 0 {
			r.unknownKey(k, what, names)
			continue
		}
		seen[k.Value] = true
		outer := r.key
		r.key = k.Value
		if scalarKindOf(v) == kindNull {
			r.bad(v, "give it a value, or leave the key out", "%q has no value", k.Value)
		} else {
			fields[at].read(v)
		}
		r.key = outer
	}
	for _, f := range fields {
		if f.required && !seen[f.key] {
			r.bad(n, "add the key "+f.key, "%s needs the key %q", what, f.key)
		}
	}
	return true
}

func (r *reader) unknownKey(k *yaml.Node, what string, names []string) {
	hint := r.didYouMean(k.Value, names)
	if home := homeOf[k.Value]; home != "" && r.nearest(k.Value, names) == "" {
		hint = "it belongs to " + home
	}
	if hint == "" {
		hint = "known are " + strings.Join(names, ", ")
	}
	r.bad(k, hint, "unknown key %q in %s", clip(k.Value), what)
}

// homeOf says where keys belong that people tend to put elsewhere.
var homeOf = map[string]string{
	"tiers": "review", "conversations": "review", "checks": "review", "app_id": "an entry of review.checks", "account": "an entry of review.checks", "rules": "plan", "paths": "plan, or the when of a tier", "require": "provenance, plan or an environment of deploy",
	"saved": "plan", "workspaces": "plan", "mass_destroy": "plan", "resources": "plan", "tier": "an entry of plan.resources", "guards": "an entry of plan.resources",
	"producers": "plan", "workflow": "an entry of plan.producers", "artifact": "an entry of plan.producers", "plan_file": "an entry of plan.producers", "signers": "an entry of plan.producers",
	"labels": "the when of a tier", "size": "the when of a tier", "lines": "the size of a tier's when", "quote": "a tier of review.tiers", "codeowners": "a tier of review.tiers",
	"exposure": "the when of a plan rule", "port": "an exposure", "effect": "a rule of plan.rules", "need": "a tier of review.tiers", "bind": "a tier of review.tiers", "count": "a need of a tier",
	"keys": "an agent, a person or an attestor", "github_ids": "a person", "trailers": "an agent", "identities": "an agent or an attestor", "operators": "an agent",
	"app_ids": "an agent", "dids": "an agent", "file": "a key", "issuer": "an identity", "subject": "an identity", "source_repository": "an identity",
	"source_ref": "an identity", "source_digest": "an identity", "build_signer": "an identity", "runner": "an identity",
	"attestors": "provenance", "allowed_signers": "provenance", "trusted_roots": "provenance", "directory": "provenance", "signer_is_committer": "provenance",
	"markers": "provenance", "ignore": "provenance.markers",
	"confirm": "break_glass", "max_age": "plan or an environment of deploy", "plan_must_match": "an environment of deploy",
	"gate_files": "the top of the file, or the when of a tier", "people": "the top of the file, a need or break_glass", "teams": "the top of the file, a need or break_glass",
}

// What a value may be wanted to be.
const (
	wantText    = "text"
	wantList    = "a list"
	wantMapping = "keys with values"
	wantNumber  = "a whole number"
	wantBool    = "true or false"
	wantOne     = "the number 1"
)

// wrongType reports that a value is not of the kind that is meant.
func (r *reader) wrongType(n *yaml.Node, want string) {
	if n.Kind == yaml.AliasNode {
		return // reported with the tree
	}
	is := "a list"
	switch n.Kind {
	case yaml.MappingNode:
		is = "a mapping"
	case yaml.ScalarNode:
		is = string(scalarKindOf(n))
	}
	hint := map[string]string{
		wantText:    "write one value",
		wantList:    "begin each entry with a dash: - …",
		wantMapping: "write keys below it, indented, each with its value",
		wantNumber:  "write it in digits, without quotes",
		wantBool:    "write true or false, without quotes",
		wantOne:     "write version: 1, without quotes",
	}[want]
	if want == wantText && n.Kind == yaml.ScalarNode {
		hint = "put it in quotes"
		if !strings.ContainsFunc(n.Value, func(c rune) bool { return c == '"' || !unicode.IsPrint(c) }) {
			hint += `: "` + clip(n.Value) + `"`
		}
	}
	if scalarKindOf(n) == kindNull {
		hint = "give it a value, or leave it out"
	}
	r.bad(n, hint, "%q wants %s, and this is %s", r.key, want, is)
}

// clip bounds foreign text in messages.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// value reads text of a form of its own, such as a duration, where a bare number
// is no better as text and is left to fail by its form.
func (r *reader) value(n *yaml.Node) (string, bool) {
	if scalarKindOf(n) == kindNumber {
		return n.Value, true
	}
	return r.text(n)
}

// text reads one value of text. Line breaks and invisible characters have no
// place in a name, an address or a glob: "alice" and "alice" with a zero-width
// space are two people who look like one.
func (r *reader) text(n *yaml.Node) (string, bool) { return r.textIn(n, false) }

func (r *reader) textIn(n *yaml.Node, prose bool) (string, bool) {
	if scalarKindOf(n) != kindText {
		r.wrongType(n, wantText)
		return "", false
	}
	s := n.Value
	switch {
	case strings.TrimSpace(s) == "":
		r.bad(n, "write something, or leave the key out", "%q is empty", r.key)
	case len(s) > maxString:
		r.bad(n, fmt.Sprintf("keep it below %d bytes", maxString), "%q is too long: %d bytes", r.key, len(s))
	case !prose && strings.TrimSpace(s) != s:
		r.bad(n, "remove the spaces at its ends", "%q begins or ends with a space: %q", r.key, clip(s))
	case invisible(s, prose):
		r.bad(n, "write it anew by hand", "%q holds a character that cannot be seen: %+q", r.key, clip(s))
	default:
		return s, true
	}
	return "", false
}

// prose reads a reason for people.
func (r *reader) prose(dst *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, ok := r.textIn(n, true); ok {
			*dst = strings.TrimSpace(s)
		}
	}
}

// check reads text that must satisfy ok.
func (r *reader) check(dst *string, ok func(*yaml.Node, string) bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, isText := r.text(n); isText && ok(n, s) {
			*dst = s
		}
	}
}

// oneOf reads a word out of a fixed set.
func oneOf[T ~string](r *reader, dst *T, words ...T) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if s, ok := r.text(n); ok && member(r, n, s, words) {
			*dst = T(s)
		}
	}
}

func member[T ~string](r *reader, n *yaml.Node, s string, words []T) bool {
	if slices.Contains(words, T(s)) {
		return true
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	hint := "use " + orList(names)
	if near := r.nearest(s, names); near != "" {
		hint = r.didYouMean(s, names)
	}
	r.bad(n, hint, "%q cannot be %q", r.key, clip(s))
	return false
}

// someOf reads a list of words out of a fixed set.
func someOf[T ~string](r *reader, dst *[]T, words ...T) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var list []string
		r.strings(&list, func(n *yaml.Node, s string) bool { return member(r, n, s, words) })(n)
		for _, s := range list {
			*dst = append(*dst, T(s))
		}
	}
}

// entries lists the entries of a list; a scalar stands for a list of one.
func (r *reader) entries(n *yaml.Node, scalarToo bool) []*yaml.Node {
	if scalarToo && n.Kind == yaml.ScalarNode {
		return []*yaml.Node{n}
	}
	if n.Kind != yaml.SequenceNode {
		r.wrongType(n, wantList)
		return nil
	}
	if len(n.Content) == 0 {
		r.bad(n, "leave the key out, or give at least one", "%q is an empty list, which could mean everything or nothing", r.key)
	}
	return n.Content
}

// strings reads a list of text, each entry once.
func (r *reader) strings(dst *[]string, ok func(*yaml.Node, string) bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		seen := map[string]bool{}
		list := r.entries(n, true)
		if len(list) > maxEntries {
			r.bad(list[maxEntries], "use globs, or a GitHub team, in place of long lists", "%q has more than %d entries", r.key, maxEntries)
			return
		}
		for _, e := range list {
			s, isText := r.text(e)
			if !isText {
				continue
			}
			if seen[s] {
				r.bad(e, "keep one of them", "%q lists %q twice", r.key, clip(s))
				continue
			}
			seen[s] = true
			if ok(e, s) {
				*dst = append(*dst, s)
			}
		}
	}
}

// items reads a list of mappings.
func items[T any](r *reader, dst *[]T, at *[]*yaml.Node, read func(*yaml.Node, *T)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		list := r.entries(n, false)
		if len(list) > maxEntries {
			r.bad(list[maxEntries], "put several into one where they say the same", "%q has more than %d entries", r.key, maxEntries)
			return
		}
		*dst = make([]T, len(list))
		for i, e := range list {
			read(e, &(*dst)[i])
		}
		if at != nil {
			*at = list
		}
	}
}

// number reads a whole number between low and high.
func number[T ~int | ~int64](r *reader, dst *T, low, high T) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if scalarKindOf(n) != kindNumber {
			r.wrongType(n, wantNumber)
			return
		}
		v, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || strconv.FormatInt(v, 10) != n.Value {
			r.bad(n, "write it in plain digits", "%q wants a whole number, and this is %q", r.key, clip(n.Value))
			return
		}
		if T(v) < low || T(v) > high {
			r.bad(n, fmt.Sprintf("use a number from %d to %d", low, high), "%q cannot be %d", r.key, v)
			return
		}
		*dst = T(v)
	}
}

// boolean reads true or false.
func (r *reader) boolean(dst *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if scalarKindOf(n) != kindBool {
			r.wrongType(n, wantBool)
			return
		}
		*dst = strings.EqualFold(n.Value, "true")
	}
}

// yes reads a condition that can only be switched on.
func (r *reader) yes(dst *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		r.boolean(dst)(n)
		if scalarKindOf(n) == kindBool && !*dst {
			r.bad(n, "leave the key out: a condition can only add demands", "%q cannot be false", r.key)
		}
	}
}
