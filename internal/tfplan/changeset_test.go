package tfplan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/internal/tfplan"
)

func changeset(t *testing.T, plan string) string {
	t.Helper()
	p, err := tfplan.Read(strings.NewReader(plan), "p", tfplan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.Changeset, "changes-v1:sha256:") || len(p.Changeset) != len("changes-v1:sha256:")+64 {
		t.Fatalf("changeset %q", p.Changeset)
	}
	return p.Changeset
}

const (
	updateA = `{"address":"x_y.a","mode":"managed","type":"x_y","name":"a","provider_name":"p","change":{"actions":["update"],"before":{"id":"1","n":1,"s":"same","l":[1,2]},"after":{"id":"1","n":2,"s":"same","l":[1,2]},"after_unknown":{},"before_sensitive":{},"after_sensitive":{}}}`
	deleteB = `{"address":"x_y.b","mode":"managed","type":"x_y","name":"b","change":{"actions":["delete"],"before":{"id":"2","seen":"today"},"after":null}}`
	createC = `{"address":"x_y.c","mode":"managed","type":"x_y","name":"c","change":{"actions":["create"],"before":null,"after":{"n":1},"after_unknown":{"id":true}}}`
	noopD   = `{"address":"x_y.d","mode":"managed","type":"x_y","name":"d","change":{"actions":["no-op"],"before":{"id":"4"},"after":{"id":"4"}}}`
)

func whole(changes, rest string) string {
	return `{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[` + changes + `],"configuration":{"root_module":{"resources":[
		{"address":"x_y.c","mode":"managed","type":"x_y","provider_config_key":"p.one","expressions":{},"provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"echo"}}}]},
		{"address":"x_y.a","mode":"managed","type":"x_y","provider_config_key":"p.one","expressions":{"s":{}},"provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"echo"}}}]}]}}` + rest + `}`
}

// TestChangesetStays: a plan that would do the same has the same digest, however it
// is written and whenever it was made.
func TestChangesetStays(t *testing.T) {
	t.Parallel()
	all := updateA + "," + deleteB + "," + createC + "," + noopD
	want := changeset(t, whole(all, ""))
	for name, plan := range map[string]string{
		"order of entries":         whole(noopD+","+createC+","+deleteB+","+updateA, ""),
		"no-op noise":              whole(updateA+","+deleteB+","+createC, ""),
		"more no-ops":              whole(all+","+strings.ReplaceAll(strings.ReplaceAll(noopD, "x_y.d", "x_y.e"), `"name":"d"`, `"name":"e"`), ""),
		"order of members":         whole(strings.Replace(all, `"id":"1","n":1`, `"n":1,"id":"1"`, 1), ""),
		"what stays":               whole(strings.ReplaceAll(all, `"s":"same"`, `"s":"other"`), ""),
		"what was there to delete": whole(strings.Replace(all, "today", "tomorrow", 1), ""),
		"fuller masks":             whole(strings.Replace(all, `"after_unknown":{},`, `"after_unknown":{"n":false,"l":[false,false]},`, 1), ""),
		"white space":              strings.ReplaceAll(whole(all, ""), ",", " ,\n\t"),
		"escapes":                  strings.ReplaceAll(whole(all, ""), "same", `s\u0061me`),
		"time, drift, checks": whole(all, `,"timestamp":"2026-01-01T00:00:00Z","resource_drift":[`+updateA+`],"checks":[],"errored":false,"complete":true,
			"output_changes":{"o":{"actions":["no-op"],"before":1,"after":1}},"relevant_attributes":[]`),
		"provisioner of an update": strings.Replace(whole(all, ""), `"expressions":{"s":{}},"provisioners":[{"type":"local-exec","expressions":{"command":{"constant_value":"echo"}}}]`, `"expressions":{"s":{}}`, 1),
		"version of the tool":      strings.Replace(whole(all, ""), "1.11.4", "1.12.0", 1),
	} {
		if got := changeset(t, plan); got != want {
			t.Errorf("%s: another digest", name)
		}
	}
}

// TestChangesetDiffers: anything that would happen otherwise gives another digest,
// and no two of them the same.
func TestChangesetDiffers(t *testing.T) {
	t.Parallel()
	all := updateA + "," + deleteB + "," + createC
	edit := func(old, repl string) string { return whole(strings.Replace(all, old, repl, 1), "") }
	plans := map[string]string{
		"as it is":                 whole(all, ""),
		"less":                     whole(updateA+","+deleteB, ""),
		"value after":              edit(`"n":2`, `"n":3`),
		"value before":             edit(`"n":1`, `"n":0`),
		"number as text":           edit(`"n":2`, `"n":"2"`),
		"null after":               edit(`"n":2`, `"n":null`),
		"unknown after":            edit(`"after_unknown":{}`, `"after_unknown":{"n":true}`),
		"partly unknown":           edit(`"after_unknown":{}`, `"after_unknown":{"l":[false,true]}`),
		"order of a list":          edit(`"l":[1,2]},"after_unknown"`, `"l":[2,1]},"after_unknown"`),
		"another object":           strings.ReplaceAll(whole(all, ""), `"id":"1"`, `"id":"9"`),
		"another deleted object":   edit(`"id":"2"`, `"id":"9"`),
		"delete of a deposed one":  edit(`"name":"b"`, `"name":"b","deposed":"0123"`),
		"forget, not delete":       edit(`["delete"]`, `["forget"]`),
		"replace, not update":      edit(`["update"]`, `["delete","create"]`),
		"create first":             edit(`["update"]`, `["create","delete"]`),
		"moved":                    edit(`"name":"a"`, `"name":"a","previous_address":"x_y.old"`),
		"another provider":         edit(`"provider_name":"p"`, `"provider_name":"q"`),
		"another provider setting": strings.Replace(whole(all, ""), `"provider_config_key":"p.one"`, `"provider_config_key":"p.two"`, 1),
		"another provisioner":      strings.Replace(whole(all, ""), `"constant_value":"echo"`, `"constant_value":"curl"`, 1),
		"more in the create":       edit(`"after":{"n":1}`, `"after":{"n":1,"m":1}`),
		"create known":             edit(`"after":{"n":1},"after_unknown":{"id":true}`, `"after":{"n":1,"id":true},"after_unknown":{}`),
		"output":                   whole(all, `,"output_changes":{"o":{"actions":["update"],"before":1,"after":2}}`),
		"output value":             whole(all, `,"output_changes":{"o":{"actions":["update"],"before":1,"after":3}}`),
		"output unknown":           whole(all, `,"output_changes":{"o":{"actions":["update"],"before":1,"after":null,"after_unknown":true}}`),
		"action":                   whole(all, `,"action_invocations":[{"address":"action.a.b","type":"a","name":"b"}]`),
		"deferred":                 whole(all, `,"deferred_changes":[{"reason":"x","resource_change":{}}]`),
		"import":                   edit(`"before":null,"after":{"n":1}`, `"importing":{"id":"i-1"},"before":null,"after":{"n":1}`),
		"variable":                 whole(all, `,"variables":{"v":{"value":1}}`),
		"another variable":         whole(all, `,"variables":{"v":{"value":2}}`),
		"variable by another name": whole(all, `,"variables":{"w":{"value":1}}`),
		"provider settings":        strings.Replace(whole(all, ""), `"configuration":{`, `"configuration":{"provider_config":{"p":{"name":"p","expressions":{"region":{"constant_value":"a"}}}},`, 1),
		"other provider settings":  strings.Replace(whole(all, ""), `"configuration":{`, `"configuration":{"provider_config":{"p":{"name":"p","expressions":{"region":{"constant_value":"b"}}}},`, 1),
		"true, not unknown":        edit(`"n":2`, `"n":true`),
		"null to true":             edit(`"n":1,"s":"same","l":[1,2]},"after":{"id":"1","n":2`, `"n":null,"s":"same","l":[1,2]},"after":{"id":"1","n":true`),
		"null to unknown":          strings.Replace(edit(`"n":1,"s":"same","l":[1,2]},"after":{"id":"1","n":2`, `"n":null,"s":"same","l":[1,2]},"after":{"id":"1"`), `"after_unknown":{}`, `"after_unknown":{"n":true}`, 1),
		"deleted without an id":    edit(`"before":{"id":"2","seen":"today"}`, `"before":{"seen":"today"}`),
		"another without an id":    edit(`"before":{"id":"2","seen":"today"}`, `"before":{"seen":"tomorrow"}`),
		"import of another":        edit(`"before":null,"after":{"n":1}`, `"importing":{"id":"i-2"},"before":null,"after":{"n":1}`),
	}
	seen := map[string]string{}
	for name, plan := range plans {
		d := changeset(t, plan)
		if other := seen[d]; other != "" {
			t.Errorf("%q and %q have the same digest", name, other)
		}
		seen[d] = name
	}
}

// TestChangesetOfCorpus: real plans written another way have the same digest.
func TestChangesetOfCorpus(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(fixtures, "plans", "*", "*.json"))
	if err != nil || len(names) < 100 {
		t.Fatal(len(names), err)
	}
	n := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := tfplan.Read(bytes.NewReader(data), "p", tfplan.Options{})
		if err != nil || !json.Valid(data) {
			continue
		}
		var v any
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		again, err := json.MarshalIndent(v, "", "\t") // members in the order of their names
		if err != nil {
			t.Fatal(err)
		}
		n++
		q, err := tfplan.Read(bytes.NewReader(again), "p", tfplan.Options{})
		if err != nil || q.Changeset != p.Changeset {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n < 100 {
		t.Errorf("only %d plans were compared", n)
	}
}

// TestChangesetGolden keeps the form: a change of it needs a new prefix.
func TestChangesetGolden(t *testing.T) {
	t.Parallel()
	const want = "changes-v1:sha256:c8edfaedbe5143e437c4356573aec603d0ae2d61c691794564ab40e1a04872f8"
	if got := changeset(t, whole(updateA+","+deleteB+","+createC, "")); got != want {
		t.Errorf("the digest is %s, and was %s: approvals that name it are lost", got, want)
	}
}
