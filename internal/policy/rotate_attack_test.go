package policy

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func testSSH(t testing.TB, name string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}

func testPEM(t testing.TB, name string) string {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	der, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))
}

// ownKeys finds the list of an owner in another way than the code under test.
func ownKeys(p *Policy, owner string) *[]Key {
	for i := range p.Agents {
		if p.Agents[i].ID == owner {
			return &p.Agents[i].Keys
		}
	}
	for i := range p.People {
		if p.People[i].ID == owner {
			return &p.People[i].Keys
		}
	}
	for i := range p.Provenance.Attestors {
		if p.Provenance.Attestors[i].ID == owner {
			return &p.Provenance.Attestors[i].Keys
		}
	}
	return nil
}

// onlyMeant fails unless the rotation changed the one key as it should, added the new
// one behind it, and touched nothing else: neither in the policy nor, apart from a
// date that was replaced, in the text.
func onlyMeant(t testing.TB, text string, known Known, ro Rotation, got Rotated) {
	t.Helper()
	before, _ := Parse(text, known)
	after, problems := Parse(got.Text, known)
	if before == nil || after == nil {
		t.Fatalf("no policy: %v\n%s", problems, got.Text)
	}
	was, is := ownKeys(before, ro.Owner), ownKeys(after, ro.Owner)
	w, n := *was, *is
	*was, *is = nil, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("more than the owner's keys changed:\n%s", got.Text)
	}
	at := ro.At.UTC().Truncate(time.Second)
	i := slices.IndexFunc(n, func(k Key) bool { return k.Key == unixLines(ro.New) })
	if len(n) != len(w)+1 || i < 1 {
		t.Fatalf("%d keys became %d, the new one is number %d:\n%s", len(w), len(n), i, got.Text)
	}
	if !reflect.DeepEqual(n[i], Key{Key: unixLines(ro.New), NotBefore: at}) {
		t.Errorf("the new key is %+v", n[i])
	}
	if !reflect.DeepEqual(slices.Concat(n[:i-1], n[i+1:]), slices.Concat(w[:i-1], w[i:])) {
		t.Errorf("another key changed:\n%s", got.Text)
	}
	k, o := n[i-1], w[i-1]
	switch {
	case !o.RevokedAt.IsZero() || !o.NotAfter.IsZero() && o.NotAfter.Before(at) || o.NotBefore.After(at):
		t.Errorf("a key that was not good was rotated: %+v", o)
	case ro.Until.IsZero() && (!k.RevokedAt.Equal(at) || k.Reason == "" || !k.NotAfter.Equal(o.NotAfter)):
		t.Errorf("it is not revoked: %+v", k)
	case !ro.Until.IsZero() && (k.NotAfter.IsZero() || k.NotAfter.After(ro.Until) || !o.NotAfter.IsZero() && k.NotAfter.After(o.NotAfter)):
		t.Errorf("it ends at %v, and should by %v and %v", k.NotAfter, ro.Until, o.NotAfter)
	}
	o.NotAfter, o.RevokedAt, o.Reason = k.NotAfter, k.RevokedAt, k.Reason
	if !reflect.DeepEqual(k, o) {
		t.Errorf("the old key became another one: %+v", k)
	}
	if !containsInOrder(dates.ReplaceAllString(got.Text, "D"), dates.ReplaceAllString(text, "D")) {
		t.Errorf("text was lost:\n%s\nwas\n%s", got.Text, text)
	}
}

var dates = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9TZ:.+-]*`)

// containsInOrder: every character of sub but blanks stands in s, in its order.
func containsInOrder(s, sub string) bool {
	for i := range len(sub) {
		if strings.IndexByte(" \t\r\n", sub[i]) >= 0 {
			continue
		}
		at := strings.IndexByte(s, sub[i])
		if at < 0 {
			return false
		}
		s = s[at+1:]
	}
	return true
}

func indented(text string, by int) string {
	pad := strings.Repeat(" ", by)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = pad + l
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// layouts are ways to write the keys of an owner. OLD stands for the old key in one
// line, TWO for a second one, BLOCK for the old one on lines of their own.
var layouts = []struct {
	name, text string
	refused    bool
}{
	{"list", "keys:\n  - OLD # c1\n  - TWO # c2\n", false},
	{"list, behind another", "keys:\n  - TWO # OLD\n  # - OLD\n  - OLD\n  # c3\n", false},
	{"dashes under the word", "keys:\n- TWO\n- OLD\n", false},
	{"far in", "keys:\n         -    OLD\n         -    TWO\n", false},
	{"a tab behind the dash", "keys:\n  -\tOLD\n  - TWO\n", false},
	{"the word in quotes", "\"keys\": # c0\n  - OLD\n", false},
	{"blanks before the colon", "'keys'  :\n  - OLD\n", false},
	{"with members", "keys:\n  - key: OLD # c1\n    # c2\n    not_before: 2026-01-01 # c3\n\n    # c4\n  - key: TWO\n    not_after: 2026-01-02\n", false},
	{"with an end first", "keys:\n  - not_after: 2027-01-01 # c1\n    key: OLD\n", false},
	{"with an end in quotes", "keys:\n  - \"not_after\": '2027-01-01' # c1\n    \"key\": OLD\n  - TWO\n", false},
	{"with an end that stays", "keys:\n  - key: OLD\n    not_after: 2026-11-20T12:30:00.25Z # c1\n", false},
	{"an end with escapes", "keys:\n  - key: OLD\n    not_after: \"2027-01-0\\x31\"\n", true},
	{"an end on the next line", "keys:\n  - key: OLD\n    not_after:\n      2027-01-01\n  - TWO\n", false},
	{"the end of another key", "keys:\n  - key: TWO\n    not_after: 2027-01-01\n  - key: OLD\n", false},
	{"an end in a comment", "keys:\n  - key: OLD\n    # not_after: 2027-01-01\n", false},
	{"explicit keys", "keys:\n  - ? key\n    : OLD\n", false},
	{"the dash alone", "keys:\n  -\n    key: OLD\n", true},
	{"a comment behind the dash", "keys:\n  - # c1\n    key: OLD\n", true},
	{"an explicit word", "? keys\n: - OLD\n", true},
	{"in braces", "keys:\n  - {key: OLD, not_before: 2026-01-01} # c1\n  - TWO\n", false},
	{"in braces over lines", "keys:\n  - {key: OLD, # }\n     not_before: 2026-01-01,\n    }\n  - TWO\n", false},
	{"in braces with an end", "keys:\n  - {not_after: \"2027-01-01\", key: OLD}\n", false},
	{"in brackets", "keys: [OLD, TWO] # c1 ]\n", false},
	{"in brackets, last", "keys: [TWO, OLD]\n", false},
	{"in brackets with comments", "keys: [ # c1 [\n    TWO, # c2 OLD\n    OLD # c3 {\n  , ]\n", false},
	{"braces in brackets", "keys: [{key: TWO}, { key : OLD, } , ]\n", false},
	{"braces in brackets, written as JSON", "keys: [{\"key\":OLD,\"not_after\":\"2027-01-01\"},{\"key\":TWO}]\n", false},
	{"alone", "keys: OLD # c1\n", false},
	{"alone, below", "keys:\n  OLD\n", true},
	{"alone, explicit", "? keys\n: OLD\n", true},
	{"block", "keys:\n  - |\n    BLOCK\n  - TWO\n", false},
	{"block with a comment and blanks", "keys:\n  - |- # c1\n     \n     BLOCK\n\n\n  # c2\n  - TWO\n", false},
	{"block of given depth", "keys:\n  -   |2\n    BLOCK\n", false},
	{"block behind key", "keys:\n  - key: |\n      BLOCK\n    not_before: 2026-01-01\n", false},
	{"block alone", "keys: | # c1\n  BLOCK\n", false},
	{"block that is folded", "keys:\n  - key: >\n\n      BLOCK\n", true},
	{"the same key twice", "keys:\n  - OLD\n  - OLD\n", true},
	{"an anchor", "keys:\n  - &a OLD\n", true},
	{"an alias", "keys: &a [OLD]\nemails: *a\n", true},
	{"a tag", "keys: [!!str OLD]\n", true},
	{"a merge", "keys:\n  - <<: {not_before: 2026-01-01}\n    key: OLD\n", true},
	{"two words", "keys: [OLD]\n\"keys\": [TWO]\n", true},
	{"tabs before the dash", "keys:\n\t- OLD\n", true},
	{"a lone carriage return", "keys:\n  - OLD # \r  - TWO\n", true},
	{"another line break", "keys:\n  - OLD # \u2028  - TWO\n", true},
}

// owners are places in a policy for keys, with neighbours that look like them.
var owners = []struct {
	name, id, text string
	in             int // columns
	pem            bool
}{
	{"agent", "claw", "version: 1\nagents:\n  - id: cla\n    keys: [\"THREE\"]\n  # - id: claw\n  #   keys: [OLD]\n  - id: claw # keys:\nHERE\n    emails: [a@example.com]\n  - id: claw2\n    keys:\n      - FOUR # OLD\nprovenance: {require: signed}\n", 4, false},
	{"agent of a compact list", "claw", "---\n# keys: OLD\nagents:\n- id: claw\nHERE\nversion: 1\n...\n", 2, false},
	{"keys behind the dash", "claw", "version: 1\nagents:\n  - HERE\n    trailers: [\"keys: OLD\"] # - OLD\n    id: claw\n", 4, false},
	{"agent with PEM keys", "claw", "version: 1\nagents:\n  - id: claw\nHERE\nprovenance:\n  require: attested\n", 4, true},
	{"person", "alice", "version: 1\npeople:\n  - id: alic\n    github_ids: [2]\n    keys: THREE\n  - github_ids: [1]\n    id: alice\nHERE\n# the end", 4, false},
	{"attestor", "forge", "version: 1\nprovenance:\n  attestors:\n    - id: forge2\n      identities: [{issuer: https://a.example, subject: x}]\n    - id: forge\nHERE\nagents: [{id: forge3, keys: [\"FOUR\"]}]\n", 6, true},
	{"agent in braces", "claw", "version: 1\nagents: [{id: cla, keys: [\"THREE\"], emails: [\"ä@example.com\"]}, {id: claw, HERE}]\n", -1, false},
	{"all of it in braces", "claw", "{\"version\": 1, \"agents\": [{HERE, \"id\": \"claw\"}]}", -1, true},
}

func layOut(t testing.TB, o int, layout string) (text string, ro Rotation) {
	t.Helper()
	c := owners[o]
	make := testSSH
	if c.pem {
		make = testPEM
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 5, time.UTC)
	ro = Rotation{Owner: c.id, Old: make(t, "old"), New: make(t, "new"), At: at, Until: at.Add(72 * time.Hour)}
	line := func(name string) string { return `"` + strings.ReplaceAll(make(t, name), "\n", `\n`) + `"` }
	block := regexp.MustCompile(`( *)BLOCK`).ReplaceAllStringFunc(layout, func(s string) string {
		return strings.TrimSuffix(indented(make(t, "old"), len(s)-len("BLOCK")), "\n")
	})
	block = strings.NewReplacer("OLD", line("old"), "TWO", line("two")).Replace(block)
	if c.in < 0 {
		block = strings.TrimSuffix(block, "\n")
	} else {
		block = strings.TrimSuffix(indented(block, c.in), "\n")
	}
	if strings.Contains(c.text, "- HERE") {
		block = strings.TrimLeft(block, " ")
	}
	return strings.NewReplacer("HERE", block, "OLD", ro.Old, "THREE", testSSH(t, "three"), "FOUR", testSSH(t, "four")).Replace(c.text), ro
}

// TestRotateLayouts: whatever the file looks like, either exactly the meant policy
// comes out or an error that says what to do.
func TestRotateLayouts(t *testing.T) {
	t.Parallel()
	for o, owner := range owners {
		for _, l := range layouts {
			oneLine := strings.Count(l.text, "\n") == 1 && !strings.ContainsAny(l.text, "#|")
			if owner.in < 0 && !oneLine || strings.Contains(owner.text, "- HERE") && l.text[0] == '?' {
				continue // it is not YAML there
			}
			if strings.Contains(l.text, "BLOCK") && !owner.pem {
				continue // SSH keys have one line
			}
			for _, ending := range []string{"", "\r\n", "no newline"} {
				for _, revoke := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s/%s/%q/%v", owner.name, l.name, ending, revoke), func(t *testing.T) {
						t.Parallel()
						text, ro := layOut(t, o, l.text)
						switch ending {
						case "\r\n":
							text = strings.ReplaceAll(text, "\n", "\r\n")
						case "no newline":
							text = strings.TrimRight(text, "\n")
						}
						if revoke {
							ro.Until, ro.Reason = time.Time{}, `"stolen" # \`
						}
						got, err := Rotate(text, Known{}, ro)
						if err != nil {
							if !l.refused {
								t.Errorf("%v\n%s", err, text)
							}
							if got != (Rotated{}) || len(err.Error()) < 40 {
								t.Errorf("%+v, %v", got, err)
							}
							return
						}
						if l.refused && (!revoke || l.name != "an end with escapes") { // a revocation leaves that
							t.Errorf("it was not refused:\n%s", got.Text)
						}
						onlyMeant(t, text, Known{}, ro, got)
						if ending == "\r\n" && strings.Count(got.Text, "\n") != strings.Count(got.Text, "\r\n") {
							t.Errorf("line endings are mixed:\n%q", got.Text)
						}
					})
				}
			}
		}
	}
}

// TestRotateWholeFiles: what the text as a whole can be.
func TestRotateWholeFiles(t *testing.T) {
	t.Parallel()
	text, ro := layOut(t, 0, "keys: [OLD]\n")
	for name, bad := range map[string]string{
		"byte order mark":       "\uFEFF" + text,
		"a second document":     text + "---\nversion: 1\n",
		"two in the first":      "version: 1\n---\n" + text,
		"a directive":           "%YAML 1.2\n---\n" + text,
		"agents twice":          text + "agents: []\n",
		"an owner twice":        strings.Replace(text, "id: claw2", "id: claw", 1),
		"an owner's look-alike": strings.Replace(text, "id: claw2", "id: CLAW", 1),
		"UTF-16":                "\xff\xfe" + text,
		"too long":              text + strings.Repeat("#", maxText),
	} {
		if got, err := Rotate(bad, Known{}, ro); err == nil {
			t.Errorf("%s is taken:\n%.300s", name, got.Text)
		}
	}
}

// FuzzRotate turns every key of whatever is a policy. How chooses what is done; at,
// cut and put edit the text once more, so that its keys stay keys.
func FuzzRotate(f *testing.F) {
	for _, path := range fixtureFiles(f, "ok") {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint8(0), uint16(0), uint8(0), "")
	}
	marks := []string{"# ", "\n", " ", "\t", "{", "}", "[", "]", "'", `"`, "- ", ": ", "\r\n", ",", "#", "|", `\`, "\n\n", "\n# x\n", "ä", "null", "? ", "\n  ", "not_after: 2027-01-01, ", "\n        not_after: 2027-01-01"}
	for o := range owners {
		for i, l := range layouts {
			text, _ := layOut(f, o, l.text)
			for j := range 4 {
				f.Add(text, uint8(i), uint16((i*131+j*len(text)/4)%len(text)), uint8(j&1), marks[(i+j)%len(marks)])
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string, how uint8, at uint16, cut uint8, put string) {
		from := min(int(at), len(text))
		text = text[:from] + put + text[min(from+int(cut), len(text)):]
		files := func(path string) (string, error) {
			if how&8 != 0 {
				return "", errors.New("no such file")
			}
			return testPEM(t, path), nil
		}
		when := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).AddDate(0, int(how%8)-4, 0)
		ro := Rotation{Owner: "claw", Old: testSSH(t, "old"), New: testSSH(t, "new"), At: when, Until: when.Add(time.Hour), Files: files}
		if how&16 != 0 {
			ro.Until, ro.Reason = time.Time{}, "lost"
		}
		p, _ := Parse(text, known)
		if p == nil {
			if _, err := Rotate(text, known, ro); err == nil {
				t.Error("what is no policy was rotated")
			}
			return
		}
		left := 4
		for _, h := range p.holders() {
			for i := range *h.keys {
				old, err := KeyFiles(files).text(&(*h.keys)[i])
				if left--; err != nil || left < 0 {
					continue
				}
				ro.Owner, ro.Old, ro.New = h.id, old, testSSH(t, "new")
				if h.kind == kindAttestor || how&32 != 0 && h.kind == kindAgent {
					ro.New = testPEM(t, "new")
				}
				got, err := Rotate(text, known, ro)
				if err == nil {
					onlyMeant(t, text, known, ro, got)
				}
			}
		}
	})
}
