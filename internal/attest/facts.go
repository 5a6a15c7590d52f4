package attest

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/internal/attestation"
)

// Facts are what an agent, or whoever runs it, tells of its work. All of it is the
// signer's word and no more.
type Facts struct {
	Agent      string // a URI, or the agent's id in the policy; the only one that is needed
	Version    string
	Vendor     string
	Models     []string
	Provider   string // of all the models
	Operator   string // who commissioned it
	OnBehalfOf string
	Task       string // an address: an issue, a ticket
	TaskFile   string // a file with the instruction; its digest is taken
	Session    string
	Log        string // a file with what the agent did; its digest and number of lines are taken
	LogURI     string
	LogDigest  string // "sha256:<hex>", for a log that is elsewhere
	LogEntries int64  // of that one
	Tools      []string
	Started    time.Time
	Finished   time.Time
	Input      int64 // tokens
	Output     int64
	Cost       string // "1.20 USD"
}

const (
	maxFact     = 512 // bytes of one value
	maxList     = 64
	maxFileSize = 4 << 30 // of a task or a log; it is read in passing
)

var (
	cost      = regexp.MustCompile(`^([0-9]{1,12}(?:\.[0-9]{1,9})?) ([A-Z]{3})$`)
	sha256RE  = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	scheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:.`)
	wordsHint = "What the agent was told goes into a file that --task-file names: only its digest is signed."
)

// Predicate makes the predicate of the facts, without what the commit itself says.
func (f Facts) Predicate() (attestation.AgentCommit, error) {
	if err := f.Check(); err != nil {
		return attestation.AgentCommit{}, err
	}
	p := attestation.AgentCommit{Agent: attestation.Agent{ID: f.Agent, Version: f.Version, Vendor: f.Vendor}, StartedOn: whole(f.Started), FinishedOn: whole(f.Finished)}
	for _, m := range f.Models {
		p.Model = append(p.Model, attestation.Model{ID: m, Provider: f.Provider})
	}
	if f.Operator != "" {
		p.Principal = &attestation.Principal{ID: f.Operator, OnBehalfOf: f.OnBehalfOf}
	}
	if f.Session != "" {
		p.Session = &attestation.Session{ID: f.Session}
	}
	for _, t := range f.Tools {
		name, version := t, ""
		if i := strings.LastIndexByte(t, '@'); i > 0 { // "@scope/name" is a name
			name, version = t[:i], t[i+1:]
		}
		p.Tools = append(p.Tools, attestation.Tool{Name: name, Version: version})
	}
	if m := cost.FindStringSubmatch(f.Cost); m != nil || f.Input > 0 || f.Output > 0 {
		p.Usage = &attestation.Usage{InputTokens: f.Input, OutputTokens: f.Output}
		if m != nil {
			p.Usage.Cost, p.Usage.Currency = m[1], m[2]
		}
	}
	var err error
	if p.Task, err = f.task(); err != nil {
		return p, err
	}
	p.Actions, err = f.actions()
	return p, err
}

func whole(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Second)
}

func (f Facts) task() (*attestation.Task, error) {
	if f.Task == "" && f.TaskFile == "" {
		return nil, nil
	}
	t := &attestation.Task{URI: f.Task}
	if f.TaskFile != "" {
		digest, _, err := digestFile("--task-file", f.TaskFile)
		if err != nil {
			return nil, err
		}
		t.Digest = map[string]string{"sha256": digest}
	}
	return t, nil
}

func (f Facts) actions() (*attestation.Actions, error) {
	switch {
	case f.Log != "":
		digest, lines, err := digestFile("--log", f.Log)
		if err != nil {
			return nil, err
		}
		return &attestation.Actions{Log: &attestation.Resource{URI: f.LogURI, Digest: map[string]string{"sha256": digest}}, Entries: lines}, nil
	case f.LogDigest != "":
		digest := strings.TrimPrefix(f.LogDigest, "sha256:")
		return &attestation.Actions{Log: &attestation.Resource{URI: f.LogURI, Digest: map[string]string{"sha256": digest}}, Entries: f.LogEntries}, nil
	}
	return nil, nil
}

// Check refuses what cannot be meant, before anything is signed.
func (f Facts) Check() error {
	if f.Agent == "" {
		return misuse("Give the agent's id as the policy has it: --agent claude-code, or CLAW_AGENT=claude-code.", "No agent was named")
	}
	for _, v := range []struct{ flag, value string }{
		{"--agent", f.Agent},
		{"--agent-version", f.Version},
		{"--vendor", f.Vendor},
		{"--model-provider", f.Provider},
		{"--operator", f.Operator},
		{"--on-behalf-of", f.OnBehalfOf},
		{"--task", f.Task},
		{"--session", f.Session},
		{"--log-uri", f.LogURI},
	} {
		if err := line(v.flag, v.value); err != nil {
			return err
		}
	}
	for _, l := range []struct {
		flag   string
		values []string
	}{{"--model", f.Models}, {"--tool", f.Tools}} {
		if len(l.values) > maxList {
			return misuse("Name those that matter.", "%s is given %d times, at most %d are taken", l.flag, len(l.values), maxList)
		}
		for _, v := range l.values {
			if v == "" {
				return misuse("Leave the flag out, or give it a value.", "%s is empty", l.flag)
			}
			if err := line(l.flag, v); err != nil {
				return err
			}
		}
	}
	if f.OnBehalfOf != "" && f.Operator == "" {
		return misuse("Name who commissioned the agent too: --operator.", "--on-behalf-of says for whom an operator acts, and there is no --operator")
	}
	if f.Provider != "" && len(f.Models) == 0 {
		return misuse("Name the model too: --model.", "--model-provider is given without --model")
	}
	for _, v := range []struct{ flag, value, hint string }{{"--task", f.Task, wordsHint}, {"--log-uri", f.LogURI, "Give the address where the log is kept."}} {
		if err := address(v.flag, v.value, v.hint); err != nil {
			return err
		}
	}
	if strings.ContainsAny(f.Session, " \t") {
		return misuse("Give the session's id, one word.", "--session %s has blanks in it", show(f.Session))
	}
	switch {
	case f.Log != "" && f.LogDigest != "":
		return misuse("Give one of them.", "--log and --log-digest both say what the log's digest is")
	case f.LogDigest != "" && !sha256RE.MatchString(f.LogDigest):
		return misuse("It looks like sha256:9f86d081…, 64 digits from 0 to f.", "--log-digest %s is no SHA-256 digest", show(f.LogDigest))
	case f.Log == "" && f.LogDigest == "" && (f.LogURI != "" || f.LogEntries != 0):
		return misuse("Give the log itself with --log, or its digest with --log-digest: an address alone proves nothing.", "A log is spoken of and its digest is missing")
	case f.LogEntries < 0 || f.Input < 0 || f.Output < 0:
		return misuse("Leave it out if it is not known.", "A number of tokens or entries is below zero")
	case f.Cost != "" && !cost.MatchString(f.Cost):
		return misuse(`Write an amount and a currency: --cost "1.20 USD".`, "--cost %s is not understood", show(f.Cost))
	case !f.Started.IsZero() && !f.Finished.IsZero() && f.Finished.Before(f.Started):
		return misuse("Check the two times.", "--finished is before --started")
	}
	return nil
}

func line(flag, v string) error {
	bad := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	switch {
	case len(v) > maxFact:
		return misuse(wordsHint, "%s has %d bytes, at most %d are taken", flag, len(v), maxFact)
	case !utf8.ValidString(v), strings.ContainsFunc(v, bad):
		return misuse("Give it as one line of plain text.", "%s %s has line breaks or control characters in it", flag, show(v))
	case v != strings.TrimSpace(v):
		return misuse("Take them away.", "%s %s begins or ends with blanks", flag, show(v))
	}
	return nil
}

// address takes an absolute URI. Words in its place are an instruction that somebody
// was about to publish; a password in it is a secret.
func address(flag, v, hint string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || !scheme.MatchString(v) || strings.ContainsAny(v, " \t") {
		return misuse(hint, "%s is no address such as https://github.com/acme/shop/issues/7", flag) // not shown: it may be a prompt
	}
	if u.User != nil {
		return misuse("Take the name and password out of it: a statement is public.", "%s has a user or a password in it", flag)
	}
	return nil
}

// digestFile hashes a file and counts its lines, the last one too when no line
// break ends it.
func digestFile(flag, name string) (digest string, lines int64, err error) {
	f, err := os.Open(name) //nolint:gosec // whoever runs the command names it
	if err != nil {
		return "", 0, &Problem{Usage: true, Err: err, Message: sentence("Could not read %s %s: %s", flag, show(name), plain(err)), Remedy: "Check the path, or leave the flag out."}
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return "", 0, misuse("Name a file.", "%s %s is not a regular file", flag, show(name))
	}
	h := sha256.New()
	r := bufio.NewReaderSize(io.TeeReader(io.LimitReader(f, maxFileSize+1), h), 64<<10)
	var size int64
	last := byte('\n')
	for {
		chunk, err := r.ReadSlice('\n')
		if len(chunk) > 0 {
			size += int64(len(chunk))
			if last == '\n' {
				lines++
			}
			last = chunk[len(chunk)-1]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return "", 0, failure(err, "Try again.", "Could not read %s %s: %v", flag, show(name), plain(err))
		}
	}
	if size > maxFileSize {
		return "", 0, misuse("Give a part of it, or a digest you made yourself.", "%s %s is larger than %d GiB", flag, show(name), maxFileSize>>30)
	}
	return hex.EncodeToString(h.Sum(nil)), lines, nil
}

// plain is an error of the file system without the path, which was told already.
func plain(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Sprint(p.Err)
	}
	return err.Error()
}
