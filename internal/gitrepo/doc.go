// Package gitrepo reads a local repository through the git binary, and believes
// neither the repository nor git.
//
// The checkout is hostile. A coding agent, or code it wrote, may have had a shell
// in it: the configuration, the hooks, the attributes, the refs, the shallow and
// graft files, the commit-graph and even the object files may be forged. Two
// walls stand between that and an answer.
//
// The first keeps the repository's settings out. Only three commands ever run
// inside the repository: one asks where its parts are, one reads refs by name,
// one reads HEAD. Neither of them opens an object, a hook, the index or the
// network. Everything else runs in an empty git directory of our own that
// borrows nothing but the object store, so there is no configuration, no hook,
// no replacement ref, no graft and no remote to be tricked with. The environment
// of both is made from nothing; see env.go for each setting and its reason.
//
// The second wall is the hash. git does not check objects when it reads them, so
// a forged object file could show another policy, hide a changed file, or make a
// bad commit an ancestor of the base. Therefore every commit, tree, tag and blob
// that an answer rests on is hashed here and must bear the id it was asked for
// by. git's opinion about history is taken as a hint and proved: a commit is left
// out of a range only when a chain of hashed commits leads to it from the base,
// and trees are compared and paths looked up here, not by git. What follows from
// that: given a full commit id, the answers are a function of that id alone.
//
// Objects can also come from a store over a network instead of a checkout; see
// [Remote]. No git is run then, and the second wall is the same.
//
// What it trusts: the git binary itself, SHA-1 or SHA-256 as the repository uses
// them, the local account's temporary directory, and whoever names the base. A
// name such as origin/main is only as good as the ref behind it; a gate passes
// full ids.
//
// What it never does: write to the repository, run a hook or filter, contact a
// remote, fetch a missing object, use a shell, or give part of an answer as if it
// were the whole.
package gitrepo
