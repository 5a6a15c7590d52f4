package attest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/gitrepo"
	"github.com/claw-verified/claw-verified/internal/gitwork"
)

// Options say what to attest and where to.
type Options struct {
	Dir        string // a folder of the repository
	Which      Which
	Repository string // owner/name; empty: see [Repository]
	Facts      Facts
	To         string    // "notes", "tree", "tree=FOLDER", a file, or "-"
	Push       string    // the remote that notes are pushed to; empty for none
	Out        io.Writer // for "-"
	Env        func(string) string
	// Warn is told, in a sentence, what will not count by the policy in the work tree;
	// see [Advice]. It may be nil.
	Warn func(string)
}

// Result is one attestation that was made.
type Result struct {
	Commit     string
	Repository string
	Digest     string // "sha256:<hex>" of the bundle, without a line break
	New        bool   // false: the same statement by the same key was there already
}

// Made is what [Make] did.
type Made struct {
	Results []Result
	Where   string
	Pushed  string   // the remote, as it may be shown
	Levels  []string // of [Merge]: what the summary says was verified
	Inputs  int      // of [Merge]: the attestations it names
}

// Make attests commits. Each bundle is kept as soon as it is made, so that after an
// error part-way what was done stays done: it can be run again, and nothing is made
// twice with the same key.
func Make(ctx context.Context, o Options, signer Signer) (*Made, error) {
	d, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer d.repo.Close() //nolint:errcheck // a temporary directory
	to, err := openCarrier(ctx, o.To, o.Push, d.work, o.Out)
	if err != nil {
		return nil, err
	}
	defer to.close() //nolint:errcheck // looked at below; this is for the other ways out
	made := &Made{Where: to.String()}
	told := d.advise(signer)
	for _, c := range d.commits {
		r, err := d.one(ctx, c, to, signer)
		if err != nil {
			return made, err
		}
		made.Results = append(made.Results, r)
	}
	if advice := Advice(d.work.Top(), o.Facts, signer); advice != told {
		d.o.warn(advice) // an identity has a name only now
	}
	if err := to.close(); err != nil {
		return nil, err // whether what was written is there is not known
	}
	return made, made.finish(ctx, d.work, o.Push)
}

// advise warns before anything is signed, and gives what it said of the signer.
func (d *desk) advise(signer Signer) string {
	advice := Advice(d.work.Top(), d.o.Facts, signer)
	d.o.warn(advice)
	if d.o.Which.Range != "" {
		d.o.warn(strangers(d.work.Top(), d.repo.Format(), d.o.Facts, signer, d.commits))
	}
	return advice
}

func (o *Options) warn(sentence string) {
	if o.Warn != nil && sentence != "" {
		o.Warn(sentence)
	}
}

// finish is called when everything is kept.
func (m *Made) finish(ctx context.Context, work *gitwork.Repo, push string) error {
	if push != "" {
		if err := PushNotes(ctx, work, push); err != nil {
			return err
		}
		m.Pushed = gitwork.Shown(push)
	}
	return nil
}

// Statements are the statements that [Make] would sign, one for each commit, and
// their predicates.
func Statements(ctx context.Context, o Options) (statements, predicates [][]byte, err error) {
	d, err := open(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	defer d.repo.Close() //nolint:errcheck // a temporary directory
	for _, c := range d.commits {
		text, predicate, err := d.statement(ctx, c)
		if err != nil {
			return nil, nil, err
		}
		statements, predicates = append(statements, text), append(predicates, predicate)
	}
	return statements, predicates, nil
}

// desk is a repository and what is to be said of its commits.
type desk struct {
	o          Options
	facts      attestation.AgentCommit
	work       *gitwork.Repo
	repo       *gitrepo.Repo
	repository string
	commits    []gitrepo.Commit
}

func open(ctx context.Context, o Options) (*desk, error) {
	d := &desk{o: o}
	var err error
	// What is wrong with the call is told before anything is looked for; files are
	// hashed once for all commits.
	if d.facts, err = o.Facts.Predicate(); err != nil {
		return nil, err
	}
	if d.work, err = OpenWork(ctx, o.Dir); err != nil {
		return nil, err
	}
	if d.repo, err = gitrepo.Open(ctx, o.Dir); err != nil {
		return nil, gitProblem("open the repository", err)
	}
	if d.commits, err = o.Which.commits(ctx, d.repo); err == nil {
		d.repository, err = Repository(ctx, o.Repository, d.work, o.Env)
	}
	if err != nil {
		_ = d.repo.Close()
		return nil, err
	}
	return d, nil
}

// OpenWork opens the repository that somebody works in.
func OpenWork(ctx context.Context, dir string) (*gitwork.Repo, error) {
	work, err := gitwork.Open(ctx, dir)
	if err != nil {
		return nil, OpenProblem(err)
	}
	return work, nil
}

// OpenProblem is an error of [gitwork.Open] in words.
func OpenProblem(err error) error { return gitProblem("open the repository", err) }

// PushNotes pushes the attestations to a remote, with what others pushed there.
func PushNotes(ctx context.Context, work *gitwork.Repo, remote string) error {
	if err := work.Push(ctx, remote, NotesRef); err != nil {
		return gitProblem("push the notes", err)
	}
	return nil
}

func (d *desk) statement(ctx context.Context, c gitrepo.Commit) (text, predicate []byte, err error) {
	what, files, err := describe(ctx, d.repo, c, d.repository)
	if err != nil {
		return nil, nil, err
	}
	text, s, err := statement(what, files, d.facts)
	if err != nil {
		return nil, nil, err
	}
	return text, s.Predicate, nil
}

func (d *desk) one(ctx context.Context, c gitrepo.Commit, to carrier, signer Signer) (Result, error) {
	r := Result{Commit: c.ID, Repository: d.repository}
	text, _, err := d.statement(ctx, c)
	if err != nil {
		return r, err
	}
	have, err := to.have(ctx, c.ID)
	if err != nil {
		return r, keepProblem(err)
	}
	// What is there is foreign text: only a bundle that verifies with our own key
	// makes another one needless.
	for _, b := range have {
		if signer.Made([]byte(b), text) {
			r.Digest = digest([]byte(b))
			return r, nil
		}
	}
	bundle, err := signer.Sign(ctx, text)
	if err != nil {
		return r, err
	}
	r.Digest = digest(bundle)
	if r.New, err = to.put(ctx, c.ID, string(bundle)); err != nil {
		return r, keepProblem(err)
	}
	return r, nil
}

func keepProblem(err error) error {
	if p, ok := err.(*Problem); ok { //nolint:errorlint // a carrier's own words are whole
		return p
	}
	return gitProblem("keep the attestation", err)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("sha256:%s", hex.EncodeToString(sum[:]))
}
