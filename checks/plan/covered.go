package plan

import (
	"fmt"
	"slices"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/policy"
)

// maxFoldersTold is how many folders without a plan are told one by one.
const maxFoldersTold = 10

// notCovered tells of changes in folders that no plan is of: a plan of another
// folder, though of this very commit, says nothing of them. Every file of plan.paths
// has to lie in a folder that one of the plans was made from, or below one without
// Terraform configuration in between. Only saved plan files tell the folder, so
// nothing is said unless every plan came with one whose folder was found.
func notCovered(in checks.Input) []checks.Gap {
	if !foldersKnown(in.Snapshot) {
		return nil
	}
	var folders []checks.Path // in the order of the files
	files := map[checks.Path][]checks.Path{}
	eachUncovered(in, func(f *checks.File) {
		if f.Module == "" {
			return
		}
		if files[f.Module] == nil {
			folders = append(folders, f.Module)
		}
		files[f.Module] = append(files[f.Module], f.Path)
	})
	var gaps []checks.Gap
	for i, folder := range folders {
		g := checks.Gap{
			Question: checks.QuestionPlan, Kind: checks.GapEvidence,
			Remedy: fmt.Sprintf("Make a plan of %s too, and give it with its plan file. If it is a module, make one of a folder that calls it.", rootName(folder[len("./"):])),
		}
		switch n := len(files[folder]) - 1; {
		case i == maxFoldersTold:
			g.Message = fmt.Sprintf("Files change in %s more, and no plan is of them.", checks.Plural(len(folders)-i, "folder", "folders"))
			g.Remedy = "Make a plan of each of them, and give it with its plan file."
			return append(gaps, g)
		case n == 0:
			g.Message = fmt.Sprintf("%s changes, and no plan is of its folder.", files[folder][0])
		default:
			g.Message = fmt.Sprintf("%s and %s beside it change, and no plan is of their folder.", files[folder][0], checks.Plural(n, "other file", "other files"))
		}
		gaps = append(gaps, g)
	}
	return gaps
}

// coverageUnproved lists which changes no plan can be shown to be of.
func coverageUnproved(in checks.Input) []string {
	var first checks.Path
	n := 0
	note := func(f *checks.File) {
		if n == 0 {
			first = f.Path
		}
		n++
	}
	if len(in.Snapshot.Plans) == 0 {
		return nil
	}
	if !foldersKnown(in.Snapshot) {
		for i := range in.Snapshot.Files {
			if f := &in.Snapshot.Files[i]; policy.MatchPath(in.Policy.Plan.Paths, string(f.Path)) {
				note(f)
			}
		}
		if n == 0 {
			return nil
		}
		return []string{"That the plans are of all folders that change: the JSON of a plan names none. The saved plan files show it (--plan-file)."}
	}
	eachUncovered(in, func(f *checks.File) {
		if f.Module == "" {
			note(f)
		}
	})
	switch n {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("That a plan shows what the change of %s does: it lies in no folder with Terraform configuration, nor below one.", first)}
	}
	return []string{fmt.Sprintf("That a plan shows what the changes of %s and %s do: they lie in no folder with Terraform configuration, nor below one.", first, checks.Plural(n-1, "other file", "other files"))}
}

// foldersKnown reports whether there are plans, and of each is known which folders
// of the commit it was made from.
func foldersKnown(s *checks.Snapshot) bool {
	return len(s.Plans) > 0 && !slices.ContainsFunc(s.Plans, func(p checks.Plan) bool {
		return p.Error != "" || p.Saved == nil || p.Saved.Commit == nil || !p.Saved.Commit.Found
	})
}

// eachUncovered goes through the changed files of plan.paths that lie in no folder
// of a plan. A file without a module is one that no folder can be told of.
func eachUncovered(in checks.Input, use func(*checks.File)) {
	covered := map[checks.Path]bool{}
	for i := range in.Snapshot.Plans {
		m := in.Snapshot.Plans[i].Saved.Commit
		covered[m.Root] = true
		for _, f := range m.Folders {
			covered[f] = true
		}
	}
	for i := range in.Snapshot.Files {
		f := in.Snapshot.Files[i]
		if !policy.MatchPath(in.Policy.Plan.Paths, string(f.Path)) || covered[f.Path] {
			continue
		}
		if f.Path == ".gitmodules" || len(f.Module) < len("./") {
			f.Module = "" // submodules may be anywhere
		}
		if f.Module == "" || !covered[f.Module[len("./"):]] {
			use(&f)
		}
	}
}
