package attestation_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/attestation"
	"github.com/claw-verified/claw-verified/internal/attestation/sigstoretest"
)

// told is how a test writes items down: format, name, and the problem.
func told(items []attestation.Item) []string {
	var out []string
	for i := range items {
		it := &items[i]
		s := string(it.Format)
		if s == "" {
			s = "unknown: " + it.Problem
		}
		out = append(out, it.Name+" | "+s)
	}
	return out
}

func TestRead(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	b := string(in.SignKey(agentStatement(t, theCommit()), p256(t)))
	env := string(bare(t, []byte(b)))
	var indented strings.Builder
	e := json.NewEncoder(&indented)
	e.SetIndent("", "  ")
	if err := e.Encode(json.RawMessage(b)); err != nil {
		t.Fatal(err)
	}
	pretty := indented.String()
	lines := strings.Count(pretty, "\n")
	big := `{"mediaType":"x","verificationMaterial":"` + strings.Repeat("x", attestation.MaxItemBytes) + `"}`
	const unknown = " | unknown: no format that is known"
	for name, tc := range map[string]struct {
		body string
		want []string
	}{
		"a bundle":             {b, []string{"f | sigstore-bundle"}},
		"an envelope":          {"\n" + env + "\n", []string{"f | dsse"}},
		"with lines":           {pretty, []string{"f | sigstore-bundle"}},
		"JSON lines":           {b + "\n" + env + "\n", []string{"f, line 1 | sigstore-bundle", "f, line 2 | dsse"}},
		"JSON lines, CRLF":     {b + "\r\n\r\n" + env + "\r\n", []string{"f, line 1 | sigstore-bundle", "f, line 3 | dsse"}},
		"with lines, several":  {pretty + pretty, []string{"f, line 1 | sigstore-bundle", fmt.Sprintf("f, line %d | sigstore-bundle", lines+1)}},
		"rubbish between":      {b + "\nnotes:\nmore\n" + env, []string{"f, line 1 | sigstore-bundle", "f, line 2" + unknown, "f, line 4 | dsse"}},
		"rubbish at the end":   {b + "\n{", []string{"f, line 1 | sigstore-bundle", "f, line 2" + unknown}},
		"a broken one between": {b + "\n" + b[:50] + "\n" + env, []string{"f, line 1 | sigstore-bundle", "f, line 2" + unknown, "f, line 3 | dsse"}},
		"GitHub's answer":      {`{"attestations":[{"repository_id":1,"bundle":` + b + `},{"bundle":` + b + `}]}`, []string{"f, attestation 1 | sigstore-bundle", "f, attestation 2 | sigstore-bundle"}},
		"an answer without":    {`{"attestations":[{"bundle":null,"bundle_url":"https://x"},1]}`, []string{"f, attestation 1 | unknown: it holds no bundle; only what is in the answer itself is read", "f, attestation 2 | unknown: it holds no bundle; only what is in the answer itself is read"}},
		"an answer inside one": {`{"attestations":[{"bundle":{"attestations":[{"bundle":` + b + `}]}}]}`, []string{"f, attestation 1" + unknown}},
		"an empty answer":      {`{"attestations":[]}`, nil},
		"a list":               {"[" + b + "]", []string{"f" + unknown}},
		"a word":               {"LGTM", []string{"f" + unknown}},
		"other JSON":           {`{"a":1}`, []string{"f" + unknown}},
		"nothing":              {" \n", nil},
		"duplicates stay":      {strings.Replace(b, `"mediaType"`, `"mediaType":"x","mediaType"`, 1), []string{"f | sigstore-bundle"}},
		"large":                {big, []string{fmt.Sprintf("f | unknown: %d bytes long, at most 1048576 are read", len(big))}},
		"large, between":       {b + "\n" + big + "\n" + b, []string{"f, line 1 | sigstore-bundle", fmt.Sprintf("f, line 2 | unknown: %d bytes long, at most 1048576 are read", len(big)), "f, line 3 | sigstore-bundle"}},
		"large rubbish":        {strings.Repeat("x ", attestation.MaxItemBytes), []string{fmt.Sprintf("f | unknown: %d bytes long, at most 1048576 are read", 2*attestation.MaxItemBytes-1)}},
		"too large":            {strings.Repeat(" ", attestation.MaxTextBytes) + b, []string{"f | unknown: larger than 16 MiB, nothing of it was read"}},
	} {
		got := attestation.Read(checks.Attestation{Carrier: checks.CarrierNotes, Name: "f", Commit: "c0ffee", Body: checks.Bytes(tc.body)})
		if d := cmp.Diff(tc.want, told(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		for i := range got {
			if it := &got[i]; it.Carrier != checks.CarrierNotes || it.Hint != "c0ffee" || !strings.HasPrefix(it.Digest, "sha256:") || len(it.Raw) > attestation.MaxItemBytes {
				t.Errorf("%s: %+v", name, it)
			}
		}
	}
}

func TestReadMany(t *testing.T) {
	t.Parallel()
	body := strings.Repeat(`{"payload":"","payloadType":"","signatures":[]}`+"\n", attestation.MaxItems+5)
	got := attestation.Read(checks.Attestation{Name: "f", Body: checks.Bytes(body)})
	if len(got) != attestation.MaxItems+1 || got[attestation.MaxItems].Problem != "more than 1000 items, the rest was not read" {
		t.Errorf("%d items, %+v", len(got), got[len(got)-1])
	}
	got = attestation.Read(checks.Attestation{Name: "f", Body: checks.Bytes(body[:len(body)/(attestation.MaxItems+5)*attestation.MaxItems])})
	if len(got) != attestation.MaxItems || got[attestation.MaxItems-1].Problem != "" {
		t.Errorf("%d items, %+v", len(got), got[len(got)-1])
	}
}

// TestReadIsLinear: text in which every line looks like the beginning of a document
// that never ends.
func TestReadIsLinear(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"nested": `{"a":` + "\n", "strings": "{\"\n", "open": "{\n", "lists": `{"a":[1,` + "\n"} {
		start := time.Now()
		got := attestation.Read(checks.Attestation{Body: checks.Bytes(strings.Repeat(line, attestation.MaxTextBytes/len(line)))})
		if took := time.Since(start); took > 20*time.Second || len(got) > 2 {
			t.Errorf("%s: %d items in %s", name, len(got), took)
		}
	}
}

func TestReadDescription(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	b := string(in.SignKey(agentStatement(t, theCommit()), p256(t)))
	packed := base64.StdEncoding.EncodeToString([]byte(b))
	var folded strings.Builder
	for i, c := range packed {
		if folded.WriteRune(c); i%76 == 75 {
			folded.WriteString("\n")
		}
	}
	digest := "sha256:" + strings.Repeat("ab", 32)
	for name, tc := range map[string]struct {
		body     string
		want     []string
		pointers []string
	}{
		"no block":         {"Fixes #1\n", nil, nil},
		"nothing":          {"", nil, nil},
		"a bundle in text": {b, nil, nil},
		"a block":          {"Hello\n\n```claw-attestation\n" + b + "\n```\nBye\n", []string{"block 1 | sigstore-bundle"}, nil},
		"CRLF":             {"Hello\r\n\r\n```claw-attestation\r\n" + b + "\r\n```\r\nBye\r\n", []string{"block 1 | sigstore-bundle"}, nil},
		"tildes":           {"~~~~ claw-attestation\n" + b + "\n~~~~\n", []string{"block 1 | sigstore-bundle"}, nil},
		"base64":           {"```claw-attestation\n" + folded.String() + "\n```\n", []string{"block 1 | sigstore-bundle"}, nil},
		"not closed":       {"```claw-attestation\n" + b, []string{"block 1 | sigstore-bundle"}, nil},
		"two":              {"```claw-attestation\n" + b + "\n```\n```claw-attestation\n" + b + "\n```\n", []string{"block 1 | sigstore-bundle", "block 2 | sigstore-bundle"}, nil},
		"two in one":       {"```claw-attestation\n" + b + "\n" + b + "\n```\n", []string{"block 1 | unknown: not one JSON document"}, nil},
		"rubbish":          {"```claw-attestation\nLGTM!\n```\n", []string{"block 1 | unknown: neither a JSON document nor base64 of one"}, nil},
		"empty":            {"```claw-attestation\n```\n", []string{"block 1 | unknown: not one JSON document"}, nil},
		"an answer":        {"```claw-attestation\n{\"attestations\":[]}\n```\n", []string{"block 1 | unknown: no format that is known"}, nil},
		"another language": {"```json\n" + b + "\n```\n", nil, nil},
		"inside another":   {"````markdown\n```claw-attestation\n" + b + "\n```\nClaw-Attestation: " + digest + "\n````\n", nil, nil},
		"indented code":    {"    ```claw-attestation\n    " + b + "\n    ```\n", nil, nil},
		"a pointer":        {"Fixes\r\n\r\nClaw-Attestation: " + digest + "\r\n", nil, []string{digest}},
		"a pointer, twice": {"Claw-Attestation: " + digest + "\nClaw-Attestation: " + digest + "\n", nil, []string{digest}},
		"short pointer":    {"Claw-Attestation: sha256:abab\nx Claw-Attestation: " + digest + "\n", nil, nil},
	} {
		a := checks.Attestation{Carrier: checks.CarrierPullRequest, Body: checks.Bytes(tc.body)}
		if d := cmp.Diff(tc.want, told(attestation.Read(a))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := cmp.Diff(tc.pointers, attestation.Pointers(a)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		a.Carrier = checks.CarrierFile
		if p := attestation.Pointers(a); p != nil {
			t.Errorf("%s: a file with pointers %q", name, p)
		}
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	in := sigstoretest.New(t, signedOn)
	k := p256(t)
	c := theCommit()
	one := func(digests ...map[string]string) []byte {
		var list []any
		for _, d := range digests {
			list = append(list, map[string]any{"digest": d})
		}
		return statement(t, "https://example.com/x", nil, list...)
	}
	other := strings.Repeat("0", 64)
	for name, tc := range map[string]struct {
		text []byte
		want []string
	}{
		"ours":       {agentStatement(t, c), []string{c.ID}},
		"sha1":       {one(map[string]string{"sha1": c.ID}), []string{c.ID}},
		"several":    {one(map[string]string{"gitCommit": c.ID}, map[string]string{"gitCommit": other}, map[string]string{"sha1": c.ID, "gitCommit": c.ID}), []string{c.ID, other}},
		"sha256":     {one(map[string]string{"sha256": other}), nil},
		"tree":       {one(map[string]string{"gitTree": c.ID}), nil},
		"short":      {one(map[string]string{"gitCommit": c.ID[:12]}), nil},
		"upper case": {one(map[string]string{"gitCommit": strings.ToUpper(c.ID)}), nil},
		"no subject": {one(), nil},
		"no JSON":    {[]byte("{"), nil},
	} {
		b := in.SignKey(tc.text, k)
		for _, raw := range [][]byte{b, bare(t, b)} {
			it := fileItem(t, raw)
			if d := cmp.Diff(tc.want, it.Subjects()); d != "" {
				t.Errorf("%s, %s: %s", name, it.Format, d)
			}
		}
	}
	blob := fileItem(t, in.SignBlob([]byte("the commit object"), sigstoretest.Workflow("acme/widgets", c.ID)))
	if got := blob.Subjects(); got != nil {
		t.Errorf("a message signature: %q", got)
	}
	if got := (&attestation.Item{}).Subjects(); got != nil {
		t.Errorf("nothing: %q", got)
	}
}
