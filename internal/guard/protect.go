package guard

import (
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/resource"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

// Protection tells what protects the data of a stateful object that is destroyed,
// replaced or forgotten, as the object is before the plan: what keeps it from being
// destroyed, and what is left of it afterwards. An attribute that is not set is told
// only where its default protects. What a value means is the table's to say, as for
// its weakening, which Consequences tells. nil for any other change, or type.
func Protection(c *tfvalue.Change, typ resource.Type, t *resource.Table) []checks.Guard {
	if c == nil || typ.Class != checks.ClassStateful {
		return nil
	}
	switch c.Action {
	case checks.ActionDelete, checks.ActionReplace, checks.ActionForget, checks.ActionReplaceForget, checks.ActionUnknown:
	default:
		return nil
	}
	old := c.Old()
	if !old.Exists() {
		return nil
	}
	var out []checks.Guard
	for _, path := range typ.Guards {
		v, ok := old.At(path)
		if ok && v.Value == nil {
			ok = false
		}
		if top, _, _ := strings.Cut(path, "."); !ok {
			if _, listed := old.Root[strings.TrimSuffix(top, "[]")]; !listed {
				continue // an object that does not have the attribute has no default of it
			}
		}
		holds := t.Guard(typ.Name, path).Holds(v, ok) && !void(old, path)
		if !ok && !holds {
			continue
		}
		out = append(out, checks.Guard{Attribute: path, Value: v.Word(), Holds: holds})
		if len(out) >= maxGuards {
			break
		}
	}
	slices.SortFunc(out, func(a, b checks.Guard) int { return strings.Compare(a.Attribute, b.Attribute) })
	return out
}

const maxGuards = 40

// void reports whether another attribute makes a guard worth nothing when the object
// is destroyed: a name for a snapshot that is skipped, automated backups that go
// with the database, versions that go with the bucket.
func void(s tfvalue.Side, path string) bool {
	is := func(at string, missing bool) bool {
		v, ok := s.At(at)
		if !ok || v.Value == nil {
			return missing
		}
		return switched(v)
	}
	switch path {
	case "final_snapshot_identifier", "final_snapshot_name":
		return is("skip_final_snapshot", false)
	case "backup_retention_period":
		return is("delete_automated_backups", true)
	case "versioning", "versioning.enabled":
		return true
	case "delete_automated_backups":
		v, ok := s.At("backup_retention_period")
		n, isNumber := v.Number()
		return ok && isNumber && n == 0 // there are none
	}
	return false
}
