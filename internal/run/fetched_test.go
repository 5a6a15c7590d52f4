package run

import (
	"archive/zip"
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/artifact"
	"github.com/claw-verified/claw-verified/internal/collect"
	"github.com/claw-verified/claw-verified/internal/config"
)

// fetched packs a plan as a workflow would.
func fetched(t *testing.T, json, saved []byte, edit func([]byte)) collect.FetchedPlan {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("plan.json")
	if err == nil {
		_, err = w.Write(json)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(b.Bytes())
	}
	a, err := artifact.Open(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	p := collect.FetchedPlan{Name: "artifact p of run 1: plan.json", Saved: saved}
	if saved != nil {
		p.SavedName = "artifact p of run 1: tfplan"
	}
	if p.JSON, err = a.File("plan.json", 1<<20); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestFetchedPlan: a plan out of an artifact is read like the same one out of files,
// and is no file of this machine.
func TestFetchedPlan(t *testing.T) {
	t.Parallel()
	const dir = "../../fixtures/terraform/create/"
	read := func(name string) []byte {
		b, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	json, saved := read("plan.json"), read("plan.tfplan")
	disk, err := openPlans(config.Check{Plans: []string{dir + "plan.json"}, PlanFiles: []string{dir + "plan.tfplan"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer disk.close()
	want := disk.read(nil, 1<<20)
	memory := &plans{root: t.TempDir()}
	plan := fetched(t, json, saved, nil)
	plan.Evidence = &checks.PlanEvidence{Run: 1, Believed: checks.BelievedForWorkflow}
	memory.add([]collect.FetchedPlan{plan})
	got := memory.read(nil, 1<<20)
	if len(got) != 1 || len(want) != 1 || got[0].Error != "" || got[0].Saved == nil || got[0].Saved.Error != "" {
		t.Fatalf("%+v", got)
	}
	if got[0].Path != "" || got[0].Source != "artifact p of run 1: plan.json" || got[0].Saved.Source != "artifact p of run 1: tfplan" || len(memory.names()) != 0 {
		t.Errorf("%q %q %q %v", got[0].Path, got[0].Source, got[0].Saved.Source, memory.names())
	}
	for i := range got[0].Blobs {
		if got[0].Blobs[i].SHA1 != want[0].Blobs[i].SHA1 || got[0].Blobs[i].SHA1 == "" || got[0].Blobs[i].Name == want[0].Blobs[i].Name {
			t.Errorf("%+v, %+v", got[0].Blobs[i], want[0].Blobs[i])
		}
	}
	if got[0].Evidence != plan.Evidence || want[0].Evidence != nil {
		t.Errorf("%+v, %+v", got[0].Evidence, want[0].Evidence)
	}
	got[0].Evidence = nil
	for _, p := range []*collect.Plan{&got[0], &want[0]} {
		p.Source, p.Saved.Source, p.Path, p.Blobs, p.File = "", "", "", nil, nil
	}
	if d := cmp.Diff(want[0].Plan, got[0].Plan); d != "" {
		t.Error(d)
	}
}

// TestFetchedPlanDamaged: what goes wrong while a plan is unpacked makes it a plan
// that cannot be read, never a shorter one.
func TestFetchedPlanDamaged(t *testing.T) {
	t.Parallel()
	json, err := os.ReadFile("../../fixtures/terraform/create/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	p := &plans{}
	p.add([]collect.FetchedPlan{
		fetched(t, json, nil, func(b []byte) { b[len(b)/2] ^= 0x55 }),
		fetched(t, append(json, "{}"...), nil, nil),
		fetched(t, nil, nil, nil),
		fetched(t, json, []byte("no plan file"), nil),
	})
	got := p.read(nil, 1<<20)
	if len(got) != 4 {
		t.Fatal(len(got))
	}
	for i := range 3 {
		if got[i].Error == "" || got[i].Source == "" {
			t.Errorf("%d is read: %+v", i, got[i].Plan)
		}
	}
	if s := got[3].Saved; got[3].Error != "" || s == nil || s.Error == "" || s.Source == "" {
		t.Errorf("%+v", got[3].Plan)
	}
}
