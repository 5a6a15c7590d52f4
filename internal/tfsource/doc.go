// Package tfsource compares the Terraform source of two commits for what no plan
// shows, and finds where a resource is declared.
//
// A plan tells what happens to objects. It does not tell that prevent_destroy was
// switched off so that it can happen, that ignore_changes hides a setting from now
// on, that the state is kept elsewhere, that modules and providers are other code
// than before, that a provider acts in another account, or that a program runs when
// an object is destroyed. All that stands in the source only.
//
// What it decides: which such changes there are between base and head ([Compare]),
// and the file and line of a block ([Index]). It makes facts, of the type
// [checks.SourceChange]; package checks/plan judges them.
//
// What it reads: the native syntax and JSON of Terraform and OpenTofu, override
// files merged as the programs merge them, dependency lock files, settings of the
// programs (.terraformrc), partial backend configurations (*.tfbackend), and
// Terragrunt's files. Where a folder has OpenTofu's own files (*.tofu) it is read
// both ways, because nothing says which program will read it. Blocks are compared
// by address, so it tells nothing of moves between the files of a folder, nor of
// comments and formatting. Module calls are followed from folder to folder, in both
// commits, so that a folder that is renamed together with its calls stays the same,
// and a call that goes to another folder does not.
//
// Only literals are evaluated. A setting that is something else counts as the
// weakest it could be, unless it was the same before; of a local or a variable that
// is referred to, the definition in the same folder counts as part of it.
//
// What it trusts: nothing in the files. They are written by the author of the
// change. A file that cannot be read is a change of its own. Sizes, nesting and work
// are bounded before a parser sees the text: HCL's own parser descends one call per
// bracket, and a stack that overflows ends the program, which nothing can catch.
// JSON is read strictly: duplicate members, and members that differ from a known
// one in letter case only, make the file unreadable.
//
// What it never does: keep values. Facts hold addresses, names of arguments, words
// such as a region, a version or a type, and sources of modules without user names,
// passwords and query parameters. It does no input or output.
//
// What it cannot see: functions are not evaluated; files that functions read, and
// scripts that commands name, are not looked into; modules from elsewhere are not
// fetched; links and submodules are to be followed by whoever gives the files.
package tfsource
