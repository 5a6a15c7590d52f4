// Package tfsource compares the Terraform source of two commits for what no plan
// shows, and finds where a resource is declared.
//
// A plan tells what happens to objects. It does not tell that prevent_destroy was
// switched off so that it can happen, that ignore_changes hides a setting from now
// on, that the state is kept elsewhere, that modules and providers are other code
// than before, that a provider acts in another account, that a program runs when an
// object is destroyed, that a validation is gone, or that a secret is no longer marked
// as one. All that stands in the source only.
//
// What it decides: which such changes there are between base and head ([Compare]),
// and the file and line of a block ([Index]). It makes facts, of the type
// [checks.SourceChange]; package checks/plan judges them.
//
// What it reads: the native syntax and JSON of Terraform and OpenTofu, override
// files merged as the programs merge them, dependency lock files, settings of the
// programs (.terraformrc), partial backend configurations (*.tfbackend), values of
// variables (*.tfvars and their JSON), the list of submodules (.gitmodules), and
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
// Values of variables are followed from where they are given (a *.tfvars file, an
// argument of a module call, Terragrunt's inputs that are written out) through locals
// and module calls to what rests on them and no plan shows: provider settings, a
// backend, a source, prevent_destroy, a command. All else about them is the plan's.
// Those files that Terraform loads by itself count together, for the folder they are
// in. Any other counts for the nearest folder, at or above its own, that declares the
// variable, or else for all that do; a new one is silent, because nobody used it yet.
//
// Of a condition (precondition, postcondition, validation, assertion) it tells that it
// is gone while what it was about stays, and that it is plainly always true: it refers
// to nothing, it has such an alternative, or it compares something with itself. Another
// condition in its place is silent, whatever it lets through.
//
// What it leaves to the plan: create_before_destroy and replace_triggered_by. They
// decide in what order and when an object is replaced, and a plan shows a replacement
// and its order.
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
// fetched; values from the environment and from command lines are not known, nor those
// that Terragrunt merges; what a module returns is not followed to a provider of its
// caller; links and submodules are to be followed by whoever gives the files.
package tfsource
