package policy

// Meets reports whether proof of level l is enough where require is asked for.
// Neither an unknown level nor an unset requirement is ever met.
func (l Level) Meets(require Level) bool {
	const unknown = 5
	have, want := l.Rank(), require.Rank()
	return have != unknown && want != unknown && have >= want
}
