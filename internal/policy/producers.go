package policy

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Forms of what a producer names. The schema repeats them.
var (
	// GitHub runs what lies in this very folder and in none below it.
	reWorkflow = regexp.MustCompile(`^\.github/workflows/[^/*?{}\[\]\\]+\.(yml|yaml)$`)
	// What GitHub's artifact store takes for a name.
	reArtifact = regexp.MustCompile(`^[^":<>|*?\\/]{1,256}$`)
)

// producer reads a workflow that makes plans. All of it is exact: a glob would believe
// a workflow, or a file, that somebody adds later.
func (r *reader) producer(n *yaml.Node, p *Producer) {
	var fileAt *yaml.Node
	o := &owner{kind: kindSigner, at: n}
	r.mapping(
		n, "a producer",
		need("workflow", r.check(&p.Workflow, r.isWorkflow)),
		need("artifact", r.check(&p.Artifact, r.isArtifact)),
		opt("plan", r.check(&p.Plan, r.isInArtifact)),
		opt("plan_file", func(n *yaml.Node) { fileAt = n; r.check(&p.PlanFile, r.isInArtifact)(n) }),
		opt("signers", items(r, &p.Signers, nil, r.identity(o))),
	)
	plan := p.Plan
	setDefault(&plan, DefaultPlanJSON)
	if p.PlanFile == plan {
		r.bad(fileAt, "plan is what terraform show -json prints, plan_file is what terraform plan -out writes", "%q cannot be both the plan and the plan file", clip(plan))
		return
	}
	if p.Workflow == "" || p.Artifact == "" {
		return
	}
	r.producers = append(r.producers, named{"producer", strings.Join([]string{p.Workflow, p.Artifact, plan}, "\n"), n})
}

func (r *reader) isWorkflow(n *yaml.Node, s string) bool {
	hint := pathFault(s, "the repository")
	switch {
	case hint == "" && reWorkflow.MatchString(s):
		return true
	case hint == "" && strings.HasPrefix(s, ".github/workflows/") && strings.Count(s, "/") > 2:
		hint = "name a file of .github/workflows itself: GitHub runs none below it"
	case hint == "" || !strings.HasPrefix(s, ".github/"):
		hint = "write it like .github/workflows/plan.yml"
	}
	r.bad(n, hint, "%q is no workflow of the repository", clip(s))
	return false
}

func (r *reader) isArtifact(n *yaml.Node, s string) bool {
	if reArtifact.MatchString(s) {
		return true
	}
	hint := `leave out each of " : < > | * ? \ and /, which no artifact has in its name`
	if strings.ContainsAny(s, "*?") {
		hint = "name it exactly; there are no wildcards here"
	}
	r.bad(n, hint, "%q is no name of an artifact", clip(s))
	return false
}

func (r *reader) isInArtifact(n *yaml.Node, s string) bool {
	if hint := pathFault(s, "the artifact"); hint != "" {
		r.bad(n, hint, "%q is no path in the artifact", clip(s))
		return false
	}
	return true
}

// uniqueProducers refuses one that stands twice: which of two plan files would count?
func (r *reader) uniqueProducers() {
	first := map[string]*yaml.Node{}
	for _, p := range r.producers {
		if f, dup := first[p.id]; dup {
			r.bad(p.at, "keep one of them", "this producer brings the plan of another one%s", r.onLine(", on line", f))
			continue
		}
		first[p.id] = p.at
	}
}
