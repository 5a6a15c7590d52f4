package ghapi

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// entryNode is an entry of a tree, and its blob.
type entryNode struct {
	Mode   int    `json:"mode"` // as a number: 0o100644 is 33188
	Type   string `json:"type"`
	Object struct {
		ID        string `json:"oid"`
		Size      int64  `json:"byteSize"`
		Binary    *bool  `json:"isBinary"`
		Truncated bool   `json:"isTruncated"`
		Text      string `json:"text"`
	} `json:"object"`
}

const (
	modeType    = 0o170000
	modeRegular = 0o100000
)

// textFile takes a file. Only a regular file is one: what a link leads to may lie
// outside of the base. GitHub's text counts only when it is the blob's content to the
// byte, which its hash shows; it is cut, in another encoding on the way, or binary
// otherwise.
func (r *reading) textFile(what string, n entryNode) (TextFile, bool) {
	o := n.Object
	switch {
	case n.Mode&modeType != modeRegular || n.Type != "blob":
		r.miss(what, "it is no regular file: its mode is %o", n.Mode)
		return TextFile{}, false
	case !gitobject.IsFullID(o.ID) || o.Size < 0:
		r.miss(what, "GitHub gave no blob of it")
		return TextFile{}, false
	}
	f := TextFile{Blob: o.ID, Size: o.Size, Cut: true}
	format := "sha1"
	if len(o.ID) == 64 {
		format = "sha256"
	}
	if o.Truncated || o.Binary != nil && *o.Binary || int64(len(o.Text)) != o.Size {
		return f, true
	}
	if id, err := gitobject.Hash(format, "blob", []byte(o.Text)); err == nil && id == o.ID {
		f.Text, f.Cut = o.Text, false
	}
	return f, true
}

// files takes the files that a query asked for under f0, f1, …
func (r *reading) files(target map[string]json.RawMessage, paths []string) (map[string]TextFile, error) {
	out := map[string]TextFile{}
	for i, p := range paths {
		var n *entryNode
		if err := unpack(target["f"+strconv.Itoa(i)], &n); err != nil {
			return nil, err
		}
		if n == nil {
			continue // there is none
		}
		if f, ok := r.textFile("the file "+strconv.Quote(bounded(p, 120))+" at the base", *n); ok {
			out[p] = f
		}
	}
	return out, nil
}

// notes takes the refs that a query asked for under n0, n1, …
func (r *reading) notes(repo map[string]json.RawMessage, refs []string) (map[string]string, error) {
	out := map[string]string{}
	for i, ref := range refs {
		var n *struct {
			Target struct {
				ID string `json:"oid"`
			} `json:"target"`
		}
		if err := unpack(repo["n"+strconv.Itoa(i)], &n); err != nil {
			return nil, err
		}
		switch {
		case n == nil:
		case !gitobject.IsFullID(n.Target.ID):
			r.miss(areas["n#"], "GitHub gave no id of it")
		default:
			out[ref] = n.Target.ID
		}
	}
	return out, nil
}

// org takes the file of the organisation's repository. Nil: there is none that this
// credential may see.
func (r *reading) org(data map[string]json.RawMessage, owner, path string) (*OrgFile, error) {
	var n *struct {
		Name   string `json:"nameWithOwner"`
		Branch *struct {
			Target struct {
				ID   string     `json:"oid"`
				File *entryNode `json:"f0"`
			} `json:"target"`
		} `json:"defaultBranchRef"`
	}
	if err := unpack(data["org"], &n); err != nil {
		return nil, err
	}
	what := areas["org"]
	if n == nil && path != "" && !r.refusedAt("org") {
		r.miss(what, "GitHub gave no repository, and no reason")
	}
	if n == nil || path == "" || n.Branch == nil || n.Branch.Target.File == nil {
		return nil, nil
	}
	if !strings.EqualFold(n.Name, owner+"/"+orgRepository) {
		r.miss(what, "GitHub answered with the repository %.120q", n.Name)
		return nil, nil
	}
	f, ok := r.textFile(what, *n.Branch.Target.File)
	if !ok || !gitobject.IsFullID(n.Branch.Target.ID) {
		r.miss(what, "GitHub did not give it whole")
		return nil, nil
	}
	return &OrgFile{Repository: n.Name, Commit: n.Branch.Target.ID, Path: path, File: f}, nil
}

type factsNode struct {
	ID    bigID  `json:"databaseId"`
	Name  string `json:"nameWithOwner"`
	Owner struct {
		Type string `json:"__typename"`
	} `json:"owner"`
	Default struct {
		Name string `json:"name"`
	} `json:"defaultBranchRef"`
}

func (r *reading) facts(asked Repository, n factsNode) RepositoryFacts {
	f := RepositoryFacts{Repository: asked, ID: int64(n.ID), OwnerType: n.Owner.Type, DefaultBranch: n.Default.Name}
	owner, name, _ := strings.Cut(n.Name, "/")
	if got := (Repository{Owner: owner, Name: name}); strings.EqualFold(n.Name, asked.String()) {
		f.Repository = got // as it is written
	} else {
		r.miss(areas["repository"], "GitHub answered with the repository %.120q", n.Name)
	}
	if f.ID == 0 {
		r.miss(areas["repository"], "GitHub tells no number of it")
	}
	return f
}
