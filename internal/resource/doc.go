// Package resource holds what is known of Terraform resource types: what is lost
// when one is destroyed and what protects it, which of its attributes weaken or
// expose something, what it runs, and which of its attributes are judged as network
// rules or as grants elsewhere. Packages exposure and privilege know their types
// themselves; of what is said here of networks and grants only the paths are used,
// and the rest of those lines is for people.
//
// What it decides: the class of a type ([Table.Lookup]), of the object behind an
// opaque carrier ([Table.Carried]), and whether a change of one attribute weakens or
// exposes something ([Watch]). It goes by the type alone, never by the provider
// that serves it: a fork or a mirror of a provider destroys the same data. Whether
// the provider is one the prefix of the type belongs to is a question of its own
// ([ProviderMismatch]).
//
// What it trusts: its own data, which is compiled in, and what the policy of the
// base adds to it ([Table.With]). Nothing in a pull request can add to the table. A
// type that nobody has classified is [checks.ClassUnclassified], and destroying it
// is a matter of review; only types that are listed as harmless are silent.
//
// What it never does: read files or the network, look at the configuration, or
// keep a value of a plan.
//
// # The data
//
// data/ has one text file for each provider, named for the prefix of its types;
// providers of few types share others.txt. A file is read when the first of its
// types is asked for, so that a small plan pays for the providers it uses and no
// more. The form is one block for each type, one fact on a line:
//
//	aws_db_instance
//	  stateful critical: RDS data
//	  guards deletion_protection, skip_final_snapshot
//	  recovery final snapshot, if not skipped
//	  secret
//
// A plain form was chosen over YAML because everything known of a type stands in one
// place, one fact on a line, and because it is read several times faster: 0.5 to 1 ms
// for the largest file (BenchmarkLookup), where decoding the same as YAML took 3 ms. It
// is read strictly: an unknown word, a path that is none, a fact or a type given
// twice is an error, and TestData reads every file. data/attributes.txt has the
// attributes that are watched, data/kinds.txt what opaque carriers carry,
// data/providers.txt who serves which prefix. docs/resource-classes.md tells how to
// extend and how to correct it.
package resource
