package guard

import (
	"slices"

	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	maxTags    = 50
	maxTagText = 128 // bytes of a key, and of a value
)

// tagAttributes hold tags, in the order in which they are asked: what somebody gave
// an object goes before what its provider adds.
var tagAttributes = []string{"tags", "labels", "metadata.labels", "manifest.metadata.labels", "tags_all", "effective_labels", "terraform_labels"}

// Tags returns the tags or labels of an object, for matching by policy: as the
// object has them before the plan, of a create after it. What is marked sensitive or
// unknown in any of its places, no text or too long is left out, and so is what comes
// after the first 50 keys in order; hidden says that something was. A provider copies
// tags to other attributes and forgets the mark, so one mark counts for all.
func Tags(c *tfvalue.Change) (tags map[string]string, hidden bool) {
	side := c.Old()
	if !side.Exists() {
		side = c.New()
	}
	found, secret, all := map[string]string{}, map[string]bool{}, false
	for _, path := range tagAttributes {
		for _, v := range side.All(path) {
			m, ok := v.Value.(map[string]any)
			if !ok || v.Unknown {
				all = all || v.Sensitive
				hidden = hidden || v.Unknown
				continue
			}
			for key := range m {
				e, _ := v.Member(key)
				text, ok := e.Text()
				switch {
				case e.Sensitive || e.Unknown:
					secret[key] = true
				case !ok || len(key) > maxTagText || len(text) > maxTagText:
					hidden = true
				default:
					if _, twice := found[key]; !twice {
						found[key] = text
					}
				}
			}
			all = all || v.Sensitive && len(m) == 0
		}
	}
	for key := range secret {
		delete(found, key)
	}
	hidden = hidden || all || len(secret) > 0 || len(found) > maxTags
	if all || len(found) == 0 {
		return nil, hidden
	}
	if len(found) > maxTags {
		keys := make([]string, 0, len(found))
		for key := range found {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys[maxTags:] {
			delete(found, key)
		}
	}
	return found, hidden
}
