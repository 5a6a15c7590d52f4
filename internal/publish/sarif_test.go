package publish_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/claw-verified/claw-verified/checks"
)

type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				SemanticVersion string
				Rules           []struct{ ID string }
			}
		}
		Properties  struct{ Origins []struct{ Commit string } }
		Invocations []struct {
			ExecutionSuccessful            bool
			ToolExecutionNotifications     []struct{ Message struct{ Text string } }
			ToolConfigurationNotifications []struct{ Message struct{ Text string } }
		}
		Results []struct {
			RuleID              string
			RuleIndex           int
			Level               string
			Message             struct{ Text string }
			PartialFingerprints map[string]string
			Suppressions        []struct{ Kind, Status, Justification string }
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
					Region           struct{ StartLine int }
				}
			}
		}
	}
}

func sarifOf(t *testing.T, v *checks.Verdict) sarifLog {
	t.Helper()
	var l sarifLog
	if err := json.Unmarshal([]byte(write(t, "sarif", v, options())), &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Runs) != 1 || len(l.Runs[0].Invocations) != 1 {
		t.Fatal("not one run with one invocation")
	}
	return l
}

func TestSARIFFingerprints(t *testing.T) {
	t.Parallel()
	prints := func(v *checks.Verdict) (out []string) {
		for _, r := range sarifOf(t, v).Runs[0].Results {
			p := r.PartialFingerprints["clawVerified/v1"]
			if p == "" || p != r.PartialFingerprints["primaryLocationLineHash"] {
				t.Errorf("fingerprints %v", r.PartialFingerprints)
			}
			out = append(out, p)
		}
		return out
	}
	before := prints(refused())
	seen := map[string]bool{}
	for _, p := range before {
		if seen[p] {
			t.Errorf("two findings share the fingerprint %s", p)
		}
		seen[p] = true
	}
	moved := refused()
	for i := range moved.Findings {
		f := &moved.Findings[i]
		f.Message += " Said otherwise."
		if f.Subject.Line > 0 {
			f.Subject.Line += 40
		}
	}
	after := prints(moved)
	for i := range before {
		if before[i] != after[i] {
			t.Errorf("finding %d has another fingerprint after its line moved", i)
		}
	}
}

func TestSARIFContent(t *testing.T) {
	t.Parallel()
	run := sarifOf(t, refused()).Runs[0]
	if run.Tool.Driver.SemanticVersion != "1.2.3" {
		t.Errorf("version %q", run.Tool.Driver.SemanticVersion)
	}
	levels := ""
	for _, r := range run.Results {
		levels += r.Level + " "
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %s has the index of %s", r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
		}
	}
	if levels != "error note error warning warning note " {
		t.Errorf("levels: %s", levels)
	}
	if s := run.Results[5].Suppressions; len(s) != 1 || s[0].Status != "accepted" || !strings.Contains(s[0].Justification, "alice") {
		t.Errorf("suppressions: %v", s)
	}
	if l := run.Results[3].Locations[0].PhysicalLocation; l.ArtifactLocation.URI != "network/bastion.tf" || l.Region.StartLine != 12 {
		t.Errorf("location: %v", l)
	}
	if l := run.Results[0].Locations[0].PhysicalLocation.ArtifactLocation; l.URI != ".github/claw-verified.yml" || l.URIBaseID != "%SRCROOT%" {
		t.Errorf("location of a commit: %v", l)
	}
	config, evidence := sarifOf(t, undecidedConfig()).Runs[0].Invocations[0], sarifOf(t, undecidedEvidence()).Runs[0].Invocations[0]
	if config.ExecutionSuccessful || len(config.ToolConfigurationNotifications) != 2 || evidence.ExecutionSuccessful || len(evidence.ToolExecutionNotifications) != 1 {
		t.Errorf("gaps: %v %v", config, evidence)
	}
	for _, r := range sarifOf(t, hostile()).Runs[0].Results {
		l := r.Locations[0].PhysicalLocation.ArtifactLocation.URI
		if strings.ContainsAny(l, " <>\"`\\\x1b\n:") || strings.HasPrefix(l, "/") || strings.Contains(l, "..") {
			t.Errorf("uri %q", l)
		}
		if strings.Contains(r.Message.Text, "](") {
			t.Errorf("a link in %q", r.Message.Text)
		}
	}
}
