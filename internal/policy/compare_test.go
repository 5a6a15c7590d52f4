package policy

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fullPolicy has something in every field of the language.
func fullPolicy(t testing.TB) *Policy {
	t.Helper()
	text, err := os.ReadFile(fixtures + "/ok/every-key.yml")
	if err != nil {
		t.Fatal(err)
	}
	p, problems := Parse(string(text)+"", known)
	if p == nil {
		t.Fatal(problems)
	}
	// What every-key.yml leaves to the examples of the reference.
	p.Plan.Saved, p.Plan.MaxAge, p.Plan.Workspaces = SavedRequired, Duration(time.Hour), []string{"production", "prod-*"}
	p.Plan.MassDestroy = &MassDestroy{Count: 10, Share: 20}
	p.Plan.Resources = []PlanResource{{Type: "acme_ledger*", Class: "stateful", Tier: "high", Loses: "the books", Guards: []string{"protection"}}}
	p.Plan.Rules[0].When.Provider, p.Plan.Rules[0].When.Module, p.Plan.Rules[0].When.Tag = []string{"aws.west"}, []string{"root"}, []string{"env=prod"}
	p.Plan.Rules[0].When.Exposure, p.Plan.Rules[0].When.Count = &ExposureWhen{From: []string{"10.0.0.0/8"}, Port: []string{"443"}, Protocol: []string{"tcp"}}, 5
	for _, keys := range [][]Key{p.Agents[0].Keys, p.People[0].Keys, p.Provenance.Attestors[1].Keys} {
		k := &keys[0]
		k.NotBefore, k.NotAfter, k.RevokedAt, k.Reason, k.CertAuthority, k.Principals = now.Add(-time.Hour), now.Add(time.Hour), now, "lost", true, []string{"runner"}
	}
	id := &p.Provenance.Attestors[0].Identities[0]
	id.BuildSigner, id.SourceRef, id.SourceDigest, id.Runner = "https://x.example/a", "refs/heads/main", "commit", "self-hosted"
	return p
}

// deepCopy copies by the types, so that no field is shared and none forgotten.
func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deepCopy(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				out.SetMapIndex(k, deepCopy(v.MapIndex(k)))
			}
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			out.Set(v)
			break
		}
		for i := range v.NumField() {
			out.Field(i).Set(deepCopy(v.Field(i)))
		}
	default:
		out.Set(v)
	}
	return out
}

func clonePolicy(p *Policy) *Policy {
	c, _ := deepCopy(reflect.ValueOf(p)).Interface().(*Policy)
	return c
}

// mutations calls f with every way to change one thing below v, which it changes and
// puts back. key names the place, without names of entries.
func mutations(v reflect.Value, key string, f func(key, what string)) {
	try := func(what string, to reflect.Value) {
		old := deepCopy(v)
		v.Set(to)
		f(key, what)
		v.Set(old)
	}
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		at, _ := v.Interface().(time.Time)
		try("later", reflect.ValueOf(at.Add(time.Hour)))
		try("earlier", reflect.ValueOf(at.Add(-time.Hour)))
		try("never", reflect.ValueOf(time.Time{}))
	case v.Kind() == reflect.Pointer:
		try("none", reflect.Zero(v.Type()))
		mutations(v.Elem(), key, f)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			mutations(v.Field(i), join(key, name), f)
		}
	case v.Kind() == reflect.Map:
		for _, k := range v.MapKeys() {
			m := deepCopy(v)
			m.SetMapIndex(k, reflect.Value{})
			try("without "+k.String(), m)
			m = deepCopy(v)
			m.SetMapIndex(reflect.ValueOf("another"), deepCopy(v.MapIndex(k)))
			try("with another", m)
			entry := deepCopy(v.MapIndex(k)) // entries of maps cannot be set in place
			mutations(entry, key+".*", func(inner, what string) {
				m := deepCopy(v)
				m.SetMapIndex(k, deepCopy(entry))
				old := deepCopy(v)
				v.Set(m)
				f(inner, what)
				v.Set(old)
			})
		}
	case v.Kind() == reflect.Slice:
		if v.Len() == 0 {
			return
		}
		for i := range v.Len() {
			try(fmt.Sprintf("without the %dth", i), reflect.AppendSlice(deepCopy(v).Slice(0, i), deepCopy(v).Slice(i+1, v.Len())))
		}
		try("with one more", reflect.Append(deepCopy(v), deepCopy(v.Index(0))))
		try("none", reflect.Zero(v.Type()))
		if v.Len() > 1 {
			turned := deepCopy(v)
			reflect.Swapper(turned.Interface())(0, v.Len()-1)
			try("turned", turned)
		}
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				mutations(v.Index(i), key, f)
			}
		}
	case v.Kind() == reflect.String:
		try("another", reflect.ValueOf(v.String()+"x").Convert(v.Type()))
		try("none", reflect.Zero(v.Type()))
	case v.Kind() == reflect.Bool:
		try("turned", reflect.ValueOf(!v.Bool()))
	default:
		try("more", reflect.ValueOf(v.Int()+1).Convert(v.Type()))
		try("less", reflect.ValueOf(v.Int()-1).Convert(v.Type()))
		try("none", reflect.Zero(v.Type()))
	}
}

// TestNothingThatDiffersIsSilent: whatever is changed in a policy, anywhere, is told,
// by the key where it stands or by the entry that holds it.
func TestNothingThatDiffersIsSilent(t *testing.T) {
	t.Parallel()
	p := fullPolicy(t)
	q := clonePolicy(p)
	seen := map[string]bool{}
	n := 0
	mutations(reflect.ValueOf(q).Elem(), "", func(key, what string) {
		if reflect.DeepEqual(p, q) {
			return
		}
		n++
		seen[key] = true
		d := differ{}
		d.walk("", "", reflect.ValueOf(*p), reflect.ValueOf(*q), nil)
		if !slices.ContainsFunc(d.changes, func(c delta) bool { return c.key == key || strings.HasPrefix(key, c.key+".") }) {
			t.Errorf("%s (%s): not told: %+v", key, what, Compare(p, q))
		}
		there, back := Compare(p, q), Compare(q, p)
		if len(there) == 0 || len(back) == 0 {
			t.Errorf("%s (%s): silent", key, what)
			return
		}
		weaker := func(d Difference) bool { return d.Weaker }
		says := sayings[key]
		harmless := says.weaker != nil && reflect.ValueOf(says.weaker).Pointer() == reflect.ValueOf(never).Pointer()
		turned := slices.ContainsFunc(d.changes, func(c delta) bool { return c.kind == reordered })
		if !turned && !harmless && !slices.ContainsFunc(there, weaker) && !slices.ContainsFunc(back, weaker) && !cannotMatter(key, what) {
			t.Errorf("%s (%s): weaker in neither direction: %v", key, what, there)
		}
		for _, diff := range slices.Concat(there, back) {
			if diff.Text == "" || strings.ContainsAny(diff.Text, "{}|") && !strings.Contains(diff.Text, "aws_") || strings.Contains(diff.Text, "  ") {
				t.Errorf("%s (%s): no proper sentence: %q", key, what, diff.Text)
			}
		}
	})
	if !reflect.DeepEqual(p, q) {
		t.Fatal("the mutations were not put back")
	}
	if d := cmp.Diff(allKeys(reflect.TypeFor[Policy](), ""), seen); d != "" {
		t.Errorf("-fields of the language +those that were changed:\n%s", d)
	}
	t.Logf("%d changes", n)
}

// cannotMatter lists changes under which the full policy decides the very same.
func cannotMatter(key, what string) bool {
	return key == "review.tiers.bind" && (what == "without the 1th" || what == "with one more") || // tree, while head is asked for too
		key == "teams" // a team that nobody asks for
}

func allKeys(typ reflect.Type, key string) map[string]bool {
	all := map[string]bool{}
	switch {
	case typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice:
		all = allKeys(typ.Elem(), key)
	case typ.Kind() == reflect.Map:
		all = allKeys(typ.Elem(), key+".*")
	case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[time.Time]():
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			maps.Copy(all, allKeys(typ.Field(i).Type, join(key, name)))
		}
	}
	if key != "" {
		all[key] = true
	}
	// Structs that are no lists, maps or pointers have nothing of their own to tell.
	for _, k := range []string{"provenance", "plan", "review", "limits", "plan.rules.when", "review.tiers.when", "deploy.*"} {
		delete(all, k)
	}
	return all
}

// TestEveryKeyHasItsSaying: a field that is added to the language gets words and a
// judgement. Until then it counts as weaker, see the next test.
func TestEveryKeyHasItsSaying(t *testing.T) {
	t.Parallel()
	got := map[string]bool{}
	for key := range sayings {
		got[key] = true
	}
	if d := cmp.Diff(allKeys(reflect.TypeFor[Policy](), ""), got); d != "" {
		t.Errorf("-fields +sayings:\n%s", d)
	}
}

func TestUnknownKindsOfDifferencesAreWeaker(t *testing.T) {
	t.Parallel()
	a, b := reflect.ValueOf(1.5), reflect.ValueOf(2.5)
	for _, k := range []kind{changed, added, removed, reordered} {
		c := delta{path: "new.key", key: "new.key", kind: k, before: a, after: b}
		if d := c.judged(); !d.Weaker || !strings.Contains(d.Text, "new.key") {
			t.Errorf("%+v", d)
		}
	}
}

func TestCompareIsBounded(t *testing.T) {
	t.Parallel()
	strict, weak := "version: 1\nmachine_users: [x]\n", "version: 1\nmachine_users: [x]\ngate_files: ["+numbers(900)+"]\n"
	list := Compare(parseOK(t, strict), parseOK(t, weak))
	if last := list[len(list)-1]; len(list) != 201 || last.Text != "700 more differences" || last.Weaker {
		t.Errorf("%d: %+v", len(list), last)
	}
	list = Compare(parseOK(t, weak), parseOK(t, strict))
	if last := list[len(list)-1]; len(list) != 201 || !last.Weaker {
		t.Errorf("%d: %+v", len(list), last)
	}
}

func TestCompareOfNothing(t *testing.T) {
	t.Parallel()
	p := parseOK(t, "version: 1\n")
	if len(Compare(nil, nil)) != 0 || len(Compare(p, p)) != 0 || len(Compare(p, clonePolicy(p))) != 0 {
		t.Error("something differs from itself")
	}
	if l := Compare(nil, p); len(l) != 1 || !l[0].Weaker {
		t.Errorf("%+v", l)
	}
	if l := Compare(p, nil); len(l) != 1 || l[0].Weaker {
		t.Errorf("%+v", l)
	}
	if !same(Policy{}, Policy{GateFiles: []string{}, Teams: map[string][]string{}}) {
		t.Error("an empty list is no list")
	}
}

func TestWeakerFirst(t *testing.T) {
	t.Parallel()
	p, q := fullPolicy(t), fullPolicy(t)
	q.Agents, q.Plan.Paths, q.Review.Tiers[0].Need[0].Count = nil, append(q.Plan.Paths, "x"), 7
	q.Mode, q.Limits.Commits = ModeObserve, 1
	list := Compare(p, q)
	if !slices.IsSortedFunc(list, func(a, b Difference) int {
		return strings.Compare(fmt.Sprint(!a.Weaker), fmt.Sprint(!b.Weaker))
	}) || !list[0].Weaker || list[len(list)-1].Weaker {
		t.Errorf("%+v", list)
	}
	for range 20 {
		if d := cmp.Diff(list, Compare(p, q)); d != "" {
			t.Fatal(d)
		}
	}
}
