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
// object has them before the plan, of a create after it. What is marked sensitive,
// unknown, no text or too long is left out, and so is what comes after the first
// 50 keys in order.
func Tags(c *tfvalue.Change) map[string]string {
	side := c.Old()
	if !side.Exists() {
		side = c.New()
	}
	found := map[string]string{}
	for _, path := range tagAttributes {
		for _, v := range side.All(path) {
			m, ok := v.Value.(map[string]any)
			if !ok || v.Unknown {
				continue
			}
			for key := range m {
				e, _ := v.Member(key)
				text, ok := e.Text()
				if _, twice := found[key]; twice || !ok || e.Sensitive || e.Unknown || len(key) > maxTagText || len(text) > maxTagText {
					continue
				}
				found[key] = text
			}
		}
	}
	if len(found) == 0 {
		return nil
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
	return found
}
