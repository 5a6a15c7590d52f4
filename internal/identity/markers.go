package identity

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/claw-verified/claw-verified/internal/gitobject"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// markersText is the table of marks; what its columns mean stands in its head.
//
//go:embed markers.yml
var markersText []byte

// marker is one tool and the marks it leaves.
type marker struct {
	Name     string   `yaml:"name"`
	Emails   []string `yaml:"emails"`
	Logins   []string `yaml:"logins"`
	Bots     []string `yaml:"bots"`
	Trailers []string `yaml:"trailers"`
	Names    []string `yaml:"names"`
	Lines    []string `yaml:"lines"`
	Branches []string `yaml:"branches"`
	Source   []string `yaml:"source"`
}

type markerTable struct {
	Agents     []marker `yaml:"agents"`
	Automation []marker `yaml:"automation"`
}

// builtInMarks parses the table once. That it can be parsed a test shows.
var builtInMarks = sync.OnceValues(func() (*markerTable, error) {
	var t markerTable
	if err := yaml.Load(markersText, &t, yaml.WithKnownFields()); err != nil {
		return nil, fmt.Errorf("read the table of marks: %w", err)
	}
	return &t, nil
})

// MarkerNames lists the names of the built-in marks, as a policy switches them off.
func MarkerNames() []string {
	t, err := builtInMarks()
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(t.Agents))
	for i := range t.Agents {
		names = append(names, t.Agents[i].Name)
	}
	return names
}

// marks are the marks that count under a policy, ready to be looked up. A mark can
// only make something count as agent-made.
type marks struct {
	emails, logins, bots, trailers map[string]string // folded, to the tool's name
	automation                     map[string]string // bots that are no agents
	off                            *marks            // marks that the policy switched off; their addresses are still nobody's
	names, lines, branches         [][2]string       // what to look for, folded, and the tool's name
	patterns                       []string          // trailers of the policy
}

func newMarks() *marks {
	return &marks{emails: map[string]string{}, logins: map[string]string{}, bots: map[string]string{}, trailers: map[string]string{}, automation: map[string]string{}}
}

func marksOf(p *policy.Policy) *marks {
	m := newMarks()
	m.off = newMarks()
	t, err := builtInMarks()
	if err != nil {
		t = &markerTable{}
	}
	var own policy.Markers
	if p.Provenance.Markers != nil {
		own = *p.Provenance.Markers
	}
	for i := range t.Agents {
		if !slices.ContainsFunc(own.Ignore, func(name string) bool { return strings.EqualFold(name, t.Agents[i].Name) }) {
			m.add(&t.Agents[i])
			continue
		}
		m.off.add(&t.Agents[i])
	}
	for i := range t.Automation {
		for _, login := range t.Automation[i].Bots {
			m.automation[foldLogin(login)] = t.Automation[i].Name
		}
	}
	m.add(&marker{Name: "an agent of the policy's marks", Emails: own.Emails, Logins: own.Logins})
	m.patterns = own.Trailers
	return m
}

func (m *marks) add(k *marker) {
	for _, e := range k.Emails {
		m.emails[gitobject.FoldEmail(e)] = k.Name
	}
	for _, l := range k.Logins {
		m.logins[foldLogin(l)] = k.Name
	}
	for _, l := range k.Bots {
		m.bots[foldLogin(l)] = k.Name
	}
	for _, t := range k.Trailers {
		m.trailers[strings.ToLower(t)] = k.Name
	}
	for _, n := range k.Names {
		m.names = append(m.names, [2]string{strings.ToLower(n), k.Name})
	}
	for _, l := range k.Lines {
		m.lines = append(m.lines, [2]string{bareLine(l), k.Name})
	}
	for _, b := range k.Branches {
		m.branches = append(m.branches, [2]string{strings.ToLower(b), k.Name})
	}
}

// byEmail names the tool whose address this is.
func (m *marks) byEmail(email string) string {
	if name := m.emails[email]; name != "" {
		return name
	}
	// "198982749+Copilot@…" and "209825114+claude[bot]@…": the number tells that GitHub
	// made the address; a bare "claude@users.noreply…" is a person of that name.
	login, ok := noreplyLogin(email)
	if !ok || !strings.Contains(email, "+") {
		return ""
	}
	if name := m.logins[foldLogin(login)]; name != "" {
		return name
	}
	return m.bots[foldLogin(login)]
}

// byLogin names the tool that works under an account.
func (m *marks) byLogin(login string) string {
	l := foldLogin(login)
	if name := m.logins[l]; name != "" {
		return name
	}
	if strings.HasSuffix(strings.ToLower(login), "[bot]") {
		return m.bots[l]
	}
	return ""
}

// automationByEmail names the automation, no agent, whose address this says it is.
func (m *marks) automationByEmail(email string) string {
	login, ok := noreplyLogin(email)
	if !ok || !strings.Contains(email, "+") || !strings.HasSuffix(login, "[bot]") {
		return ""
	}
	return m.automation[foldLogin(login)]
}

// byName knows the tools that mark people's names: "Jane Doe (aider)".
func (m *marks) byName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, n := range m.names {
		if strings.HasSuffix(name, n[0]) {
			return n[1]
		}
	}
	return ""
}

func (m *marks) byTrailer(t gitobject.Trailer) string {
	if name := m.trailers[strings.ToLower(t.Key)]; name != "" {
		return name
	}
	if matchesTrailer(m.patterns, t) {
		return "an agent of the policy's marks"
	}
	return ""
}

// byText looks for a line that a tool writes, in a commit message or a description.
// A sentence that mentions such a line does not begin with it.
func (m *marks) byText(text string) []string {
	var found []string
	for line := range strings.SplitSeq(text, "\n") {
		if bare := bareLine(line); bare != "" {
			for _, l := range m.lines {
				if strings.HasPrefix(bare, l[0]) && !slices.Contains(found, l[1]) {
					found = append(found, l[1])
				}
			}
		}
	}
	return found
}

// bareLine folds a line and takes off what may stand before a mark: spaces, quotes,
// list signs, emphasis, emoji.
func bareLine(s string) string {
	return strings.ToLower(strings.TrimLeftFunc(strings.TrimSpace(s), func(r rune) bool {
		return r != '[' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}))
}

func (m *marks) byBranch(branch string) string {
	branch = strings.ToLower(branch)
	for _, b := range m.branches {
		if strings.HasPrefix(branch, b[0]) {
			return b[1]
		}
	}
	return ""
}
