package attestation

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/checks"
)

// What is read of one carrier's text. More is told, as an item of FormatUnknown.
const (
	MaxItemBytes = 1 << 20
	MaxItems     = 1000
	MaxTextBytes = 16 << 20
)

// Read splits what a carrier held into items: one JSON document; JSON documents one
// behind the other, as in JSON lines; the answer of GitHub's attestations API; the
// fenced blocks of a pull request's description. Text that is nothing it knows comes
// back as an item of FormatUnknown whose Problem tells why, so that nothing is lost
// without a word. An empty text and a description without blocks hold nothing, and give
// nothing.
func Read(a checks.Attestation) []Item {
	r := &reader{from: a}
	switch {
	case len(a.Body) > MaxTextBytes:
		r.refuse("", fmt.Sprintf("larger than %d MiB, nothing of it was read", MaxTextBytes>>20))
	case a.Carrier == checks.CarrierPullRequest:
		blocks, _ := description(string(a.Body))
		for i, b := range blocks {
			r.block(fmt.Sprintf("block %d", i+1), b)
		}
	default:
		r.text([]byte(a.Body))
	}
	return r.items
}

type reader struct {
	from  checks.Attestation
	items []Item
	full  bool
}

// add appends an item, up to MaxItems and one that tells of the rest.
func (r *reader) add(place string, raw []byte, f Format, problem string) {
	if r.full {
		return
	}
	if len(r.items) == MaxItems {
		r.full = true
		defer func() { r.items[MaxItems].Unread = true }()
		raw, f, problem = nil, FormatUnknown, fmt.Sprintf("more than %d items, the rest was not read", MaxItems)
	}
	name := string(r.from.Name)
	if place != "" {
		name = strings.TrimPrefix(name+", "+place, ", ")
	}
	sum := sha256.Sum256(raw)
	r.items = append(r.items, Item{
		Carrier: r.from.Carrier, Name: name, Hint: r.from.Commit, Format: f,
		Digest: "sha256:" + hex.EncodeToString(sum[:]), Raw: raw, Problem: problem,
	})
}

// refuse tells of text that is not looked at.
func (r *reader) refuse(place, problem string) {
	n := len(r.items)
	r.add(place, nil, FormatUnknown, problem)
	if len(r.items) > n {
		r.items[n].Unread = true
	}
}

// text reads everything but descriptions.
func (r *reader) text(body []byte) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return // nothing is in it
	}
	if end, _ := value(body); end == len(body) {
		r.document("", body)
		return
	}
	if other(body) == FormatGitAI { // text, with JSON at its end; all else is documents
		r.document("", body)
		return
	}
	r.stream(body)
}

// maxWasted bounds how many bytes may be read in vain while looking for where the
// next document begins: without it, text can be made so that every line is read to
// the end of the text.
const maxWasted = 4 * MaxItemBytes

// stream reads documents one behind the other. Where none begins, lines are passed
// over up to the next one that begins with a brace, and told as one item.
func (r *reader) stream(body []byte) {
	wasted, line, lost, lostLine := 0, 1, -1, 0
	pos := 0
	tell := func(end int) {
		if lost >= 0 {
			raw := bytes.TrimSpace(body[lost:end])
			r.lines(lostLine, raw)
			lost = -1
		}
	}
	for pos < len(body) && !r.full {
		if space := len(body[pos:]) - len(bytes.TrimLeft(body[pos:], " \t\r\n")); space > 0 {
			line += bytes.Count(body[pos:pos+space], []byte{'\n'})
			pos += space
			continue
		}
		if body[pos] == '{' && wasted <= maxWasted {
			n, read := value(body[pos:])
			if n > 0 {
				tell(pos)
				r.document(fmt.Sprintf("line %d", line), body[pos:pos+n])
				line += bytes.Count(body[pos:pos+n], []byte{'\n'})
				pos += n
				continue
			}
			wasted += read
		}
		if lost < 0 {
			lost, lostLine = pos, line
		}
		next := bytes.IndexByte(body[pos:], '\n')
		if next < 0 || wasted > maxWasted {
			break
		}
		pos, line = pos+next+1, line+1
	}
	tell(len(body))
}

// lines adds text in which no document begins.
func (r *reader) lines(line int, raw []byte) {
	place := fmt.Sprintf("line %d", line)
	if line == 1 && len(r.items) == 0 {
		place = ""
	}
	if len(raw) > MaxItemBytes {
		r.refuse(place, tooLarge(len(raw)))
		return
	}
	r.add(place, raw, FormatUnknown, "no format that is known")
}

func tooLarge(n int) string {
	return fmt.Sprintf("%d bytes long, at most %d are read", n, MaxItemBytes)
}

// value measures the JSON value that text begins with: its length, or 0 when there
// is none, and how far it was read to find out.
func value(text []byte) (length, read int) {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := d.SkipValue(); err != nil {
		// InputOffset tells what was consumed in whole tokens; what was looked at of
		// the broken one is in the buffer.
		return 0, min(len(text), int(d.InputOffset())+len(d.UnreadBuffer())+1)
	}
	return int(d.InputOffset()), int(d.InputOffset())
}

// document adds one JSON document, or what it holds.
func (r *reader) document(place string, raw []byte) {
	m := members(raw)
	if list, ok := m["attestations"]; ok && m["mediaType"] == nil && list.Kind() == '[' && other(raw) == FormatUnknown {
		r.answer(place, list)
		return
	}
	r.one(place, raw, m)
}

func (r *reader) one(place string, raw []byte, m map[string]jsontext.Value) {
	var f Format
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return m[n] == nil })
	}
	switch {
	case len(raw) > MaxItemBytes:
		r.refuse(place, tooLarge(len(raw)))
		return
	case has("mediaType", "verificationMaterial"), has("verificationMaterial", "dsseEnvelope"), has("verificationMaterial", "messageSignature"):
		f = FormatBundle
	case has("payload", "payloadType", "signatures"):
		f = FormatEnvelope
	default:
		f = other(raw)
	}
	problem := ""
	if f == FormatUnknown {
		problem = "no format that is known"
	}
	r.add(place, raw, f, problem)
}

// answer adds the bundles of GitHub's attestations API: {"attestations":[{"bundle":…}]}.
func (r *reader) answer(place string, list jsontext.Value) {
	d := jsontext.NewDecoder(bytes.NewReader(list), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return
	}
	for i := 1; d.PeekKind() != ']' && !r.full; i++ {
		v, err := d.ReadValue()
		if err != nil {
			return
		}
		at := strings.TrimPrefix(fmt.Sprintf("%s, attestation %d", place, i), ", ")
		b := members(v)["bundle"]
		if b.Kind() != '{' {
			r.add(at, nil, FormatUnknown, "it holds no bundle; only what is in the answer itself is read")
			continue
		}
		b = bytes.Clone(b)
		r.one(at, b, members(b))
	}
}

// block adds the document of a fenced block, as it is or in base64.
func (r *reader) block(place, text string) {
	raw := []byte(strings.TrimSpace(text))
	if len(raw) > 0 && raw[0] != '{' {
		packed := strings.Join(strings.Fields(text), "")
		b, err := base64.StdEncoding.Strict().DecodeString(packed)
		if err != nil {
			r.add(place, clipped(raw), FormatUnknown, "neither a JSON document nor base64 of one")
			return
		}
		raw = bytes.TrimSpace(b)
	}
	if n, _ := value(raw); n == 0 || n != len(raw) {
		r.add(place, clipped(raw), FormatUnknown, "not one JSON document")
		return
	}
	r.one(place, raw, members(raw))
}

func clipped(raw []byte) []byte { return raw[:min(len(raw), MaxItemBytes)] }

// other is sniffOther for texts of a size that is read.
func other(raw []byte) Format {
	if len(raw) > MaxItemBytes {
		return FormatUnknown
	}
	return sniffOther(raw)
}

// Pointers lists the digests, "sha256:<hex>", that a pull request's description
// names in lines of its own: `Claw-Attestation: sha256:<hex>`. They point at
// attestations that lie elsewhere, and prove nothing. At most 100, each once.
func Pointers(a checks.Attestation) []string {
	if a.Carrier != checks.CarrierPullRequest || len(a.Body) > MaxTextBytes {
		return nil
	}
	_, pointers := description(string(a.Body))
	return pointers
}

const maxPointers = 100

var (
	pointer = regexp.MustCompile(`^ {0,3}Claw-Attestation: *(sha256:[0-9a-f]{64})[ \t]*$`)
	fence   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})[ \t]*([^ \t`]*)[^`]*$")
)

// description takes a Markdown text apart. Inside a block of another language
// nothing counts: it is there to be shown.
func description(text string) (blocks, pointers []string) {
	var open, language string
	var body strings.Builder
	end := func() {
		if language == "claw-attestation" {
			blocks = append(blocks, body.String())
		}
		open = ""
		body.Reset()
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		m := fence.FindStringSubmatch(line)
		switch {
		case open == "" && m != nil:
			open, language = m[1], m[2]
		case open != "" && m != nil && m[2] == "" && strings.HasPrefix(m[1], open):
			end()
		case open != "":
			body.WriteString(line + "\n")
		default:
			if p := pointer.FindStringSubmatch(line); p != nil && len(pointers) < maxPointers && !slices.Contains(pointers, p[1]) {
				pointers = append(pointers, p[1])
			}
		}
		if len(blocks) > MaxItems {
			return blocks, pointers
		}
	}
	if open != "" {
		end() // a block that is not closed goes to the end of the text
	}
	return blocks, pointers
}
