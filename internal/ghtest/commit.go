package ghtest

import (
	"fmt"
	"strings"
	"time"
)

// Commit is a commit to make.
type Commit struct {
	Branch string            // to put it on; empty: the default branch
	Files  map[string]string // path to content, over what the first parent has
	Modes  map[string]string // of files that are not 100644; of 160000 the content is a commit
	Remove []string          // paths
	// Parents are the commits before it; nil: the tip of the branch.
	Parents []string
	// Author and Committer are "Name <e-mail>" or an account's; they may end in a time,
	// "1760000000 +0100", which else is the world's. The default committer is the author.
	Author, Committer string
	By                *User  // the author, instead of Author
	Message           string // as it is; empty: one with a newline at its end
	// Sign makes the signature over the commit without one, armoured.
	Sign func(payload []byte) string
	// Tree is a tree that exists, instead of Files.
	Tree string
	// Loose leaves the branch where it is.
	Loose  bool
	Pusher *User // who put it there; nil: the author's account
}

// Commit makes a commit and puts it on its branch. It returns its id.
func (r *Repo) Commit(c Commit) string {
	ref := "refs/heads/" + c.Branch
	if c.Branch == "" {
		ref = "refs/heads/" + r.DefaultBranch
	}
	parents := c.Parents
	if parents == nil && r.Refs[ref] != "" {
		parents = []string{r.Refs[ref]}
	}
	tree := c.Tree
	if tree == "" {
		tree = r.tree(parents, c)
	}
	if c.By != nil {
		c.Author = c.By.ident()
	}
	if c.Author == "" {
		c.Author = "Ann Other <ann@example.com>"
	}
	if c.Committer == "" {
		c.Committer = c.Author
	}
	if c.Message == "" {
		c.Message = "Change " + fmt.Sprint(len(r.store.objects)) + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n", r.when(c.Author), r.when(c.Committer))
	head, body := b.String(), "\n"+c.Message
	sig := ""
	if c.Sign != nil {
		if s := strings.TrimSuffix(c.Sign([]byte(head+body)), "\n"); s != "" {
			sig = "gpgsig " + strings.ReplaceAll(s, "\n", "\n ") + "\n"
		}
	}
	id := r.Put("commit", []byte(head+sig+body))
	if !c.Loose {
		by := c.Pusher
		if by == nil {
			by = r.world.byEmail(parseIdent(c.Author).email)
		}
		r.Move(by, ref, id)
	}
	return id
}

// ident is the account as git writes it.
func (u *User) ident() string {
	name := u.Name
	if u.Type == "Bot" {
		name = u.RESTLogin()
	}
	email := fmt.Sprintf("%d+%s@users.noreply.github.com", u.ID, u.RESTLogin())
	if len(u.Emails) > 0 && u.Type != "Bot" {
		email = u.Emails[0]
	}
	return name + " <" + email + ">"
}

func (r *Repo) when(ident string) string {
	if strings.HasSuffix(ident, ">") {
		return fmt.Sprintf("%s %d +0200", ident, r.world.Now.Unix())
	}
	return ident
}

func (r *Repo) tree(parents []string, c Commit) string {
	var old string
	if len(parents) > 0 {
		if p := r.store.commit(parents[0]); p != nil {
			old = p.tree
		}
	}
	changes := map[string]entry{}
	for path, content := range c.Files {
		mode := c.Modes[path]
		switch mode {
		case "160000":
			changes[path] = entry{mode: mode, id: content}
			continue
		case "":
			mode = "100644"
		}
		changes[path] = entry{mode: mode, id: r.Put("blob", []byte(content))}
	}
	for _, path := range c.Remove {
		changes[path] = entry{}
	}
	return r.store.edit(old, changes)
}

// Branch makes or moves a branch. at is a branch, or a commit's id.
func (r *Repo) Branch(name, at string) string {
	id := r.resolve(at)
	if id == "" {
		panic("no such revision: " + at)
	}
	r.Move(nil, "refs/heads/"+name, id)
	return id
}

// Move puts a ref on an object, none when to is empty, and writes down who did it.
func (r *Repo) Move(by *User, ref, to string) {
	before := r.Refs[ref]
	a := Activity{ID: r.world.ID(), At: r.world.Now, Ref: ref, Before: before, After: to, Actor: by, Kind: "push"}
	switch {
	case to == "":
		a.Kind = "branch_deletion"
		delete(r.Refs, ref)
	case before == "":
		a.Kind = "branch_creation"
	case !r.store.reachable(to)[before]:
		a.Kind = "force_push"
	}
	if to != "" {
		r.Refs[ref] = to
	}
	if strings.HasPrefix(ref, "refs/heads/") {
		r.Activity = append(r.Activity, a)
	}
}

// Tip is the commit of a branch, empty when there is none.
func (r *Repo) Tip(branch string) string { return r.Refs["refs/heads/"+branch] }

// resolve finds the object that a ref, a branch, a tag or an id stands for.
func (r *Repo) resolve(name string) string {
	if name == "HEAD" {
		name = r.DefaultBranch
	}
	for _, try := range []string{"refs/heads/" + name, "refs/tags/" + name, name, "refs/" + name} {
		if id := r.Refs[try]; id != "" {
			return id
		}
	}
	if _, ok := r.store.objects[name]; ok {
		return name
	}
	return ""
}

// commitish is the commit that a name stands for, through tags.
func (r *Repo) commitish(name string) string {
	id := r.resolve(name)
	for r.store.objects[id].typ == "tag" {
		id = tagTarget(r.store.objects[id].data)
	}
	if r.store.objects[id].typ != "commit" {
		return ""
	}
	return id
}

func tagTarget(data []byte) string {
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimPrefix(line, "object ")
}

// parsedCommit is a commit as the API tells of it.
type parsedCommit struct {
	id, tree           string
	parents            []string
	author, committer  ident
	message            string // without newlines at its end, which GitHub leaves out
	signature, payload string
}

type ident struct {
	name, email string
	at          time.Time // in its own zone
}

func (s *store) commit(id string) *parsedCommit {
	if c, ok := s.parsed[id]; ok {
		return c
	}
	o := s.objects[id]
	if o.typ != "commit" {
		return nil
	}
	c := parseCommit(string(o.data))
	c.id = id
	s.parsed[id] = c
	return c
}

// parseCommit is as lenient as GitHub: it makes the best of everything.
func parseCommit(raw string) *parsedCommit {
	c := &parsedCommit{}
	head, message, _ := strings.Cut(raw, "\n\n")
	c.message = strings.TrimRight(message, "\n")
	var payload, sig strings.Builder
	inSig := false
	for line := range strings.SplitSeq(head, "\n") {
		if inSig && strings.HasPrefix(line, " ") {
			sig.WriteString("\n" + line[1:])
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		if inSig = key == "gpgsig"; inSig {
			sig.WriteString(value)
			continue
		}
		payload.WriteString(line + "\n")
		switch key {
		case "tree":
			c.tree = value
		case "parent":
			c.parents = append(c.parents, value)
		case "author":
			c.author = parseIdent(value)
		case "committer":
			c.committer = parseIdent(value)
		}
	}
	if c.signature = sig.String(); c.signature != "" {
		c.payload = payload.String() + "\n" + message
	}
	return c
}

func parseIdent(s string) ident {
	name, rest, _ := strings.Cut(s, " <")
	email, when, _ := strings.Cut(rest, "> ")
	var sec int64
	var zone int
	_, _ = fmt.Sscanf(when, "%d %d", &sec, &zone)
	offset := (zone/100)*3600 + (zone%100)*60
	return ident{name, email, time.Unix(sec, 0).In(time.FixedZone("", offset))}
}
