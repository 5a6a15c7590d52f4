// Package codeowners reads GitHub's CODEOWNERS and says who owns a path.
//
// A line is a pattern and the owners of what it matches: @login, @organisation/team or
// an e-mail address. Of the lines that match a path the last one decides, alone. A
// pattern without owners takes the ownership away again. "#" starts a comment, at the
// beginning of a line and after the owners.
//
// Patterns are those of gitignore, and git is right about what is not said here:
//
//   - A slash at the beginning or in the middle ties a pattern to the root of the
//     repository; without one it matches at every depth.
//   - What matches a folder matches everything below it. A slash at the end says that
//     only a folder is meant, never a file of that name.
//   - "*" stands for any characters but the slash, "?" for one. "**" between slashes
//     stands for any number of folders, none included; elsewhere it is a "*".
//   - A backslash takes the meaning from the character after it, a space for instance.
//   - Upper and lower case are different.
//
// GitHub differs from git in these, and so does this package:
//
//   - "docs/*" and "/*" match what lies directly in the folder and nothing further
//     below, though "*" alone, and "docs/a*", match folders with all that is in them.
//   - "docs/**/" is "docs/**": after "**" the last slash says nothing.
//   - "!" does not negate, "[" and "]" make no ranges, "\#" starts no pattern. Lines
//     with them are invalid.
//   - "/" alone matches nothing. So do "./docs" and "docs//api", in git too; they are
//     called invalid here, because whoever wrote them meant something.
//
// GitHub skips an invalid line and goes on, and so does [Parse], which tells of each: a
// skipped line leaves its paths to an earlier one. Where it is not documented how GitHub
// reads a line (a "#" inside a pattern), the line is invalid: a pattern cut off at the
// "#", and without owners, would take ownership away. So is a line without owners whose
// pattern has an "@" in it, or a space that is none in ASCII ("*.tf@bob"): somebody
// meant an owner.
//
// GitHub does not load a file above 3 MB, and then nobody owns anything. Here [Parse]
// gives no File for it, so that nobody takes it for a file without owners.
//
// The file is the first there is of [Paths], at the base. The change cannot have
// edited it.
//
// The package knows nothing of accounts: whether an owner exists, may write or counts
// is for others to say. It has no input but the text, and no text makes it slow:
// matching takes at most as many steps as the pattern has bytes times the path, and a
// pattern of one name at any depth is held against each name in a path once.
package codeowners

// The bounds. What is beyond the first two is not loaded at all; a pattern beyond the
// third is invalid.
const (
	MaxBytes   = 3_000_000 // "under 3 MB" in GitHub's documentation, taken as the smaller of its two readings
	MaxLines   = 100_000
	MaxPattern = 4096 // bytes: what a path can have on the systems that check it out
)

// Paths lists where the file may lie, in the order GitHub looks.
func Paths() []string { return []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"} }
