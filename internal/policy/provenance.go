package policy

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (r *reader) provenance(n *yaml.Node) {
	p := &r.policy.Provenance
	r.mapping(
		n, "provenance",
		opt("require", oneOf(r, &p.Require, levels...)),
		opt("allowed_signers", func(n *yaml.Node) { r.signersAt = n; r.trustFile(&p.AllowedSigners, r.isFile)(n) }),
		opt("signer_is_committer", r.boolean(&p.SignerIsCommitter)),
		opt("trusted_roots", r.trustedRoots),
		opt("directory", r.check(&p.Directory, r.isDirectory)),
		opt("attestors", items(r, &p.Attestors, &r.attestorsAt, r.attestor)),
		opt("markers", r.markers),
	)
}

func (r *reader) attestor(n *yaml.Node, a *Attestor) {
	o := &owner{kind: kindAttestor, at: n}
	if r.mapping(
		n, "an attestor",
		need("id", func(n *yaml.Node) { o.at = n; r.check(&a.ID, r.isID)(n); o.id = a.ID }),
		opt("keys", r.keys(&a.Keys, o)),
		opt("identities", items(r, &a.Identities, nil, r.identity(o))),
	) && !hasKey(n, "keys") && !hasKey(n, "identities") {
		r.bad(n, "add keys or identities", "nothing says how to recognise what this attestor signs")
	}
}

// markers reads what a policy changes about the marks of agents. Marks of its own
// can only add demands, like an agent's.
func (r *reader) markers(n *yaml.Node) {
	m := &Markers{}
	r.policy.Provenance.Markers = m
	o := &owner{kind: kindMarkers, at: n}
	r.mapping(
		n, "markers",
		opt("ignore", r.strings(&m.Ignore, r.isMarker)),
		opt("emails", r.strings(&m.Emails, r.email(o))),
		opt("logins", r.strings(&m.Logins, r.login(o))),
		opt("trailers", r.strings(&m.Trailers, r.isTrailer)),
	)
}

func (r *reader) isMarker(n *yaml.Node, s string) bool {
	if !r.joined && len(r.known.Markers) > 0 && !slices.Contains(r.known.Markers, s) {
		hint := r.didYouMean(s, r.known.Markers)
		if hint == "" {
			hint = "write the name as findings spell it: Copilot"
		}
		r.bad(n, hint, "there are no marks of %q", clip(s))
		return false
	}
	r.warn(n, "remove it, unless the tool marks what people write", "the marks of %s are switched off here: what it makes can pass for a person's own work", quoteName(clip(s)))
	return true
}

func (r *reader) trustedRoots(n *yaml.Node) {
	var path string
	r.strings(&r.policy.Provenance.TrustedRoots, func(n *yaml.Node, s string) bool {
		if s == PublicGood {
			return true
		}
		if !strings.ContainsAny(s, "/.") {
			r.bad(n, "write "+PublicGood+", or the path of a trusted_root.json", "there is no trusted root %q", clip(s))
			return false
		}
		path = ""
		r.trustFile(&path, r.isFile)(n)
		return path != ""
	})(n)
}

// trustFile reads the path of a file that says whom to trust. It must not lie where
// attestations lie: those anybody may bring, and their folder is no gate file.
func (r *reader) trustFile(dst *string, ok func(*yaml.Node, string) bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		s, isText := r.text(n)
		if !isText || !ok(n, s) {
			return
		}
		*dst = s
		r.later = append(r.later, func() {
			folder := r.policy.Provenance.Directory
			if folder == "" {
				folder = DefaultDirectory
			}
			if s == folder || strings.HasPrefix(s, folder+"/") {
				r.bad(n, "keep it elsewhere, such as in .claw/trust", "%q lies in the folder of attestations, %q", clip(s), clip(folder))
			}
		})
	}
}

// isFile checks the path of one file of the repository.
func (r *reader) isFile(n *yaml.Node, s string) bool {
	hint := pathFault(s, "the repository")
	if hint == "" && slices.ContainsFunc(strings.Split(s, "/"), func(p string) bool { return strings.EqualFold(p, ".git") }) {
		hint = "git does not store what is called .git; keep it elsewhere"
	}
	if hint != "" {
		r.bad(n, hint, "%q is no path in the repository", clip(s))
		return false
	}
	return true
}

// pathFault says how to mend the path of one file from the root of something.
func pathFault(s, root string) (hint string) {
	switch parts := strings.Split(s, "/"); {
	case strings.HasPrefix(s, "/"):
		return "leave out the / at the beginning: paths begin at the root of " + root
	case strings.HasSuffix(s, "/"):
		return "leave out the / at the end"
	case strings.Contains(s, `\`):
		return "write / between folders"
	case strings.Contains(s, "//"):
		return "write one / between folders"
	case slices.Contains(parts, ".") || slices.Contains(parts, ".."):
		return "write the path from the root of " + root + ", without . and .."
	case strings.ContainsAny(s, "*?[]{}"):
		return "name it exactly; there are no wildcards here"
	}
	return ""
}

// isDirectory checks the folder of attestations. A commit that only adds files there
// has less to prove, so nothing that decides anything may lie in it.
func (r *reader) isDirectory(n *yaml.Node, s string) bool {
	if !r.isFile(n, s) {
		return false
	}
	holdsGateFile := func(g string) bool { return strings.HasPrefix(strings.ToLower(g), strings.ToLower(s)+"/") }
	first, _, _ := strings.Cut(s, "/")
	if strings.EqualFold(first, ".github") || slices.ContainsFunc(BuiltinGateFiles(), holdsGateFile) || MatchPath(BuiltinGateFiles(), s) {
		r.bad(n, "choose a folder for attestations alone, such as "+DefaultDirectory, "%q cannot be %q: gate files lie there", r.key, clip(s))
		return false
	}
	return true
}
