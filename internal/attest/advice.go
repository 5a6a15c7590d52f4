package attest

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// Advice compares what is about to be said with the policy that lies in the work tree,
// and tells in one line what will not count there; empty when all will, or when there
// is no policy that can be read. It decides nothing: the policy of the base does. But
// a statement with a slip in it stays in the notes for ever.
func Advice(top string, f Facts, signer Signer) string {
	p, files, done := policyIn(top)
	defer done()
	if p == nil {
		return ""
	}
	var says []string
	a := agentOf(p, f.Agent, signer, files)
	if a == nil {
		if isURI(f.Agent) {
			says = append(says, fmt.Sprintf("no agent has %s", signer))
		} else {
			says = append(says, "there is no agent "+show(f.Agent))
		}
	} else {
		if !lists(p, a, signer, files) {
			says = append(says, fmt.Sprintf("agent %s has not %s", show(a.ID), signer))
		}
		if f.Operator != "" && !mayOperate(p, a, f.Operator) {
			says = append(says, fmt.Sprintf("%s is none of the operators of agent %s", show(f.Operator), show(a.ID)))
		}
	}
	if len(says) == 0 {
		return ""
	}
	return fmt.Sprintf("By %s in the work tree this will not count: %s. Is it a slip?", collect.PolicyPath, strings.Join(says, "; "))
}

// policyIn reads the policy of a work tree, and gives what reads the files it names.
func policyIn(top string) (p *policy.Policy, files policy.KeyFiles, done func()) {
	done = func() {}
	if top == "" {
		return nil, nil, done
	}
	root, err := os.OpenRoot(top) // a link in the tree leads nowhere else
	if err != nil {
		return nil, nil, done
	}
	done = func() { _ = root.Close() }
	files = func(name string) (string, error) { return readRegular(root, name) }
	text, err := files(collect.PolicyPath)
	if err != nil {
		return nil, nil, done
	}
	p, _ = policy.Parse(text, registry.Known())
	return p, files, done
}

func readRegular(root *os.Root, name string) (string, error) {
	name = filepath.FromSlash(name)
	st, err := root.Lstat(name)
	if err != nil {
		return "", err
	}
	if !st.Mode().IsRegular() { // a pipe would be waited for
		return "", errors.New("it is no regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, collect.MaxPolicyBytes+1))
	if err == nil && len(text) > collect.MaxPolicyBytes {
		err = errors.New("it is too large")
	}
	return string(text), err
}

func isURI(id string) bool {
	u, err := url.Parse(id)
	return err == nil && u.Scheme != "" && strings.Contains(id, "/")
}

// agentOf is the agent that is named, or by whose key it is signed, when it calls
// itself by a URI that the policy does not know.
func agentOf(p *policy.Policy, id string, signer Signer, files policy.KeyFiles) *policy.Agent {
	for i := range p.Agents {
		if p.Agents[i].ID == id {
			return &p.Agents[i]
		}
	}
	if isURI(id) {
		for i := range p.Agents {
			if lists(p, &p.Agents[i], signer, files) {
				return &p.Agents[i]
			}
		}
	}
	return nil
}

// lists reports whether an agent may sign so. An identity has no name before it has
// signed, and is taken for listed.
func lists(p *policy.Policy, a *policy.Agent, signer Signer, files policy.KeyFiles) bool {
	switch s := signer.(type) {
	case *keySigner:
		_, ok := p.KeyOf(a.ID, s.fingerprint(), files)
		return ok
	case *keyless:
		return s.name == "" || slices.ContainsFunc(a.Identities, func(i policy.Identity) bool { return i.Subject == s.name })
	}
	return true
}

// mayOperate reports whether somebody, named in any way a statement may name a
// person, is one of an agent's operators. An agent without operators takes anybody
// the policy knows.
func mayOperate(p *policy.Policy, a *policy.Agent, named string) bool {
	login, email := "", ""
	switch u, err := url.Parse(named); {
	case strings.HasPrefix(named, "@"):
		login = named[1:]
	case err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, "github.com"):
		login = strings.Trim(u.Path, "/")
	case err == nil && u.Scheme == "mailto":
		email = u.Opaque
	case strings.Contains(named, "@"):
		email = named
	}
	same := func(want string) func(string) bool {
		return func(s string) bool { return want != "" && strings.EqualFold(strings.TrimSpace(s), want) }
	}
	return slices.ContainsFunc(p.People, func(who policy.Person) bool {
		is := same(who.ID)(named) || slices.ContainsFunc(who.Logins, same(login)) || slices.ContainsFunc(who.Emails, same(strings.TrimSpace(email)))
		return is && (len(a.Operators) == 0 || slices.Contains(a.Operators, who.ID))
	})
}

// strangers tells how many commits of a range name others than the agent: whoever can
// push between the agent and the one who attests gets the agent's signature.
func strangers(top, format string, f Facts, signer Signer, commits []gitrepo.Commit) string {
	p, files, done := policyIn(top)
	defer done()
	if p == nil {
		return ""
	}
	a := agentOf(p, f.Agent, signer, files)
	if a == nil || len(a.Emails) == 0 {
		return ""
	}
	n := 0
	for _, c := range commits {
		parsed, err := gitobject.Parse(c.Object, format)
		if err != nil || !slices.ContainsFunc(a.Emails, func(e string) bool { return gitobject.FoldEmail(e) == gitobject.FoldEmail(parsed.Author.Email) }) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d commits are not by the addresses of agent %s; with a range, whatever was pushed into it is attested.", n, len(commits), show(a.ID))
}
