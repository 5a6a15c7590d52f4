package planfile_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/planfile"
)

// encrypted is the form in which OpenTofu writes an encrypted plan, member for
// member.
func encrypted(t testing.TB, data string) []byte {
	t.Helper()
	b, err := json.Marshal(struct {
		Meta    map[string][]byte `json:"meta"`
		Data    []byte            `json:"encrypted_data"`
		Version string            `json:"encryption_version"`
	}{map[string][]byte{"key_provider.pbkdf2.k": []byte(`{"salt":"x"}`)}, []byte(data), "v0"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncrypted(t *testing.T) {
	for _, n := range []int{96, 500, 501, 502, 3 << 20} {
		f := read(t, encrypted(t, strings.Repeat("x", n)))
		want := checks.Saved{Source: "p", Digest: "d", Size: 7, Encrypted: true}
		got := f.Saved("p", "d", 7, []string{"x"}, &checks.SourceMatch{Found: true})
		if diff := cmp.Diff(want, got); diff != "" || !f.Encrypted() {
			t.Error(diff)
		}
		c := f.Compare()
		c.Change("a.b", "", []string{"create"})
		c.Output("o", nil)
		c.Facts(planfile.Stated{ToolVersion: "1"})
		if d := c.Done(); d != nil {
			t.Errorf("nothing is known, and it disagrees: %v", d)
		}
		if m := planfile.Match(f, tree(moduleFiles), false); m.Found || m.Same() {
			t.Errorf("got %+v", m)
		}
		if m := planfile.MatchAt(f, tree(moduleFiles), false, "infra/prod"); m.Same() {
			t.Errorf("got %+v", m)
		}
	}
}

func TestNotAPlanFile(t *testing.T) {
	for text, want := range map[string]string{
		"":     "not a plan file",
		"PK":   "too short",
		"{}":   "neither a zip nor an encrypted one",
		"{":    "neither",
		"null": "does not begin like a zip",
		`{"format_version":"1.2","terraform_version":"1.11.4"}`:        "the JSON of a plan",
		`{"remote_plan_format":1,"run_id":"run-x","hostname":"h"}`:     "HCP Terraform",
		"tfplan" + strings.Repeat("x", 100):                            "before Terraform 0.12",
		`{"meta":{},"encrypted_data":"","encryption_version":""}`:      "neither",
		`{"encrypted_data":"eA==","encryption_version":"v0"} trailing`: "neither",
		`{"a":"encrypted_data","encryption_version":"v0"}`:             "neither",
		strings.Repeat("[", 1000):                                      "does not begin like a zip",
		`{"a":` + strings.Repeat("[", 100_000):                         "neither",
		"PK\x03\x04" + strings.Repeat("x", 100):                        "the end of the zip is not where the file ends",
	} {
		refused(t, []byte(text), planfile.Limits{}, want)
	}
}

func TestUnreadable(t *testing.T) {
	got := planfile.Unreadable("p", "sha256:x", 3, &planfile.Error{Message: "m", Entry: "e\n", Field: "f", Offset: 2})
	want := checks.Saved{Source: "p", Digest: "sha256:x", Size: 3, Error: `m in "e\n" at f (byte 2)`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
