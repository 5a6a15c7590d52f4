package attestation

import (
	"fmt"
	"strings"
)

// sourceProvenance is what is read of slsa-framework/source-tool's predicates. Its
// members have been spelled in two ways.
type sourceProvenance struct {
	Actor      string          `json:"actor"`
	Activity   string          `json:"activity_type"`
	ActivityC  string          `json:"activityType"`
	Branch     string          `json:"branch"`
	Tag        string          `json:"tag"`
	RepoURI    string          `json:"repo_uri"`
	RepoURIC   string          `json:"repoUri"`
	Previous   string          `json:"prev_commit"`
	PreviousC  string          `json:"prevCommit"`
	Controls   []sourceControl `json:"controls"`
	Properties map[string]any  `json:"properties"`
}

type sourceControl struct {
	Name string `json:"name"`
}

// maxTold bounds how many names one note lists.
const maxTold = 20

// interpretSource tells which controls a platform says were on when a revision was
// pushed. It says who pushed, not who wrote.
func interpretSource(v *Verified) error {
	v.Kind = KindSource
	var p sourceProvenance
	if err := decode(v.Statement.Predicate, &p, false); err != nil {
		return fmt.Errorf("read source provenance: %w", err)
	}
	v.Repository = repositoryOf(either(p.RepoURI, p.RepoURIC))
	tell := func(format, s string) {
		if s != "" {
			v.Notes = append(v.Notes, note(format, s))
		}
	}
	tell("Pushed by %s.", p.Actor)
	tell("By way of %s.", either(p.Activity, p.ActivityC))
	tell("To %s.", either(p.Branch, p.Tag))
	tell("After commit %s.", either(p.Previous, p.PreviousC))
	var controls []string
	for _, c := range p.Controls {
		controls = append(controls, c.Name)
	}
	controls = append(controls, sortedKeys(p.Properties)...)
	v.Notes = append(v.Notes, enumerate("Controls that were on", controls))
	return nil
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// enumerate is a note that lists foreign names, not all of many.
func enumerate(what string, names []string) string {
	if len(names) == 0 {
		return what + ": none."
	}
	more := ""
	if len(names) > maxTold {
		more = fmt.Sprintf(", and %d more", len(names)-maxTold)
		names = names[:maxTold]
	}
	told := make([]string, len(names))
	for i, n := range names {
		told[i] = quote(n)
	}
	return what + ": " + strings.Join(told, ", ") + more + "."
}
