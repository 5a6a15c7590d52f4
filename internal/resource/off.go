package resource

import "strings"

// offWords switch something off, in the words of providers. A word that has one of
// them at its end after "_", "-" or a blank does too: DELETION_PROTECTION_DISABLED.
var offWords = words(`off no not none null nil never false 0 disable disabled inactive deactivated suspended unprotected unlocked unset
	deleted removed paused legacy donotenforce default`)

// Off reports whether a word says that something is switched off. Letter case and
// blanks around it do not count, and no word at all is off. What is on cannot be
// told by a list, since providers have many words for it; what is off they say in
// few, and a new one of those is taken for on until it is added here.
func Off(word string) bool {
	if len(word) > 64 {
		return false
	}
	word = strings.ToLower(strings.TrimSpace(word))
	if word == "" || offWords[word] {
		return true
	}
	start, rest, ok := strings.Cut(word, "_")
	if i := strings.LastIndexAny(word, "_- "); i >= 0 {
		if last := word[i+1:]; last != "default" && last != "0" && offWords[last] {
			return true
		}
	}
	return ok && start == "not" && rest != ""
}
