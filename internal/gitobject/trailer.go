package gitobject

import "strings"

// Trailer is one "Key: value" line at the end of a commit message.
type Trailer struct {
	Key   string // as written; keys are compared without regard to case
	Value string
}

// maxTrailers bounds what is looked at in one message.
const maxTrailers = 200

// Trailers reads the last paragraph of the message. It takes every line of it
// that looks like a trailer, also where git would not call the paragraph a
// trailer block: a trailer can only add demands, so reading one too many is
// harmless and reading one too few is not. A sentence elsewhere in the message
// that mentions a trailer is not one.
func (c *Commit) Trailers() []Trailer {
	msg := strings.ReplaceAll(c.Message, "\r\n", "\n")
	msg = strings.TrimRight(msg, " \t\n")
	// The subject paragraph holds no trailers, unless it is all there is.
	if i := strings.LastIndex(msg, "\n\n"); i >= 0 {
		msg = msg[i+2:]
	}
	var out []Trailer
	for line := range strings.SplitSeq(msg, "\n") {
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			if len(out) > 0 {
				out[len(out)-1].Value += " " + strings.TrimSpace(line)
			}
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		key = strings.TrimRight(key, " \t")
		if !ok || !isToken(key) || len(out) == maxTrailers {
			continue
		}
		out = append(out, Trailer{Key: key, Value: strings.TrimSpace(value)})
	}
	return out
}

func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// CoAuthor reads the value of a trailer such as Co-authored-by.
func CoAuthor(value string) (name, email string, ok bool) {
	name, rest, ok1 := strings.Cut(value, "<")
	email, _, ok2 := strings.Cut(rest, ">")
	return strings.TrimSpace(name), strings.TrimSpace(email), ok1 && ok2
}
