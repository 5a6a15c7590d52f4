package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// kind is how something differs.
type kind int

const (
	changed kind = iota
	added
	removed
	reordered
)

// delta is one place in which two policies differ.
type delta struct {
	path          string // with the names of entries: review.tiers.high.need[0].count
	key           string // without: review.tiers.need.count
	kind          kind
	before, after reflect.Value // one of them is not valid for what was added or removed
	up            []frame       // what it lies in, outermost first
}

// frame is a struct that a change lies in; one of the two may be missing.
type frame struct {
	path          string
	before, after reflect.Value
}

// differ walks two values of one type and notes every place in which they differ. It
// goes by the types and not by a list of fields: a field that is added to the language
// is compared without anybody thinking of it.
type differ struct{ changes []delta }

// same reports that two values mean the same in a policy: no list and an empty one do.
func same(a, b any) bool {
	d := differ{}
	d.walk("", "", reflect.ValueOf(a), reflect.ValueOf(b), nil)
	return !slices.ContainsFunc(d.changes, func(c delta) bool { return c.kind != reordered })
}

func (d *differ) note(path, key string, k kind, before, after reflect.Value, up []frame) {
	d.changes = append(d.changes, delta{path, key, k, before, after, slices.Clip(up)})
}

func (d *differ) walk(path, key string, a, b reflect.Value, up []frame) {
	switch t := a.Type(); {
	case t == reflect.TypeFor[time.Time]():
		if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) { //nolint:forcetypeassert // its type was just looked at
			d.note(path, key, changed, a, b, up)
		}
	case t.Kind() == reflect.Pointer:
		d.pointers(path, key, a, b, up)
	case t.Kind() == reflect.Struct:
		up = append(slices.Clip(up), frame{path, a, b})
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
			name = cmp.Or(name, t.Field(i).Name)
			d.walk(join(path, name), join(key, name), a.Field(i), b.Field(i), up)
		}
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		d.maps(path, key, a, b, up)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		d.lists(path, key, a, b, up)
	case t.Kind() == reflect.Slice:
		d.values(path, key, a, b, up)
	case !reflect.DeepEqual(a.Interface(), b.Interface()):
		d.note(path, key, changed, a, b, up)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *differ) pointers(path, key string, a, b reflect.Value, up []frame) {
	switch {
	case a.IsNil() && b.IsNil():
	case a.IsNil():
		d.note(path, key, added, reflect.Value{}, b.Elem(), up)
	case b.IsNil():
		d.note(path, key, removed, a.Elem(), reflect.Value{}, up)
	default:
		d.walk(path, key, a.Elem(), b.Elem(), up)
	}
}

func (d *differ) maps(path, key string, a, b reflect.Value, up []frame) {
	names := map[string]reflect.Value{}
	for _, m := range []reflect.Value{a, b} {
		for _, k := range m.MapKeys() {
			names[k.String()] = k
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at := join(path, clip(name))
		switch x, y := a.MapIndex(names[name]), b.MapIndex(names[name]); {
		case !x.IsValid():
			d.note(at, key, added, x, y, up)
		case !y.IsValid():
			d.note(at, key, removed, x, y, up)
		default:
			d.walk(at, key+".*", x, y, up)
		}
	}
}

// values compares lists of plain values as what they are, sets.
func (d *differ) values(path, key string, a, b reflect.Value, up []frame) {
	count := map[any]int{}
	for i := range a.Len() {
		count[a.Index(i).Interface()]++
	}
	before := len(d.changes)
	for i := range b.Len() {
		v := b.Index(i)
		if count[v.Interface()]--; count[v.Interface()] < 0 {
			d.note(entryPath(path, v), key, added, reflect.Value{}, v, up)
		}
	}
	for i := range a.Len() {
		v := a.Index(i)
		if count[v.Interface()] > 0 {
			count[v.Interface()]--
			d.note(entryPath(path, v), key, removed, v, reflect.Value{}, up)
		}
	}
	if before == len(d.changes) && a.Len() > 0 && !reflect.DeepEqual(a.Interface(), b.Interface()) {
		d.note(path, key, reordered, a, b, up)
	}
}

func entryPath(path string, v reflect.Value) string {
	return path + "[" + clip(fmt.Sprint(v.Interface())) + "]"
}

// lists compares lists of entries. Entries that are told apart by a name or by what
// they hold are compared with their like; what has no like was added or removed.
func (d *differ) lists(path, key string, a, b reflect.Value, up []frame) {
	olds, news := map[string][]int{}, map[string][]int{}
	var names []string
	group := func(l reflect.Value, in map[string][]int) {
		for i := range l.Len() {
			n := likeness(l.Index(i))
			if _, ok := olds[n]; !ok && in[n] == nil && news[n] == nil {
				names = append(names, n)
			}
			in[n] = append(in[n], i)
		}
	}
	group(b, news)
	group(a, olds)
	before := len(d.changes)
	for _, n := range names {
		d.group(path, key, a, b, olds[n], news[n], up)
	}
	if before == len(d.changes) && a.Len() > 0 && !slices.EqualFunc(texts(a), texts(b), func(x, y string) bool { return x == y }) {
		d.note(path, key, reordered, a, b, up)
	}
}

// group compares entries of one likeness: those that are equal first, the others in
// their order.
func (d *differ) group(path, key string, a, b reflect.Value, olds, news []int, up []frame) {
	if len(olds) > 1 || len(news) > 1 {
		equal := map[string][]int{}
		for _, i := range olds {
			equal[written(a.Index(i))] = append(equal[written(a.Index(i))], i)
		}
		gone := map[int]bool{}
		news = slices.DeleteFunc(news, func(j int) bool {
			t := written(b.Index(j))
			if len(equal[t]) == 0 {
				return false
			}
			gone[equal[t][0]] = true
			equal[t] = equal[t][1:]
			return true
		})
		olds = slices.DeleteFunc(olds, func(i int) bool { return gone[i] })
	}
	for k := range max(len(olds), len(news)) {
		switch {
		case k >= len(olds):
			v := b.Index(news[k])
			d.note(listPath(path, v, news[k]), key, added, reflect.Value{}, v, up)
		case k >= len(news):
			v := a.Index(olds[k])
			d.note(listPath(path, v, olds[k]), key, removed, v, reflect.Value{}, up)
		default:
			d.walk(listPath(path, b.Index(news[k]), news[k]), key, a.Index(olds[k]), b.Index(news[k]), up)
		}
	}
}

func listPath(path string, v reflect.Value, at int) string {
	if id := v.FieldByName("ID"); id.IsValid() && id.String() != "" {
		return join(path, clip(id.String()))
	}
	return fmt.Sprintf("%s[%d]", path, at)
}

// likeness is by what an entry of a list is known again when the rest of it changes.
func likeness(v reflect.Value) string {
	if id := v.FieldByName("ID"); id.IsValid() {
		return id.String()
	}
	switch e := v.Interface().(type) {
	case Key:
		if body := strings.Fields(e.Key); len(body) >= 2 && !strings.HasPrefix(e.Key, "-----") {
			return strings.Join(body[:2], " ") // without the comment
		}
		return e.Key + "\n" + e.File
	case DID:
		return e.DID
	case Identity:
		return e.Issuer + "\n" + e.Subject
	case Producer:
		return e.Workflow + "\n" + e.Artifact
	case RequiredCheck:
		return e.Name + "\n" + e.By()
	case PlanResource:
		return e.Type
	case Waiver:
		return e.Rule + "\n" + e.Subject
	}
	return ""
}

// written is an entry as text: equal ones give the same.
func written(v reflect.Value) string {
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprintf("%#v", v.Interface()) // the types of a policy can all be written
	}
	return string(b)
}

func texts(l reflect.Value) []string {
	out := make([]string, l.Len())
	for i := range out {
		out[i] = written(l.Index(i))
	}
	return out
}
