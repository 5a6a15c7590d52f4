package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// TestAllowedSignersSameAsSSHKeygen makes allowed_signers files out of everything
// the format has, and much it has not, and asks ssh-keygen and us about the same
// signature, name and time. CLAW_CASES=10000 asks so many times; a case is told by
// its number.
func TestAllowedSignersSameAsSSHKeygen(t *testing.T) {
	t.Parallel()
	keygenPath, err := exec.LookPath("ssh-keygen")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("ssh-keygen is missing")
		}
		t.Skip("ssh-keygen is missing: install openssh-client to compare with it")
	}
	cases := 400
	if s := os.Getenv("CLAW_CASES"); s != "" {
		if cases, err = strconv.Atoi(s); err != nil {
			t.Fatalf("CLAW_CASES: %v", err)
		}
	}
	d := &differential{keygen: keygenPath, dir: t.TempDir()}
	d.signatures, d.authorities = makeSignatures(t)
	for i, s := range d.signatures {
		if err := os.WriteFile(filepath.Join(d.dir, fmt.Sprintf("sig%d", i)), s.armoured, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var next, equal, accepted, stricter atomic.Int64
	var wg sync.WaitGroup
	for worker := range 2 {
		wg.Go(func() {
			for n := int(next.Add(1)) - 1; equal.Load() < int64(cases) && !t.Failed(); n = int(next.Add(1)) - 1 {
				c := d.makeCase(rand.New(rand.NewPCG(20230202, uint64(n)))) //nolint:gosec // a case's number
				if n < len(corners) {
					c.file = []byte(strings.ReplaceAll(corners[n], "KEY", keyText(d.signatures[0].key)))
					c.index, c.signature, c.principal, c.at = 0, d.signatures[0], "alice@x.org", t2
				}
				theirs, err := d.ask(t, worker, c)
				if err != nil {
					t.Errorf("case %d: %v", n, err)
					return
				}
				ours, may, why := d.judge(c)
				switch {
				case ours == theirs && !may:
					equal.Add(1)
					if ours {
						accepted.Add(1)
					}
				case may && (theirs || !ours):
					stricter.Add(1)
				default:
					t.Errorf("case %d: signature %q, principal %q, at %s: we say %v (%s), ssh-keygen %v, of\n%s",
						n, c.signature.name, c.principal, time.Unix(c.at, 0).UTC().Format(time.RFC3339), ours, why, theirs, quoteLines(c.file))
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d cases with no difference, %d of them accepted; %d more in which we are stricter on purpose and never laxer", equal.Load(), accepted.Load(), stricter.Load())
	if accepted.Load()*20 < equal.Load() {
		t.Errorf("only %d of %d accepted: the files say too little", accepted.Load(), equal.Load())
	}
}

// corners are lines that chance comes by too seldom; KEY is the key that signed, and
// it is the first second of March 2026.
var corners = []string{
	`* valid-after="20260228235960" KEY`, `* valid-after="20260228235961" KEY`, `* valid-after="20260228235962" KEY`, `* valid-before="20260228235960" KEY`,
	`* valid-after="20260229" KEY`, `* valid-after="20260230" KEY`, `* valid-before="20260229" KEY`, `* valid-after="20260132" KEY`, `* valid-after="20260001" KEY`,
	`* valid-after="202602282360" KEY`, `* valid-after="202602282400" KEY`, `* valid-after="20260301",valid-before="20260301" KEY`, `* valid-after="20260301",valid-before="20260301000001" KEY`,
	`* valid-after="20260301uTc" KEY`, `* valid-after="20260301z" KEY`, `* valid-after="20260301ZZ" KEY`, `* valid-after="Z20260301" KEY`, `* valid-before="99991231235959" KEY`, `* valid-after="19700101000001Z" KEY`,
	`* valid-after="" KEY`, `* valid-after="20260301 KEY`, `* valid-after="20260301"Z KEY`, `* valid-after="20260301",valid-after="20260301" KEY`,
	`* namespaces="git",namespaces="git" KEY`, `* namespaces="file",namespaces="git" KEY`, `* namespaces="",namespaces="git" KEY`, `* namespaces="git"  KEY`, `* namespaces="git",,valid-after="2026" KEY`,
	`* ,namespaces="git" KEY`, `* ,,,namespaces="git" KEY`, `* , KEY`, `* namespaces="git", KEY`, `* namespaces="git",,NAMESPACES="git" KEY`, `* namespaces="g\"it" KEY`, `* namespaces="\"",  KEY`, `* namespaces="\\git" KEY`, `* namespaces="git\" KEY`,
	`"*"KEY`, `"*" KEY`, `al"ice@x.org" KEY`, `al"ice@x.org"KEY`, `"alice@x.org"x KEY`, `"alice"@x.org KEY`, `"" KEY`, `"alice@x.org KEY`, "*\tKEY", "*\rKEY", "* \r\t KEY", "*\vKEY", "* KEY\v", "* KEY\f\r",
	`!bob,alice@x.org KEY`, `alice@x.org,!alice@x.org KEY`, `!* KEY`, `!!alice@x.org,* KEY`, `!,* KEY`, `alice@x.org, KEY`, `,alice@x.org KEY`, `alice@x.org,, KEY`, `alice@x.or[g] KEY`, `alice@x.org? KEY`, `*?*?*@?*.* KEY`,
	`* KEY KEY`, `* KEY# comment`, `* KEY#comment`, `* #KEY`, `*# KEY`, `#* KEY`, ` # * KEY`, `* restrict KEY`, `* cert-authority KEY`, `* CERT-AUTHORITY KEY`, `* cert-authority="" KEY`, `* command="x" KEY`, `KEY`, `* * KEY`, `* ssh-rsa KEY`,
	strings.Repeat("x", 1022) + ",* KEY", strings.Repeat("x", 1023) + ",* KEY", "*," + strings.Repeat("x", 1023) + " KEY", "!" + strings.Repeat("x", 1022) + ",* KEY", "*" + strings.Repeat("*", 1022) + " KEY",
	"\n\n* KEY", "\x00\n* KEY", "\r\n* KEY\r\n", "#\r\n* KEY", "bad\n* KEY", "* KEY\nbad", "* namespaces=\"file\" KEY\n* KEY", "!alice@x.org,* KEY\n* KEY",
}

type differential struct {
	keygen, dir string
	signatures  []testSignature
	authorities []ssh.PublicKey
}

type allowedCase struct {
	index     int
	signature testSignature
	file      []byte
	principal string
	at        int64
}

// judge says what we say, and whether it may be less than ssh-keygen does.
func (d *differential) judge(c allowedCase) (ours, may bool, why string) {
	a, problems := ParseAllowedSigners(c.file)
	may = c.signature.stricter || slices.ContainsFunc(problems, func(p Problem) bool { return p.Stricter })
	at := time.Unix(c.at, 0)
	s, err := Verify([]byte(c.signature.message), c.signature.armoured, nil, at)
	if err == nil {
		err = a.Allows(s, c.principal, at)
	}
	return err == nil, may, fmt.Sprint(err, problems)
}

func (d *differential) ask(t *testing.T, worker int, c allowedCase) (bool, error) {
	t.Helper()
	file := filepath.Join(d.dir, fmt.Sprintf("allowed%d", worker))
	if err := os.WriteFile(file, c.file, 0o600); err != nil {
		return false, err
	}
	cmd := exec.CommandContext(t.Context(), d.keygen, "-Y", "verify", "-f", file, "-I", c.principal, "-n", "git", //nolint:gosec // a test's own arguments
		"-s", filepath.Join(d.dir, fmt.Sprintf("sig%d", c.index)), "-Overify-time="+time.Unix(c.at, 0).UTC().Format("20060102150405"))
	cmd.Stdin, cmd.Env = strings.NewReader(c.signature.message), []string{"TZ=UTC", "LC_ALL=C"}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &exit) && exit.ExitCode() == 255:
		return false, nil
	}
	return false, fmt.Errorf("ssh-keygen: %w: %s", err, out)
}

func (d *differential) makeCase(r *rand.Rand) allowedCase {
	c := allowedCase{index: r.IntN(len(d.signatures)), principal: pick(r, "alice@x.org", "alice@x.org", "alice@x.org", "alice@x.org", "bob@x.org", "Alice@x.org", "a b@x.org", "alice", "*")}
	for d.signatures[c.index].bad && r.IntN(3) > 0 {
		c.index = r.IntN(len(d.signatures))
	}
	c.signature = d.signatures[c.index]
	if n := c.signature.names; len(n) > 0 && r.IntN(3) > 0 {
		c.principal = n[r.IntN(len(n))]
	}
	c.at = t1 + r.Int64N(t2-t1)
	if r.IntN(2) == 0 {
		c.at = pick(r, testTimes...) + pick[int64](r, -86400, -1, -1, 0, 0, 1, 1, 59, 86400)
	}
	var lines [][]byte
	for range 1 + r.IntN(3) {
		l := d.line(r, c)
		if r.IntN(3) == 0 {
			l = mutate(r, l)
		}
		lines = append(lines, l)
	}
	c.file = bytes.Join(lines, []byte("\n"))
	if r.IntN(4) > 0 {
		c.file = append(c.file, '\n')
	}
	if r.IntN(12) == 0 {
		c.file = bytes.ReplaceAll(c.file, []byte("\n"), []byte("\r\n"))
	}
	if r.IntN(30) == 0 {
		c.file = mutate(r, c.file)
	}
	return c
}

// line makes one line: mostly about the case's own key, mostly well formed.
func (d *differential) line(r *rand.Rand, c allowedCase) []byte {
	switch r.IntN(14) {
	case 0:
		return []byte(pick(r, "", " ", "\t", "# comment", "  # alice@x.org", "\r", "garbage", "alice@x.org", "alice@x.org ", `"alice@x.org`, "ssh-ed25519 AAAA", "\"\"", ",,"))
	case 1:
		return []byte(strings.Repeat("x", r.IntN(1100)) + pick(r, "*", "", ",alice@x.org") + pick(r, " ", "\t") + keyText(c.signature.key))
	}
	var b strings.Builder
	b.WriteString(pick(r, "", "", "", "", " ", "\t", " \t "))
	b.WriteString(principals(r, c.principal))
	b.WriteString(pick(r, " ", " ", " ", "  ", "\t", " \t"))
	key, ca := c.signature.key, false
	if c.signature.ca != nil && r.IntN(4) > 0 {
		key, ca = c.signature.ca, true
	}
	if r.IntN(8) == 0 {
		key = d.signatures[r.IntN(len(d.signatures))].key
	} else if r.IntN(10) == 0 {
		key = d.authorities[r.IntN(len(d.authorities))]
	}
	if o := options(r, ca, c.at); o != "" {
		b.WriteString(o + pick(r, " ", " ", " ", "  ", "\t", " \t"))
	}
	text := keyText(key)
	switch r.IntN(40) {
	case 0:
		text = strings.Replace(text, " ", pick(r, "  ", "\t", " \t "), 1)
	case 1:
		name, rest, _ := strings.Cut(text, " ")
		text = pick(r, "ssh-rsa", "rsa-sha2-256", "rsa-sha2-512", "ssh-ed25519", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", "ssh-dss", strings.ToUpper(name), "ecdsa-sha2-nistp256", "ED25519") + " " + rest
	case 2:
		if cert := c.signature.certificate(); cert != nil {
			text = keyText(cert)
		}
	case 3:
		i := r.IntN(len(text))
		text = text[:i] + pick(r, "\v", "\f", "\r", "=", "A", "A===") + text[i:]
	case 5: // bits behind the last byte
		if i := strings.IndexByte(text, '='); i > 0 {
			text = text[:i-1] + string(text[i-1]+1) + text[i:]
		}
	case 4:
		if strings.HasPrefix(text, ssh.KeyAlgoRSA) {
			text = pick(r, "rsa-sha2-256", "rsa-sha2-512") + strings.TrimPrefix(text, ssh.KeyAlgoRSA)
		}
	}
	b.WriteString(text)
	b.WriteString(pick(r, "", "", "", " comment", " comment with blanks", "\t#", " ", "\r", "  \r"))
	return []byte(b.String())
}

// certificate is the certificate that the signature was made with, or nil.
func (s testSignature) certificate() ssh.PublicKey {
	if s.ca == nil {
		return nil
	}
	sig, err := sshsig.Unarmor(s.armoured)
	if err != nil {
		return nil
	}
	return sig.PublicKey
}

func principals(r *rand.Rand, who string) string {
	local, domain, _ := strings.Cut(who, "@")
	list := make([]string, 0, 3)
	for range 1 + r.IntN(3) {
		list = append(list, pick(
			r, who, who, who, "*@x.org", "*", "a?ice@x.org", "?*", "*?", "**@x.org", "*@x.or?", local+"@*", "?"+who, who+"?", "*i*@*.*", "*@*@*",
			"!"+who, "!bob@x.org", "!*", "!!"+who, "!", "", strings.ToUpper(who), "ALICE@x.org", "bob@x.org", "*."+domain, "al*ce@*g", "*a*a*a*", "[a]lice@x.org", "alice@x.org\\",
		))
	}
	if r.IntN(2) == 0 {
		list = list[:1]
	}
	s := strings.Join(list, ",")
	switch r.IntN(12) {
	case 0:
		s += ","
	case 1:
		s = "," + s
	case 2, 3:
		return `"` + s + `"`
	case 4:
		i := r.IntN(len(s) + 1)
		return s[:i] + `"` + s[i:] + `"` + pick(r, "", "", "x")
	}
	if strings.Contains(s, " ") && r.IntN(3) > 0 {
		return `"` + s + `"`
	}
	return s
}

func options(r *rand.Rand, ca bool, at int64) string {
	var list []string
	if ca && r.IntN(8) > 0 || r.IntN(12) == 0 {
		list = append(list, pick(r, "cert-authority", "cert-authority", "cert-authority", "CERT-authority", "cert-authority=yes", `cert-authority=""`))
	}
	for range r.IntN(3) {
		quote := pick(r, "%s=\"%s\"", "%s=\"%s\"", "%s=\"%s\"", "%s=\"%s\"", "%s=\"%s\"", "%s=\"%s\"", "%s=\"%s\"", "%s=%s", "%s=\"%s", "%s = \"%s\"", "%s=\"%s\\\"\"", "%s=\"\\\"%s\"")
		name := pick(r, "namespaces", "valid-after", "valid-before", "valid-after", "valid-before")
		value := pick(r, "git", "git", "git", "git,file", "file", "*", "g*", "!git", "!git,*", "file,!git", "!file,git", "", ",git", "git,", "Git", "g?t", "git file", "?????")
		if name != "namespaces" {
			value = timeText(r, name == "valid-after", at)
		}
		if r.IntN(15) == 0 {
			name = pick(r, strings.ToUpper(name), "no-"+name, name+"x", "no-touch-required", "verify-required", "restrict", "from")
		}
		list = append(list, fmt.Sprintf(quote, name, value))
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	s := strings.Join(list, ",")
	switch r.IntN(25) {
	case 0:
		s += ","
	case 1:
		s = "," + s
	case 2:
		s = strings.Replace(s, ",", ",,", 1)
	case 3:
		s = strings.Replace(s, ",", pick(r, " ", ", ", "", ";"), 1)
	}
	return s
}

// timeText writes a time near those of the cases, in each of the forms, or a
// broken one.
func timeText(r *rand.Rand, after bool, at int64) string {
	switch r.IntN(4) {
	case 0:
		at = pick(r, testTimes...)
	case 1, 2:
		if at = t0; !after {
			at = t3
		}
	}
	at += pick[int64](r, 0, 0, 0, -1, 1, 60, -60, 86400)
	layout := pick(r, "20060102", "200601021504", "20060102150405", "20060102150405", "20060102150405")
	s := time.Unix(at, 0).UTC().Format(layout) + pick(r, "", "", "", "Z", "Z", "z", "UTC", "utc", "Utc")
	switch r.IntN(12) {
	case 0:
		return pick(r, "20260230", "20260231Z", "20251131", "20260229235960", "20260100", "20261301", "20260001", "20260132", "202601012400", "20260101235961", "20260101235962",
			"2026", "20260101T", "2026-01-01", "", "Z", "UTC", "20260101ZZ", "20260101 Z", "2026 1 1", " 2026011", "99990101", "20260101120", "2026010112000", "202601011260", "2026010a", "19700101Z", "19700101000001Z")
	case 1:
		return pick(r, "+", "0", " ") + s
	}
	return s
}

// mutate changes one or a few bytes.
func mutate(r *rand.Rand, line []byte) []byte {
	line = bytes.Clone(line)
	for range 1 + r.IntN(2) {
		if len(line) == 0 {
			return line
		}
		i, c := r.IntN(len(line)), pick(r, []byte(" \t\r\"\"\\,!*?=#@aAZz09/+\v\f\x00\xff\n-")...)
		switch r.IntN(4) {
		case 0:
			line[i] = c
		case 1:
			line = slices.Delete(line, i, i+1)
		case 2:
			line = slices.Insert(line, i, c)
		default: // in front of what the line says first
			line = slices.Insert(line, min(i, r.IntN(40)), c)
		}
	}
	return line
}

func keyText(k ssh.PublicKey) string {
	return k.Type() + " " + base64.StdEncoding.EncodeToString(k.Marshal())
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func quoteLines(file []byte) string {
	var b strings.Builder
	for l := range bytes.Lines(file) {
		fmt.Fprintf(&b, "  %q\n", l)
	}
	return b.String()
}
