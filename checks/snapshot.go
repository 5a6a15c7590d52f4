package checks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// SnapshotSchema names the format of a serialised Snapshot. It changes when a
// reader of the old form would misread the new one.
const SnapshotSchema = "https://claw-verified.dev/snapshot/v1"

// MaxSnapshotBytes bounds a serialised snapshot that is read back.
const MaxSnapshotBytes = 512 << 20

// Snapshot is one immutable picture of a change and of all that was read about
// it. It is the input of the checks, and a file format: of bug reports, of
// replays, and of the proofs that are kept.
type Snapshot struct {
	Schema     string     `json:"schema"`
	TakenAt    time.Time  `json:"taken_at"`   // our clock, UTC, whole seconds; the only time the checks know
	Kind       Kind       `json:"kind"`       // what the range of commits stands for
	Repository Repository `json:"repository"` //
	Base       Ref        `json:"base"`       // what the change is to be merged into
	MergeBase  string     `json:"merge_base"` // where the change left the base; full id
	Head       Ref        `json:"head"`       //
	Policy     PolicyText `json:"policy"`
	Commits    []Commit   `json:"commits"` // every commit of base..head by all parents, parents first
	Files      []File     `json:"files"`   // changed between merge base and head, sorted by path
	Plans      []Plan     `json:"plans"`
	// Source is what the change does to Terraform source that no plan shows, sorted
	// by path, line, kind.
	Source []SourceChange `json:"source,omitempty"`
	Review Review         `json:"review"`
	Gaps   []Gap          `json:"gaps"` // what could not be read; never empty silently

	// Organization is the policy of the organisation, whose floors no repository can
	// lower; nil when there is none, or nobody looked.
	Organization *PolicyText `json:"organization,omitempty"`
	// Codeowners is the CODEOWNERS file at the base; nil when there is none, or nobody
	// looked.
	Codeowners   *OwnersFile   `json:"codeowners,omitempty"`
	PullRequest  *PullRequest  `json:"pull_request,omitempty"`
	Checks       []CheckState  `json:"checks,omitempty"`       // what others said of the head of a pull request, sorted
	Trust        []TrustFile   `json:"trust,omitempty"`        // every file the policy refers to, sorted by path
	Attestations []Attestation `json:"attestations,omitempty"` // in the order they were found
}

// Kind says what a range of commits stands for.
type Kind string

// The kinds of change a snapshot can show.
const (
	KindRange       Kind = "range"        // two commits given by hand
	KindPullRequest Kind = "pull_request" //
	KindMergeGroup  Kind = "merge_group"  // a merge queue's group
	KindPush        Kind = "push"         // commits already pushed to a branch
	KindPlan        Kind = "plan"         // plans alone, without any commit: whatever is said of them, no change was judged
)

// Repository identifies where the change lives.
type Repository struct {
	Name         string `json:"name,omitempty"` // owner/name, when known
	ObjectFormat string `json:"object_format"`  // "sha1" or "sha256"
}

// Ref is a commit and the name it was asked for by.
type Ref struct {
	Name   string `json:"name"`   // as given: a branch, a tag, an id; foreign text
	Commit string `json:"commit"` // full object id, lower-case hex
	Tree   string `json:"tree,omitempty"`
}

// PolicyOrigin says who vouches for the policy that was used.
type PolicyOrigin string

// Where a policy can come from.
const (
	PolicyFromBase PolicyOrigin = "base" // the base commit: the change cannot have edited it
	PolicyFromFile PolicyOrigin = "file" // a file named by whoever ran the command

	PolicyFromOrganization PolicyOrigin = "organization" // the organisation's .github repository, at its default branch
)

// OwnersFile is a CODEOWNERS file as it was read, not yet parsed.
type OwnersFile struct {
	Path   Path   `json:"path"`   // the first there is of .github/CODEOWNERS, CODEOWNERS, docs/CODEOWNERS
	Commit string `json:"commit"` // of the base
	Size   int64  `json:"size"`   // bytes; above 3 MB GitHub does not load it, and Text is empty
	Text   Bytes  `json:"text,omitempty"`
}

// PolicyText is the policy as it was read, not yet parsed: parsing belongs to
// the evaluation, so that a broken policy is part of the record.
type PolicyText struct {
	Origin PolicyOrigin `json:"origin,omitempty"`
	// Repository is owner/name where it is not that of the change.
	Repository string `json:"repository,omitempty"`
	Path       Path   `json:"path,omitempty"`
	Commit     string `json:"commit,omitempty"` // for PolicyFromBase and PolicyFromOrganization
	Digest     string `json:"digest,omitempty"` // "sha256:<hex>" of Text
	Text       Bytes  `json:"text,omitempty"`
	// Head is the text at the head commit when the change edits the policy. It is
	// never obeyed, only examined: a change must not break the next judge.
	Head *Bytes `json:"head,omitempty"`
}

// Commit is a commit object exactly as git stores it, without the object
// header. Everything else about a commit is derived from these bytes, after
// they were shown to hash to ID.
type Commit struct {
	ID     string `json:"id"`
	Object Bytes  `json:"object"`
	// RawDiff is "sha256:<hex>" of what `git diff-tree -r --full-index --no-renames
	// PARENT COMMIT` prints, with the first parent, or the empty tree for a commit
	// without one. It stays the same under a rebase that meets no other change of
	// these files. Empty when there are no attestations to compare it with.
	RawDiff string `json:"raw_diff,omitempty"`
	// Proofs lists, sorted, what a commit adds that does nothing but bring evidence
	// along; nobody can attest such a commit by a file in it. It is set when the commit
	// has exactly one parent and, against that parent, at least one path changes and
	// every path that does is
	//   - added, and never edited, deleted or moved;
	//   - a regular file that is not executable, mode 100644, and no link;
	//   - where evidence lies: directly in the folder of attestations, called by a full
	//     commit id, a dot and what ends in "json" or "jsonl"; or Claw's, below proofs/
	//     and called commit.sig.json, or holding "proof_bundle" and ending in ".json";
	//   - and neither a gate file nor one that needs a plan.
	// In all other cases it is empty. Like RawDiff it is only looked for when there are
	// attestations.
	Proofs []Path `json:"proofs,omitempty"`
}

// File is one path that differs between merge base and head. A rename is a
// deletion and an addition: both names count, whatever a similarity index says.
type File struct {
	Path   Path   `json:"path"`
	Status string `json:"status"` // "added", "modified", "deleted", "type_changed"
	Mode   string `json:"mode"`   // git file mode at head, octal; "000000" when deleted
	// OldMode is the mode before, "000000" when added.
	OldMode string `json:"old_mode,omitempty"`
	// Module is the nearest folder with Terraform configuration in the head commit, the
	// file's own or one above, with "./" before; empty where there is none, or nobody
	// looked: it is looked for where plans are given with their plan files.
	Module Path `json:"module,omitempty"`
}

// Gap is something that had to be read and could not be. It makes the question
// it belongs to undecided.
type Gap struct {
	Question Question `json:"question,omitempty"` // empty: all of them
	Kind     GapKind  `json:"kind"`
	Message  string   `json:"message"` // one sentence: what could not be read, and why
	Remedy   string   `json:"remedy"`  // one sentence: how to mend it
}

// GapKind tells a mistake in the set-up from evidence that is missing.
type GapKind string

// Kinds of Gap.
const (
	GapConfiguration GapKind = "configuration" // exit code 2: wrong or missing policy, wrong arguments
	GapEvidence      GapKind = "evidence"      // exit code 3: unreadable, too large, missing, contradictory
)

// Encode writes the snapshot in its one canonical form: indented JSON with a
// final newline.
func (s *Snapshot) Encode() ([]byte, error) {
	b, err := encode(s)
	if err != nil {
		return nil, fmt.Errorf("encode snapshot: %w", err)
	}
	return b, nil
}

// encode writes indented JSON and a final newline, with "<", ">" and "&" as they
// are: it is not put into HTML, and escaping would let foreign text grow six-fold.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// DecodeSnapshot reads what Encode wrote. Unknown members, trailing data and a
// foreign schema are errors: a snapshot is evidence, not configuration.
func DecodeSnapshot(r io.Reader) (*Snapshot, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxSnapshotBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if len(b) > MaxSnapshotBytes {
		return nil, fmt.Errorf("read snapshot: larger than %d MiB", MaxSnapshotBytes>>20)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if head.Schema != SnapshotSchema {
		return nil, fmt.Errorf("read snapshot: schema is %q, this version reads %q", head.Schema, SnapshotSchema)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s Snapshot
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("read snapshot: data after the end of the document")
	}
	return &s, nil
}
