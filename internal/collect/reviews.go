package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// ReviewsSchema names the format of a reviews file, which is described by
// docs/schema/reviews.v1.json.
const ReviewsSchema = "https://claw-verified.dev/reviews/v1"

// Limits of a reviews file. More is refused, never cut off.
const (
	MaxReviewsBytes = 16 << 20
	maxReviewItems  = 20000   // of each list
	maxReviewBody   = 1 << 18 // bytes; GitHub allows 65,536 characters
	maxReviewWord   = 320     // bytes of a login, an e-mail address, a team
)

// ReviewsError lists everything that is wrong with a reviews file.
type ReviewsError struct {
	Problems []string // "line 12, /reviews/3/state: …"
}

func (e *ReviewsError) Error() string {
	return "read reviews: " + strings.Join(e.Problems, "\n")
}

// ParseReviews reads a reviews file strictly: unknown and repeated members,
// missing ones, words and times it does not know are all told at once, in a
// [ReviewsError]. Nothing is taken from a file with an error.
//
// What the file says is as true as whoever wrote it. It must be written by
// something the change cannot influence, and never be read from the change.
func ParseReviews(data []byte) (checks.Review, error) {
	if len(data) > MaxReviewsBytes {
		return checks.Review{}, &ReviewsError{[]string{fmt.Sprintf("%d bytes, at most %d are read; list only the accounts and reviews of this pull request", len(data), MaxReviewsBytes)}}
	}
	r := &reviewsReader{
		data: data,
		dec:  jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true)), // told by the reader itself, with all the rest
		out:  checks.Review{Source: "file", Accounts: []checks.Account{}, Reviews: []checks.UserReview{}},
	}
	r.file()
	if len(r.problems) > 0 {
		return checks.Review{}, &ReviewsError{r.problems}
	}
	sum := sha256.Sum256(data)
	r.out.Digest = "sha256:" + hex.EncodeToString(sum[:])
	return r.out, nil
}

func (r *reviewsReader) file() {
	r.object("", []member{
		{"schema", true, func(at string) {
			pos := r.pos()
			if s, ok := r.text(at, maxReviewWord); ok && s != ReviewsSchema {
				r.problem(pos, at, fmt.Sprintf("is %q, this version reads %q", clip(s), ReviewsSchema))
			}
		}},
		{"author", false, r.author},
		{"head_seen_at", false, func(at string) { r.time(at, &r.out.HeadSeenAt) }},
		{"accounts", true, r.accounts},
		{"reviews", true, r.reviews},
		{"requested", false, func(at string) { r.ids(at, &r.out.Requested) }},
		{"pushers", false, func(at string) { r.ids(at, &r.out.Pushers) }},
		{"operators", false, func(at string) { r.ids(at, &r.out.Operators) }},
	})
	if r.broken {
		return
	}
	pos := r.pos()
	if _, err := r.dec.ReadToken(); !errors.Is(err, io.EOF) {
		r.problem(pos, "", "something follows the end of the document; remove it")
	}
}

func (r *reviewsReader) author(at string) {
	if r.null() {
		return
	}
	var a checks.AccountRef
	r.object(at, []member{
		{"id", true, func(at string) { r.id(at, &a.ID) }},
		{"login", true, func(at string) { r.word(at, &a.Login) }},
	})
	r.out.Author = &a
}

func (r *reviewsReader) accounts(at string) {
	seen := map[int64]string{}
	r.array(at, func(at string) {
		var a checks.Account
		pos := r.pos()
		r.object(at, []member{
			{"id", true, func(at string) { r.id(at, &a.ID) }},
			{"login", true, func(at string) { r.word(at, &a.Login) }},
			{"type", true, func(at string) { a.Type = r.oneOf(at, "User", "Bot", "Organization", "Mannequin") }},
			{"permission", true, func(at string) {
				a.Permission = r.oneOf(at, "none", "read", "triage", "write", "maintain", "admin")
			}},
			{"teams", false, func(at string) { a.Teams = r.words(at, "a team, written organisation/team", isTeam) }},
			{"app_id", false, func(at string) { r.id(at, &a.AppID) }},
			{"emails", false, func(at string) { a.Emails = r.words(at, "an e-mail address", isEmail) }},
		})
		for i := range a.Emails {
			a.Emails[i] = gitobject.FoldEmail(a.Emails[i])
		}
		if first, ok := seen[a.ID]; ok && a.ID != 0 {
			r.problem(pos, at, fmt.Sprintf("account %d is listed already at %s; list every account once", a.ID, first))
			return
		}
		seen[a.ID] = at
		r.out.Accounts = append(r.out.Accounts, a)
	})
}

func (r *reviewsReader) reviews(at string) {
	seen := map[int64]string{}
	r.array(at, func(at string) {
		var u checks.UserReview
		pos := r.pos()
		r.object(at, []member{
			{"id", true, func(at string) { r.id(at, &u.ID) }},
			{"account", true, func(at string) { r.accountOrDeleted(at, &u.Account) }},
			{"state", true, func(at string) { u.State = r.state(at) }},
			{"was", false, func(at string) {
				if !r.null() {
					u.Was = checks.ReviewState(r.oneOf(at, string(checks.ReviewApproved), string(checks.ReviewChangesRequested)))
				}
			}},
			{"commit", true, func(at string) { r.objectID(at, &u.Commit) }},
			{"tree", false, func(at string) {
				if !r.null() {
					r.objectID(at, &u.Tree)
				}
			}},
			{"plan_digests", false, func(at string) {
				u.PlanDigests = r.words(at, "a digest, written sha256: or changes-v1:sha256: and 64 lower-case hex digits", isDigest)
			}},
			{"merge_base", false, func(at string) {
				if !r.null() {
					r.objectID(at, &u.MergeBase)
				}
			}},
			{"commit_seen_at", false, func(at string) { r.time(at, &u.CommitSeenAt) }},
			{"submitted_at", true, func(at string) { r.requiredTime(at, &u.SubmittedAt) }},
			{"edited_at", false, func(at string) { r.time(at, &u.EditedAt) }},
			{"dismissed_by", false, func(at string) {
				if !r.null() {
					r.id(at, &u.DismissedBy)
				}
			}},
			{"body", false, func(at string) {
				if !r.null() {
					u.Body, _ = r.text(at, maxReviewBody)
				}
			}},
		})
		r.dismissal(pos, at, &u)
		if first, ok := seen[u.ID]; ok && u.ID != 0 {
			r.problem(pos, at, fmt.Sprintf("review %d is listed already at %s; list every review once", u.ID, first))
			return
		}
		seen[u.ID] = at
		r.out.Reviews = append(r.out.Reviews, u)
	})
}

// dismissal asks of a dismissed review what it said before. Platforms show only
// that it was dismissed, and a dismissed objection must not look like nothing.
func (r *reviewsReader) dismissal(pos int64, at string, u *checks.UserReview) {
	switch {
	case r.broken || u.State == "":
	case u.State == checks.ReviewDismissed && u.Was == "":
		r.problem(pos, at, `a dismissed review needs "was": what it said before, approved or changes_requested`)
	case u.State != checks.ReviewDismissed && (u.Was != "" || u.DismissedBy != 0):
		r.problem(pos, at, `"was" and "dismissed_by" belong to a dismissed review; set "state" to dismissed or remove them`)
	}
	if !u.EditedAt.IsZero() && !u.SubmittedAt.IsZero() && u.EditedAt.Before(u.SubmittedAt) {
		r.problem(pos, at, "it was edited before it was submitted; one of the two times is wrong")
	}
}

// state reads a review's state, in our spelling or in GitHub's.
func (r *reviewsReader) state(at string) checks.ReviewState {
	return checks.ReviewState(r.oneOf(at, string(checks.ReviewApproved), string(checks.ReviewChangesRequested), string(checks.ReviewCommented), string(checks.ReviewDismissed)))
}

func isTeam(s string) bool {
	org, team, ok := strings.Cut(s, "/")
	return ok && org != "" && team != "" && !strings.Contains(team, "/")
}

func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != "" && !strings.ContainsAny(s, "<>")
}

func isDigest(s string) bool {
	hexa, ok := strings.CutPrefix(strings.TrimPrefix(s, "changes-v1:"), "sha256:")
	return ok && gitobject.IsID(hexa, 64)
}

func (r *reviewsReader) objectID(at string, to *string) {
	pos := r.pos()
	s, ok := r.text(at, maxReviewWord)
	if ok && !gitobject.IsFullID(s) {
		r.problem(pos, at, fmt.Sprintf("%q is no full object id; write all 40 (or 64) hex digits in lower case: git rev-parse shows them", clip(s)))
		return
	}
	*to = s
}

// ids reads a list of account ids.
func (r *reviewsReader) ids(at string, to *[]int64) {
	r.array(at, func(at string) {
		var id int64
		r.id(at, &id)
		*to = append(*to, id)
	})
	slices.Sort(*to)
	*to = slices.Compact(*to)
}
