package resource

import (
	"os"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

// TestData reads everything that is compiled in; a fact that cannot be read would
// be one that is not known.
func TestData(t *testing.T) {
	entries, err := data.ReadDir("data/types")
	if err != nil || len(entries) < 20 {
		t.Fatalf("the data is not there: %d files, %v", len(entries), err)
	}
	for _, e := range entries {
		b, err := data.ReadFile("data/types/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		f, err := parse(e.Name(), string(b))
		if err != nil {
			t.Error(err)
			continue
		}
		prefix := strings.TrimSuffix(e.Name(), ".txt")
		if prefix != others && (len(f.providers) != 1 || f.providers[0].prefix != prefix) {
			t.Errorf("%s: it is for the types of one provider, its own", e.Name())
		}
		if prefix == others {
			for _, p := range f.providers {
				if builtin().files[p.prefix] != nil {
					t.Errorf("%s has a file of its own, and would not be found in others.txt", p.prefix)
				}
			}
		}
	}
	if _, err := watches(); err != nil {
		t.Error(err)
	}
	if _, err := providers(); err != nil {
		t.Error(err)
	}
}

// TestFacts holds the facts against each other.
func TestFacts(t *testing.T) {
	table := Builtin()
	seen := map[string]bool{}
	for _, k := range table.Types() {
		if seen[k.Name] {
			t.Errorf("%s stands in two files", k.Name)
		}
		seen[k.Name] = true
		if hasMeta(k.Name) {
			continue
		}
		if got, ok := table.Lookup(k.Name); !ok || got.Class != k.Class {
			t.Errorf("%s is not found again", k.Name)
		}
		for _, g := range k.Guards {
			w, ok := table.Watch(k.Name, g)
			if !ok || w.Why == "it is no longer protected" {
				t.Errorf("%s: nothing is known of its guard %s", k.Name, g)
			}
		}
		if k.Class == checks.ClassStateful && (k.Loses == "" || k.Tier == "") {
			t.Errorf("%s is stateful, and it is not said what is lost", k.Name)
		}
	}
	// A glob of types that matches nothing is a slip, unless it is a type that nothing
	// else is known of.
	list, err := watches()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list.all {
		for _, g := range w.types {
			if !hasMeta(g) {
				continue
			}
			found := false
			for name := range seen {
				found = found || glob(g, name)
			}
			if !found {
				t.Errorf("%s: %s matches no type", w.Path, g)
			}
		}
	}
}

// TestKindsLead to types that are classified.
func TestKindsLead(t *testing.T) {
	list, err := kinds()
	if err != nil {
		t.Fatal(err)
	}
	table := Builtin()
	for api, kinds := range list {
		for kind, target := range kinds {
			if name, own := strings.CutPrefix(target, "kind "); own {
				if _, ok := table.of(api).kinds[name]; !ok {
					t.Errorf("%s %s: there is no %s", api, kind, target)
				}
				continue
			}
			if table.Class(target) == checks.ClassUnclassified {
				t.Errorf("%s %s: %s is not classified, so it need not be listed", api, kind, target)
			}
		}
	}
}

// TestNothingLost: what was held for stateful or harmless before this table is held
// for so still.
func TestNothingLost(t *testing.T) {
	text, err := os.ReadFile("testdata/classes.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := Builtin()
	var class checks.Class
	count := map[checks.Class]int{}
	for l := range strings.Lines(string(text)) {
		switch l = strings.TrimSpace(l); {
		case l == "" || l[0] == '#':
		case l[0] == '[':
			class = checks.Class(strings.Trim(l, "[]"))
		default:
			count[class]++
			known, _ := table.Lookup(l)
			if known.Class != class {
				t.Errorf("%s was %s and is %s", l, class, known.Class)
			}
			if class == checks.ClassStateful && known.Tier != checks.TierCritical {
				t.Errorf("%s was refused, and is of tier %q", l, known.Tier)
			}
		}
	}
	if count[checks.ClassStateful] != 634 || count[checks.ClassHarmless] != 16 {
		t.Errorf("the list has changed: %v", count)
	}
	// Silence is for few.
	harmless := 0
	for _, k := range table.Types() {
		if k.Class == checks.ClassHarmless {
			harmless++
		}
	}
	if harmless != 16 {
		t.Errorf("%d types are harmless, not the 16 that are known to be", harmless)
	}
}

// TestStrict: a slip in the data is an error, and no fact less.
func TestStrict(t *testing.T) {
	const head = "provider aws\n\naws_x\n"
	for _, tt := range []struct{ name, text, want string }{
		{"good", head + "  stateful high: data\n  guards a.b, c[].d\n  recovery never\n  secret\n  network rule\n    cidr a[]|b absent 0.0.0.0/0\n    action access = Allow | Ok\n", ""},
		{"unknown fact", head + "  statful high: data\n", "it is not known"},
		{"unknown tier", head + "  stateful huge: data\n", "a tier"},
		{"no loss", head + "  stateful high\n", "a tier"},
		{"fact twice", head + "  secret\n  secret\n", "twice"},
		{"type twice", head + "  secret\n\naws_x\n  secret\n", "twice"},
		{"provider twice", head + "  secret\n\nprovider aws\n", "twice"},
		{"nothing said", head, "nothing is said"},
		{"foreign type", "provider aws\n\ngoogle_x\n  secret\n", "no type of aws"},
		{"no provider", "aws_x\n  secret\n", "no type of"},
		{"no type", "provider aws\n\naws_X\n  secret\n", "no resource type"},
		{"note as path", head + "  guards acl (public-read)\n", "no attribute path"},
		{"guard twice", head + "  guards a, a\n", "twice"},
		{"unknown kind", head + "  network thing\n", "not known"},
		{"unknown role", head + "  network rule\n    colour a\n", "not known"},
		{"role twice", head + "  network rule\n    cidr a\n    cidr b\n", "twice"},
		{"bad role path", head + "  network rule\n    cidr a[0]\n", "no attribute path"},
		{"no word", head + "  network rule\n    action a = \n", "blank"},
		{"part of nothing", head + "    cidr a\n", "below network"},
		{"flag with text", head + "  secret yes\n", "stands alone"},
		{"language", head + "  policy a in latin\n", "not known"},
		{"harmless and stateful", head + "  harmless\n  stateful high: data\n", "something else"},
		{"recovery of nothing lost", head + "  guard\n  recovery never\n", "recovery"},
		{"indent", head + "   secret\n", "two or four"},
		{"tab", head + "\tsecret\n", "nothing is said"},
		{"blank at the end", head + "  secret \n", "blank"},
		{"data source", "provider aws\n\ndata aws_x\n  secret\n", "not known"},
		{"silent data source", "provider aws\n\ndata aws_x\n", "says nothing"},
		{"no header", "provider aws\n\nresource aws_x\n  secret\n", "no header"},
		{"no number", "provider aws\n  documented many\n", "no number"},
	} {
		_, err := parse("x.txt", tt.text)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, tt := range []struct{ name, text, want string }{
		{"good", "a.b\n  types aws_*\n  grades A < B << C\n  default A\n  why it is so\n", ""},
		{"no scale", "a\n  why it is so\n", "what protects"},
		{"two scales", "a\n  set\n  more\n  why it is so\n", "twice"},
		{"no why", "a\n  set\n", "why"},
		{"no word", "a\n  protects\n  why it is so\n", "a word"},
		{"no default", "a\n  grades A << B\n  why it is so\n", "default"},
		{"default is no grade", "a\n  grades A << B\n  default C\n  why it is so\n", "no grade"},
		{"no division", "a\n  grades A < B\n  default A\n  why it is so\n", "<<"},
		{"kind", "a\n  set\n  kind bad\n  why it is so\n", "not known"},
		{"default is no number", "a\n  more\n  default soon\n  why it is so\n", "no number"},
		{"forever of words", "a\n  set\n  forever 0\n  why it is so\n", "forever"},
		{"forever of nothing", "a\n  forever 0\n  why it is so\n", "forever"},
		{"path", "a b\n  set\n  why it is so\n", "no attribute path"},
		{"types", "a\n  types aws/x\n  set\n  why it is so\n", "globs"},
		{"unless", "a\n  unless b\n  set\n  why it is so\n", "no path and word"},
		{"twice", "a\n  set\n  why it is so\n\na\n  set\n  why it is so\n", "twice"},
		{"unknown", "a\n  colour red\n", "not known"},
	} {
		_, err := parseWatches("x.txt", tt.text)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("attributes, %s: %v, want %q", tt.name, err, tt.want)
		}
	}
	for _, text := range []string{"k\n", "k\n  a\n", "k\n  a aws_x\n  A aws_y\n", "k\n  a Aws/x\n", "k\n  a aws_x\nk\n  b aws_x\n"} {
		if _, err := parseKinds("x.txt", text); err == nil {
			t.Errorf("kinds: %q is taken", text)
		}
	}
}

func TestIsPath(t *testing.T) {
	for _, p := range []string{"a", "a.b", "a[]", "a[].b", "a[].b[]|c,d.e", "restore_to_point1", "apiVersion"} {
		if !isPath(p) {
			t.Errorf("%q is a path", p)
		}
	}
	for _, p := range []string{"", ".", "a.", "a..b", "|a", "a|", "a[0]", "a[", "a[]b", "a b", "a-b", "1a", "a.[]", "[]", "a[]]", "a{b}", strings.Repeat("a", 500)} {
		if isPath(p) {
			t.Errorf("%q is no path", p)
		}
	}
}
