package review_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/codeowners"
	"github.com/claw-verified/claw-verified/internal/policy"
)

var baseCommit = strings.Repeat("b", 40)

// ownersPolicy asks for one approval, and for the owners of what changes.
func ownersPolicy() *policy.Policy {
	p := testPolicy()
	p.Review.Tiers[0].Codeowners = true
	return p
}

// ownedChange is a change of these paths under a CODEOWNERS of these lines.
func ownedChange(t testing.TB, lines string, paths ...string) *checks.Snapshot {
	t.Helper()
	s := change(t)
	s.Base.Commit = baseCommit
	s.Codeowners = &checks.OwnersFile{Path: ".github/CODEOWNERS", Commit: baseCommit, Size: int64(len(lines)), Text: []byte(lines)}
	touch(s, paths...)
	return s
}

// ownerSeats lists the open seats of owners, with who could fill them.
func ownerSeats(r checks.Result) (out []string) {
	for _, seat := range r.Waiting {
		if strings.HasPrefix(seat.From, "an owner of ") {
			out = append(out, seat.From+": "+strings.Join(seat.Could, " "))
		}
	}
	return out
}

func wantOwnerSeats(t *testing.T, r checks.Result, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, ownerSeats(r)); d != "" {
		t.Errorf("%s\n%s", r.Summary, d)
	}
}

// TestCodeownersAskedFor: one owner of each set of owners, whoever else approved.
func TestCodeownersAskedFor(t *testing.T) {
	t.Parallel()
	lines := "* @dave\n*.tf @bob @carol\n/free\n/docs/ erin@example.com\n"
	s := ownedChange(t, lines, "x.go", "b.tf", "a.tf", "free/x", "docs/a", "docs/b")
	approve(s, dave)
	r := evaluate(s, ownersPolicy())
	wantOutcome(t, r, checks.Waiting)
	wantOwnerSeats(t, r, "an owner of a.tf, b.tf (@bob or @carol): bob carol", "an owner of docs/a, docs/b (erin@example.com): erin")
	if want := "1 of 1 approval; waiting for one more from an owner of a.tf, b.tf (@bob or @carol) (bob or carol), and one more from an owner of docs/a, docs/b (erin@example.com) (erin)."; r.Summary != want {
		t.Errorf("summary %q", r.Summary)
	}
	if want := ".github/CODEOWNERS at the base (bbbbbbbbbbbb): 5 of 6 changed paths have owners."; !slices.Contains(r.Checked, want) {
		t.Errorf("%q", r.Checked)
	}
	approve(s, carol, erin)
	r = evaluate(s, ownersPolicy())
	wantOutcome(t, r, checks.Verified)
	if want := "Everybody needed has agreed: carol, dave and erin."; r.Summary != want {
		t.Errorf("summary %q", r.Summary)
	}

	if r := evaluate(ownedChange(t, lines, "a.tf"), testPolicy()); len(ownerSeats(r)) > 0 {
		t.Error("owners are asked for though no tier does")
	}
	none := ownedChange(t, "/free\n", "free/x", "other")
	approve(none, dave)
	wantOutcome(t, evaluate(none, ownersPolicy()), checks.Verified)
}

// TestP06CodeownersRename: a moved file is a deletion and an addition, and the owners of
// both names have to agree: moving a file out of its folder is no way round them.
func TestP06CodeownersRename(t *testing.T) {
	t.Parallel()
	s := ownedChange(t, "/secret/ @bob\n/open/ @carol\n")
	s.Files = []checks.File{
		{Path: "open/a.tf", Status: "added", Mode: "100644", OldMode: "000000"},
		{Path: "secret/a.tf", Status: "deleted", Mode: "000000", OldMode: "100644"},
	}
	approve(s, carol)
	wantOwnerSeats(t, evaluate(s, ownersPolicy()), "an owner of secret/a.tf (@bob): bob")
}

// TestP06CodeownersLinks: what becomes a link or a submodule is asked for as the folder
// that it stands for, too.
func TestP06CodeownersLinks(t *testing.T) {
	t.Parallel()
	s := ownedChange(t, "* @dave\n/modules/vpc/ @bob\n/live/\n")
	s.Files = []checks.File{
		{Path: "live", Status: "added", Mode: "120000", OldMode: "000000"},
		{Path: "modules/vpc", Status: "modified", Mode: "160000", OldMode: "160000"},
	}
	wantOwnerSeats(t, evaluate(s, ownersPolicy()), "an owner of live, modules/vpc (@dave): dave", "an owner of modules/vpc (@bob): bob")
	s.Codeowners.Text = []byte("* @dave\n/modules/* @carol\n/live/\n") // what is directly there is hers
	s.Codeowners.Size = int64(len(s.Codeowners.Text))
	wantOwnerSeats(t, evaluate(s, ownersPolicy()), "an owner of live (@dave): dave", "an owner of modules/vpc (@carol): carol")
	s = ownedChange(t, "* @dave\n/modules/vpc/ @bob\n/live/\n", "live", "modules/vpc")
	wantOwnerSeats(t, evaluate(s, ownersPolicy()), "an owner of live, modules/vpc (@dave): dave")
}

// TestP06CodeownersNobodyCan: owners of whom none could ever approve are no owners to
// GitHub, which then asks nobody. Here the seat stays open and says why.
func TestP06CodeownersNobodyCan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, owners, want string
		edit               func(*checks.Snapshot)
	}{
		{"unknown login", "@nobody", "an owner of a.tf (@nobody), of whom nobody is known: ", nil},
		{"empty team", "@acme/empty", "an owner of a.tf (@acme/empty), of whom nobody is known: ", nil},
		{"unknown address", "x@example.com", "an owner of a.tf (x@example.com), of whom nobody is known: ", nil},
		{"no write access", "@stranger", "an owner of a.tf (@stranger), of whom none can approve: stranger (no write access now (read)): ", nil},
		{"commissioned the agent", "@alice", "an owner of a.tf (@alice), of whom none can approve: alice (excluded as person alice: may have commissioned agent claw, as one of its operators, and nothing shows who did): ", nil},
		{"pushed", "@bob", "an owner of a.tf (@bob), of whom none can approve: bob (pushed to the branch): ", func(s *checks.Snapshot) { s.Review.Pushers = []int64{bob} }},
		{"automation", "@acme-ci", "an owner of a.tf (@acme-ci), of whom none can approve: acme-ci (an account of automation (machine_users)): ", nil},
		{"listed twice", "@stranger", "an owner of a.tf (@stranger), of whom nobody is known: ", func(s *checks.Snapshot) {
			s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: stranger, Login: "stranger", Type: "User", Permission: "admin"})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := ownedChange(t, "*.tf "+c.owners+"\n", "a.tf")
			if c.edit != nil {
				c.edit(s)
			}
			approve(s, carol, dave, stranger, ci, alice)
			r := evaluate(s, ownersPolicy())
			wantOutcome(t, r, checks.Waiting)
			wantOwnerSeats(t, r, c.want)
		})
	}
}

// TestP15CodeownersExcludedOwner: an owner who made the change does not satisfy, as long
// as another could.
func TestP15CodeownersExcludedOwner(t *testing.T) {
	t.Parallel()
	s := ownedChange(t, "* @bob @carol\n", "a.tf")
	s.Review.Pushers = []int64{bob}
	approve(s, bob, dave)
	wantOwnerSeats(t, evaluate(s, ownersPolicy()), "an owner of a.tf (@bob or @carol): carol")
	approve(s, carol)
	wantOutcome(t, evaluate(s, ownersPolicy()), checks.Verified)
}

// TestCodeownersOnlyGoodApprovals: an owner's approval that would not count for a seat
// does not count here either.
func TestCodeownersOnlyGoodApprovals(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*checks.UserReview){
		"another head": func(u *checks.UserReview) { u.Commit = other },
		"too early":    func(u *checks.UserReview) { u.SubmittedAt = now.Add(-time.Hour) },
		"edited":       func(u *checks.UserReview) { u.EditedAt = now },
		"dismissed":    func(u *checks.UserReview) { u.DismissedBy = dave },
		"comment":      func(u *checks.UserReview) { u.State = checks.ReviewCommented },
	} {
		s := ownedChange(t, "* @bob\n", "a.tf")
		say(s, bob, checks.ReviewApproved, edit)
		approve(s, carol)
		if r := evaluate(s, ownersPolicy()); len(ownerSeats(r)) != 1 {
			t.Errorf("%s: %s", name, r.Summary)
		}
	}
}

// TestCodeownersOwnerOutsideTheNeeds: an owner whom the tier's own seats do not name
// agrees as an owner and fills no seat; the report does not say that it was for nothing.
func TestCodeownersOwnerOutsideTheNeeds(t *testing.T) {
	t.Parallel()
	p := ownersPolicy()
	p.Review.Tiers[0].Need = []policy.Need{{Count: 1, Teams: []string{"security"}}}
	s := ownedChange(t, "* @dave\n", "a.tf")
	approve(s, dave)
	r := evaluate(s, p)
	wantOwnerSeats(t, r)
	wantOutcome(t, r, checks.Waiting)
	if a := r.Approvals[0]; !a.Counts || a.Reason != "" {
		t.Errorf("%+v", a)
	}
	approve(s, carol)
	wantOutcome(t, evaluate(s, p), checks.Verified)
}

// TestLawPeopleByIdCodeowners: a login or an address in CODEOWNERS is the person whom the
// policy lists under it, by account id.
func TestLawPeopleByIdCodeowners(t *testing.T) {
	t.Parallel()
	taken := func(s *checks.Snapshot) { // bob gave up his login, and somebody took it
		account(s, bob).Login = "bob-renamed"
		s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 77, Login: "bob", Type: "User", Permission: "write", Emails: []string{"bob@example.com"}})
	}
	for _, c := range []struct {
		name, owner string
		by          int64
		edit        func(*policy.Policy, *checks.Snapshot)
		want        bool
	}{
		{"login", "@bob", bob, nil, true},
		{"login in other letters", "@BoB", bob, nil, true},
		{"login taken over", "@bob", 77, func(_ *policy.Policy, s *checks.Snapshot) { taken(s) }, false},
		{"login given up", "@bob", bob, func(_ *policy.Policy, s *checks.Snapshot) { taken(s) }, true},
		{"person without ids", "@bob", 77, func(p *policy.Policy, s *checks.Snapshot) { taken(s); p.People[1].GitHubIDs = nil }, true},
		{"login nobody lists", "@newcomer", 77, func(_ *policy.Policy, s *checks.Snapshot) {
			s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 77, Login: "NewComer", Type: "User", Permission: "write"})
		}, true},
		{"address", "Bob@example.com", bob, nil, true},
		{"address of another account", "bob@example.com", carol, func(_ *policy.Policy, s *checks.Snapshot) { account(s, carol).Emails = []string{"bob@example.com"} }, false},
		{"address nobody lists", "c@private.example", carol, func(_ *policy.Policy, s *checks.Snapshot) { account(s, carol).Emails = []string{"C@private.example"} }, true},
		{"team", "@Acme/infra", carol, func(_ *policy.Policy, s *checks.Snapshot) { account(s, carol).Teams = []string{"acme/Infra"} }, true},
		{"team of another organisation", "@acme/infra", carol, func(_ *policy.Policy, s *checks.Snapshot) { account(s, carol).Teams = []string{"evil/infra"} }, false},
		{"team of the policy", "@acme/infra", carol, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, s := ownersPolicy(), ownedChange(t, "* "+c.owner+"\n", "a.tf")
			if c.edit != nil {
				c.edit(p, s)
			}
			approve(s, c.by)
			if got := len(ownerSeats(evaluate(s, p))) == 0; got != c.want {
				t.Errorf("agreed: %v, want %v", got, c.want)
			}
		})
	}
}

// TestP06CodeownersMissing: a file that is not there, or that nobody could use, is not a
// file in which nobody owns anything.
func TestP06CodeownersMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		kind       checks.GapKind
		edit       func(*checks.Snapshot)
	}{
		{"not there", "there is no CODEOWNERS at the base", checks.GapConfiguration, func(s *checks.Snapshot) {
			s.Codeowners, s.Review.Source, s.PullRequest = nil, "github", &checks.PullRequest{Number: 7}
		}},
		{"nobody looked", "no CODEOWNERS of the base was given", checks.GapEvidence, func(s *checks.Snapshot) { s.Codeowners = nil }},
		{"too large", "too large: above 3 MB", checks.GapConfiguration, func(s *checks.Snapshot) { s.Codeowners.Text, s.Codeowners.Size = nil, codeowners.MaxBytes+1 }},
		{"cut off", "only 7 of 8 bytes", checks.GapEvidence, func(s *checks.Snapshot) { s.Codeowners.Size++ }},
		{"of the head", "not at the base", checks.GapEvidence, func(s *checks.Snapshot) { s.Codeowners.Commit = s.Head.Commit }},
		{"too many lines", "cannot be used", checks.GapConfiguration, func(s *checks.Snapshot) {
			s.Codeowners.Text = []byte(strings.Repeat("\n", codeowners.MaxLines+1))
			s.Codeowners.Size = int64(len(s.Codeowners.Text))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := ownedChange(t, "* @bob\n", "a.tf")
			c.edit(s)
			approve(s, bob)
			r := evaluate(s, ownersPolicy())
			wantOutcome(t, r, checks.Undecided)
			if r.Summary != "Who owns the files that change is not known." {
				t.Errorf("summary %q", r.Summary)
			}
			if len(r.Gaps) != 1 || r.Gaps[0].Kind != c.kind || !strings.Contains(r.Gaps[0].Message, c.want) {
				t.Errorf("%+v", r.Gaps)
			}
			wantOutcome(t, evaluate(s, testPolicy()), checks.Verified)
		})
	}
}

func TestP06CodeownersInvalid(t *testing.T) {
	t.Parallel()
	s := ownedChange(t, "* @bob\n[ab].tf @carol\n*.go carol\n", "a.tf")
	approve(s, bob)
	r := evaluate(s, ownersPolicy())
	wantOutcome(t, r, checks.Verified)
	wantFinding(t, r, "review.codeowners-invalid", `2 lines say nothing: line 2, "[" and "]" make no range here; line 3, "carol" is no @login`)
	if f := findings(r, "review.codeowners-invalid"); len(f) != 1 || f[0].Subject.Line != 2 {
		t.Errorf("%+v", f)
	}
	if r := evaluate(s, testPolicy()); len(findings(r, "review.codeowners-invalid")) > 0 {
		t.Error("told though nobody asks for owners")
	}
}

// TestLawOwnersOnlyAdd: asking for owners never makes a change pass that would not pass
// without, and who is excluded is neither counted nor asked.
func TestLawOwnersOnlyAdd(t *testing.T) {
	t.Parallel()
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{
		"* @bob", "* @alice @stranger", "*.tf @acme/infra carol@example.com", "/a/ @acme-ci", "/a/b", "* @dave @erin", "!x @bob", "a.tf @nobody",
	}), 0, 5)
	property(t, func(rt *rapid.T, s *checks.Snapshot, p *policy.Policy, fs []checks.Finding) {
		text := strings.Join(lines.Draw(rt, "codeowners"), "\n")
		s.Base.Commit = baseCommit
		s.Codeowners = &checks.OwnersFile{Path: "CODEOWNERS", Commit: baseCommit, Size: int64(len(text)), Text: []byte(text)}
		s.Files = append(slices.Clone(s.Files), checks.File{Path: "a.tf", Mode: "100644"}, checks.File{Path: "a/b/c", Mode: "100644"})
		before := evaluate(s, p, fs...)
		for i := range p.Review.Tiers {
			p.Review.Tiers[i].Codeowners = true
		}
		after := evaluate(s, p, fs...)
		if checks.Worse(outcome(before), outcome(after)) != outcome(after) || missing(after) < missing(before) {
			rt.Fatalf("%v becomes %v", outcome(before), outcome(after))
		}
		out := slices.Concat(s.Review.Pushers, s.Review.Operators, []int64{0, ci, bot, 99})
		for _, a := range after.Approvals {
			if a.Counts && (slices.Contains(out, a.Account) || a.State != checks.ReviewApproved) {
				rt.Fatalf("counted: %+v", a)
			}
		}
		turned := *s
		turned.Files = rapid.Permutation(s.Files).Draw(rt, "files")
		turned.Review.Accounts = rapid.Permutation(s.Review.Accounts).Draw(rt, "accounts")
		turned.Review.Reviews = rapid.Permutation(s.Review.Reviews).Draw(rt, "reviews")
		if d := cmp.Diff(after, evaluate(&turned, p, fs...)); d != "" {
			rt.Fatal(d)
		}
	})
}

// TestCodeownersSecondAccount: two accounts of one person are one person in the report,
// whichever of them owns what changes.
func TestCodeownersSecondAccount(t *testing.T) {
	t.Parallel()
	p := ownersPolicy()
	p.People[1].GitHubIDs = []int64{bob, 22}
	story := func(lines string) *checks.Snapshot {
		s := ownedChange(t, lines, "a.tf")
		s.Review.Accounts = append(s.Review.Accounts, checks.Account{ID: 22, Login: "bob2", Type: "User", Permission: "write"})
		approve(s, bob, 22)
		return s
	}
	counting := func(r checks.Result) (n int) {
		for _, a := range r.Approvals {
			if a.Counts {
				n++
			}
		}
		return n
	}
	r := evaluate(story("*.tf bob@example.com\n"), p)
	wantOutcome(t, r, checks.Verified)
	wantDropped(t, r, 22, "the same person as bob, who counts once")
	if want := "Everybody needed has agreed: bob."; r.Summary != want || counting(r) != 1 {
		t.Errorf("%q: %+v", r.Summary, r.Approvals)
	}

	s := story("*.tf @acme/live\n")
	s.Review.Accounts[len(s.Review.Accounts)-1].Teams = []string{"acme/live"} // only that account
	r = evaluate(s, p)
	wantOutcome(t, r, checks.Verified)
	wantDropped(t, r, 22, "the same person as bob, who counts once; it does count as the owner's")

	// Nor where neither has a seat of the tier.
	p.Review.Tiers[0].Need = []policy.Need{{Count: 1, People: []string{"dave"}}}
	s = story("*.tf bob@example.com\n")
	approve(s, dave)
	r = evaluate(s, p)
	wantOutcome(t, r, checks.Verified)
	if want := "Everybody needed has agreed: bob and dave."; r.Summary != want || counting(r) != 2 {
		t.Errorf("%q: %+v", r.Summary, r.Approvals)
	}
}

// TestCodeownersSwallowedOwner: an owner without a space before it takes nobody's
// ownership away.
func TestCodeownersSwallowedOwner(t *testing.T) {
	t.Parallel()
	for _, lines := range []string{"* @dave\n*@bob\n", "* @dave\n*\u00a0@bob\n"} {
		s := ownedChange(t, lines, "a.tf@bob", "a.tf\u00a0@bob")
		approve(s, carol)
		r := evaluate(s, ownersPolicy())
		wantOutcome(t, r, checks.Waiting)
		wantFinding(t, r, "review.codeowners-invalid", "has no owners, and ")
	}
}
