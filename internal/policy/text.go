package policy

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// load turns the text into the tree of its one document, or reports why not. It
// also refuses, over the whole tree, whatever makes a file mean something else
// than it shows.
func (r *reader) load(text string) *yaml.Node {
	limit := maxText
	if r.joined {
		limit *= 4 // two files, with every default written out
	}
	if len(text) > limit {
		r.at(0, 0, "keep it below 1 MiB; a policy is a page or two", "the file is too large: %d bytes", len(text))
		return nil
	}
	if r.scan(text); r.wrong() {
		return nil
	}
	l, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		r.at(0, 0, "report this as a defect", "the file cannot be read: %q", err.Error())
		return nil
	}
	var doc, second yaml.Node
	if err := l.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			r.at(1, 1, "run `claw-verified init` to get one to start from", "the policy is empty")
		} else {
			r.syntax(err)
		}
		return nil
	}
	switch err := l.Load(&second); {
	case err == nil:
		r.at(max(second.Line, 1), max(second.Column, 1), "keep one document; remove the line --- and what follows", "a second document begins here")
		return nil
	case !errors.Is(err, io.EOF):
		r.syntax(err)
		return nil
	}
	root := &doc
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
		root = doc.Content[0]
	}
	if scalarKindOf(root) == kindNull {
		r.at(1, 1, "run `claw-verified init` to get one to start from", "the policy is empty")
		return nil
	}
	r.plain(root, 1)
	return root
}

// scan looks at the raw text for bytes that YAML and people's editors read
// differently. A lone carriage return ends a comment for YAML and is invisible in
// a diff; U+2028 likewise; U+202E shows the letters after it backwards.
func (r *reader) scan(text string) {
	line, column := 1, 1
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			r.at(line, column, "save the file as UTF-8", "this byte is not UTF-8: 0x%02x", text[i])
			return // what follows would be noise: another encoding
		case i == 0 && c == '\uFEFF':
			r.at(line, column, "save the file as UTF-8 without BOM", "the file begins with a byte order mark")
		case c == '\r' && !strings.HasPrefix(text[i:], "\r\n"):
			r.at(line, column, "use line feeds, or carriage return and line feed together", "a lone carriage return, which many editors do not show as a line break")
		case c == '\u0085' || c == '\u2028' || c == '\u2029':
			r.at(line, column, "use plain line feeds", "a line break that many editors do not show: %U", c)
		case c < 0x20 && c != '\n' && c != '\r' && c != '\t', c == 0x7f:
			r.at(line, column, "remove it", "a control character: %U", c)
		case unicode.Is(unicode.Bidi_Control, c):
			r.at(line, column, "remove it", "a character that changes the direction of the text around it: %U", c)
		case column == 1 && c == '%':
			r.at(line, column, "remove the line; a policy is YAML 1.2 and has no directives", "a YAML directive")
		}
		i += n
		column++
		if c == '\n' {
			line, column = line+1, 1
		}
	}
}

// syntax reports what the YAML library found.
func (r *reader) syntax(err error) {
	var le *yaml.LoadError
	if !errors.As(err, &le) {
		r.at(0, 0, "check the YAML with an editor", "this is not YAML: %q", err.Error())
		return
	}
	line, column := le.Mark.Line, le.Mark.Column
	message := le.Message
	if le.ContextMsg != "" {
		message += " " + le.ContextMsg
	}
	hint := "check indentation, quotes and brackets here and on the line before"
	switch {
	case strings.Contains(le.Message, "cannot start any token"):
		hint = "indent with spaces, never with tabs, and quote text that begins with @, ` or %"
	case strings.Contains(le.Message, "unknown anchor"):
		hint = "text that begins with * must be quoted"
	case strings.Contains(le.Message, "mapping values are not allowed"):
		hint = "quote text that holds a colon and a space"
	}
	// The library's words quote the text in places: it is foreign too.
	r.at(line, max(column, min(line, 1)), hint, "this is not YAML: %s", strings.Trim(fmt.Sprintf("%q", message), `"`))
}

// plain refuses what the tree can hold and a policy must not.
func (r *reader) plain(n *yaml.Node, depth int) {
	if depth > maxDepth {
		r.bad(n, "the language needs 7 levels; look for brackets out of place", "nested more than %d levels deep", maxDepth)
		r.broken = true
		return
	}
	if n.Kind == yaml.AliasNode {
		r.bad(n, "write the value again; to begin a text with *, quote it", "aliases are not allowed: *%s", quoteName(n.Value))
		return
	}
	if n.Anchor != "" {
		r.bad(n, "remove it; to begin a text with &, quote it", "anchors are not allowed: &%s", quoteName(n.Anchor))
	}
	if n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" {
		r.bad(n, "remove it; to begin a text with !, quote it", "tags are not allowed: %s", quoteName(n.Tag))
	}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			r.plain(c, depth+1)
		}
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			r.plain(k, depth+1)
			r.bad(k, "write the key as one word", "a key must be plain text")
		case isMerge(k):
			r.bad(k, "write the keys out", "merge keys are not allowed: <<")
		default:
			r.plain(k, depth+1)
			if line, dup := first[k.Value]; dup {
				r.bad(k, "keep one of them", "the key %q stands here a second time, first on line %d", k.Value, line)
			} else {
				first[k.Value] = k.Line
			}
		}
		r.plain(v, depth+1)
	}
}

func isMerge(k *yaml.Node) bool {
	return k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style&quotedStyles == 0
}

// quoteName quotes a foreign name only when it must be.
func quoteName(s string) string {
	q := fmt.Sprintf("%q", s)
	if q == `"`+s+`"` && s != "" && !strings.ContainsAny(s, " ") {
		return s
	}
	return q
}
