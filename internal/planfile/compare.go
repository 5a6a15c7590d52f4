package planfile

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Comparison holds the JSON of a plan against the plan file, while the JSON is
// read. Only one that was given every resource change of the JSON can be asked.
//
// The JSON is made from the file (`terraform show -json tfplan`), and Terraform
// leaves out exactly one thing of the resource changes: the delete of a data
// source, which only tidies the state. So everything else in one and not in the
// other is a disagreement: one of them was edited, cut, or belongs to another plan.
//
// Source: MarshalResourceChanges in internal/command/jsonplan of Terraform and
// OpenTofu.
type Comparison struct {
	f        *File
	seen     []bool
	differ   sample // objects whose actions differ
	onlyJSON sample
	facts    sample
}

// Stated is what the JSON says of the plan as a whole. What is nil or zero is not
// in the JSON: where a JSON made from the file would have it, that is a
// disagreement too, or leaving out a line would be the way to say nothing wrong.
// The numbers are the exception: a nil one was not counted, and is not compared.
type Stated struct {
	ToolVersion string // terraform_version
	Errored     *bool
	Complete    *bool // Terraform only
	Applyable   *bool // Terraform only
	Timestamp   time.Time
	// Variables are all names under "variables". The JSON also lists those that have
	// a default and were not set, the file does not.
	Variables   []string
	Drift       *int // number of entries of resource_drift
	Deferred    *int // of deferred_changes
	Invocations *int // of action_invocations
	Outputs     *int // of output_changes
}

// Compare begins a comparison. There is none with an encrypted file: it disagrees
// with nothing and confirms nothing.
func (f *File) Compare() *Comparison {
	return &Comparison{f: f, seen: make([]bool, len(f.changes))}
}

// Change takes one entry of resource_changes: its address, its deposed key if it
// has one, and change.actions as they stand there.
func (c *Comparison) Change(address, deposed string, words []string) {
	if c.f.encrypted {
		return
	}
	i, ok := c.f.find(address, deposed)
	switch {
	case !ok:
		c.onlyJSON.add(func() string {
			return fmt.Sprintf("%s: the JSON says %s, the plan file has no change of it", object(address, deposed), word(words))
		})
	case c.seen[i]:
		c.differ.add(func() string { return object(address, deposed) + ": the JSON has it twice" })
	default:
		c.seen[i] = true
		if planned := verbs(c.f.changes[i].action); !slices.Equal(planned, words) {
			c.differ.add(func() string {
				return fmt.Sprintf("%s: the JSON says %s, the plan file %s", object(address, deposed), word(words), word(planned))
			})
		}
	}
}

// Output takes one entry of output_changes: its name and its actions. Calling it is
// optional; that none is missing is told by their number, [Stated].Outputs.
func (c *Comparison) Output(name string, words []string) {
	if c.f.encrypted {
		return
	}
	i, ok := c.f.outputIndex[name]
	if !ok {
		c.differ.add(func() string {
			return fmt.Sprintf("output %s: the JSON says %s, the plan file has no change of it", quote(name), word(words))
		})
		return
	}
	if planned := verbs(c.f.outputs[i].action); !slices.Equal(planned, words) {
		c.differ.add(func() string {
			return fmt.Sprintf("output %s: the JSON says %s, the plan file %s", quote(name), word(words), word(planned))
		})
	}
}

// Facts takes what the JSON says of the plan as a whole.
func (c *Comparison) Facts(s Stated) {
	f := c.f
	if f.encrypted {
		return
	}
	absent := func(name string) {
		c.facts.add(func() string { return "the JSON lacks " + name + ", which the plan file has" })
	}
	switch s.ToolVersion {
	case f.toolVersion:
	case "":
		absent("terraform_version")
	default:
		c.facts.add(func() string {
			return fmt.Sprintf("the JSON was made by version %s, the plan file by %s", quote(s.ToolVersion), quote(f.toolVersion))
		})
	}
	// Terraform leaves a false out of the file, and OpenTofu has neither of the last
	// two, so whether the JSON would have them is told by who made the file.
	terraform := f.Tool == ToolTerraform && f.since(1, 8)
	for _, b := range []struct {
		name     string
		stated   *bool
		is, told bool
	}{{"errored", s.Errored, f.errored, f.since(1, 6)}, {"complete", s.Complete, f.complete, terraform}, {"applyable", s.Applyable, f.applyable, terraform}} {
		switch {
		case b.stated == nil && (b.is || b.told):
			absent(b.name)
		case b.stated != nil && *b.stated != b.is:
			c.facts.add(func() string {
				return fmt.Sprintf("%s: the JSON says %t, the plan file %t", b.name, *b.stated, b.is)
			})
		}
	}
	switch {
	case s.Timestamp.Equal(f.timestamp):
	case s.Timestamp.IsZero():
		absent("timestamp")
	default:
		c.facts.add(func() string {
			return fmt.Sprintf("the JSON is of a plan made at %s, the plan file was made at %s", stamp(s.Timestamp), stamp(f.timestamp))
		})
	}
	for _, n := range []struct {
		name   string
		stated *int
		is     int
	}{
		{"changes outside of Terraform", s.Drift, f.drift.shown(f.mode)},
		{"deferred changes", s.Deferred, f.deferred},
		{"action invocations", s.Invocations, f.invocations},
		{"changes of outputs", s.Outputs, len(f.outputs)},
	} {
		if n.stated != nil && *n.stated != n.is {
			c.facts.add(func() string {
				return fmt.Sprintf("%s: the JSON has %d, the plan file %d", n.name, *n.stated, n.is)
			})
		}
	}
	c.variables(s.Variables)
}

// since reports whether the file was made by this version of its tool or a later
// one. A version that is not understood is an early one.
func (f *File) since(major, minor int) bool {
	var a, b int
	if n, err := fmt.Sscanf(f.toolVersion, "%d.%d", &a, &b); n < 2 || err != nil {
		return false
	}
	return a > major || a == major && b >= minor
}

func (c *Comparison) variables(stated []string) {
	names := make(map[string]bool, len(stated))
	for _, n := range stated {
		names[n] = true
	}
	for _, n := range c.f.Variables {
		if !names[n] {
			c.facts.add(func() string {
				return fmt.Sprintf("variable %s is set in the plan file, and not in the JSON", quote(n))
			})
		}
	}
}

// Done returns the disagreements in words, at most 20 and then how many more there
// are; nil when there is none. Their order follows the order of the calls, then of
// the plan file.
func (c *Comparison) Done() []string {
	var missing sample
	for i, seen := range c.seen {
		ch := &c.f.changes[i]
		if seen || (ch.action == actionDelete && isData(ch.address)) {
			continue
		}
		missing.add(func() string {
			return fmt.Sprintf("%s: the plan file says %s, the JSON has no change of it", object(ch.address, ch.deposed), word(verbs(ch.action)))
		})
	}
	var all []string
	total := 0
	for _, s := range []*sample{&c.facts, &c.differ, &missing, &c.onlyJSON} {
		all = append(all, s.first...)
		total += s.total
	}
	if total > maxListed {
		all = append(all[:maxListed], fmt.Sprintf("and %d more", total-maxListed))
	}
	return all
}

// sample keeps the first few of what may be many.
type sample struct {
	first []string
	total int
}

func (s *sample) add(text func() string) {
	if s.total++; len(s.first) < maxListed {
		s.first = append(s.first, text())
	}
}

func object(address, deposed string) string {
	s := quote(address)
	if deposed != "" {
		s += " (deposed " + quote(deposed) + ")"
	}
	return s
}

// word shows a list of verbs; those of the JSON are foreign text.
func word(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	s := strings.Join(words[:min(len(words), 4)], ", ")
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-,: ") != "" || len(s) > maxShown {
		return quote(s)
	}
	return s
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}
