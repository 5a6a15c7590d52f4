package attestation

import (
	"fmt"
	"slices"
	"time"

	"github.com/claw-verified/claw-verified/internal/gitobject"
)

// slsaProvenance is what is read of SLSA provenance v1. With the build type
// https://refs.arewm.com/agent-commit/v0.3 (by Andrew McNamara) it is said by the
// platform that ran the agent, which is worth more than what an agent says of itself.
// Members that are not here are passed over, as the format demands.
type slsaProvenance struct {
	BuildDefinition struct {
		BuildType string `json:"buildType"`
		External  struct {
			Task *struct {
				URI     string `json:"uri"`
				Content *struct {
					URI    string            `json:"uri"`
					Digest map[string]string `json:"digest"`
				} `json:"content"`
			} `json:"task"`
			Target *struct {
				Repository string `json:"repository"`
				BaseRef    string `json:"baseRef"`
				BaseCommit string `json:"baseCommit"`
			} `json:"target"`
		} `json:"externalParameters"`
		Internal struct {
			Agent     *slsaAgent `json:"agent"`
			Subagents []struct {
				Agent slsaAgent `json:"agent"`
			} `json:"subagents"`
		} `json:"internalParameters"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Metadata struct {
			InvocationID string    `json:"invocationId"`
			StartedOn    time.Time `json:"startedOn"`
			FinishedOn   time.Time `json:"finishedOn"`
		} `json:"metadata"`
	} `json:"runDetails"`
}

type slsaAgent struct {
	Model struct {
		Provider string `json:"provider"`
		ModelID  string `json:"modelId"`
	} `json:"model"`
	Runtime struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"runtime"`
	Tools []struct {
		Name string `json:"name"`
	} `json:"tools"`
}

// interpretSLSA maps provenance by an agent platform to our terms.
//
// The base commit becomes a note and not the base of the change: it is where the
// agent began, which is the first parent only of the first commit it makes. The
// prompt that the format may hold is not carried on.
func interpretSLSA(v *Verified) error {
	var head struct {
		BuildDefinition struct {
			BuildType string `json:"buildType"`
		} `json:"buildDefinition"`
	}
	if err := decode(v.Statement.Predicate, &head, false); err != nil {
		return fmt.Errorf("read SLSA provenance: %w", err)
	}
	if t := head.BuildDefinition.BuildType; t != BuildTypeAgentCommit {
		v.Kind = KindOther
		v.Notes = append(v.Notes, note("It is SLSA provenance of the build type %s, which tells of no agent.", t))
		return nil
	}
	v.Kind = KindSLSA
	var p slsaProvenance
	if err := decode(v.Statement.Predicate, &p, false); err != nil {
		return fmt.Errorf("read SLSA provenance: %w", err)
	}
	a, err := p.agentCommit()
	if err != nil {
		return fmt.Errorf("read SLSA provenance: %w", err)
	}
	v.AgentCommit = a
	target := p.BuildDefinition.External.Target
	v.Repository = repositoryOf(target.Repository)
	v.Notes = append(v.Notes,
		note("The platform %s says it.", p.RunDetails.Builder.ID),
		note("The agent began at commit %s of %s.", target.BaseCommit, target.BaseRef))
	if n := len(p.BuildDefinition.Internal.Subagents); n > 0 {
		v.Notes = append(v.Notes, note("The agent had %d subagents.", n))
	}
	return nil
}

func (p *slsaProvenance) agentCommit() (*AgentCommit, error) {
	task, target, agent := p.BuildDefinition.External.Task, p.BuildDefinition.External.Target, p.BuildDefinition.Internal.Agent
	switch {
	case agent == nil:
		return nil, fmt.Errorf("%w: /buildDefinition/internalParameters/agent is missing", ErrMalformed)
	case task == nil:
		return nil, fmt.Errorf("%w: /buildDefinition/externalParameters/task is missing", ErrMalformed)
	case target == nil || !gitobject.IsFullID(target.BaseCommit):
		return nil, fmt.Errorf("%w: /buildDefinition/externalParameters/target/baseCommit is no full object id", ErrMalformed)
	case p.RunDetails.Builder.ID == "":
		return nil, fmt.Errorf("%w: /runDetails/builder/id is missing", ErrMalformed)
	}
	a := &AgentCommit{
		Agent:      Agent{ID: agent.Runtime.Name, Version: agent.Runtime.Version},
		Task:       &Task{URI: task.URI},
		StartedOn:  p.RunDetails.Metadata.StartedOn,
		FinishedOn: p.RunDetails.Metadata.FinishedOn,
	}
	if task.Content != nil {
		a.Task.Digest = task.Content.Digest
	}
	if s := p.RunDetails.Metadata.InvocationID; s != "" {
		a.Session = &Session{ID: s}
	}
	a.use(agent)
	for _, sub := range p.BuildDefinition.Internal.Subagents {
		a.use(&sub.Agent)
	}
	return a, a.Validate()
}

// use adds a model and tools, each once.
func (a *AgentCommit) use(agent *slsaAgent) {
	m := Model{ID: agent.Model.ModelID, Provider: agent.Model.Provider}
	if m.ID != "" && !slices.Contains(a.Model, m) {
		a.Model = append(a.Model, m)
	}
	for _, t := range agent.Tools {
		if tool := (Tool{Name: t.Name}); t.Name != "" && !slices.Contains(a.Tools, tool) {
			a.Tools = append(a.Tools, tool)
		}
	}
}
