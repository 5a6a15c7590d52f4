// Package planfile reads a saved plan file, as written by `terraform plan -out` or
// `tofu plan -out`, without Terraform. It is a zip: the plan itself (a protobuf
// message), two copies of the state, the configuration the plan was made from, and
// the dependency lock file.
//
// What it decides: nothing. It says what the JSON of the plan leaves out (mode,
// targets, excludes, forced replacements, workspace, backend), in which ways the
// JSON and the file disagree ([File.Compare]), and whether the configuration in
// the file is that of a commit ([Match]). Package checks/plan judges.
//
// What it trusts: nothing in the file. Terraform applies the file, not the JSON
// that people read. So what the file says is what will be done, and what it seems
// to say must not depend on the program that reads it:
//
//   - every byte of the zip belongs to exactly one header, entry or record, in
//     order and without gaps. Nothing stands before, between or behind. The local
//     headers and the central directory say the same. So a reader that walks from
//     the front and one that starts at the end see the same entries;
//   - no name is given twice, or twice in different letter case; no name is
//     absolute, climbs with "..", holds a backslash, or is given a second time in
//     an extra field;
//   - an entry that is read is exactly as long as it claims, compressed and not,
//     and its checksum is right;
//   - in the protobuf message, what occurs at most once occurs at most once (the
//     last one wins, or both are merged, says the rule: a place to hide), has the
//     wire type it must have, and ends where it must. Groups are refused.
//
// Only zip features that Terraform and OpenTofu use are accepted. A plan file that
// somebody packed again with another program may be refused though Terraform reads
// it: such a plan counts as unreadable, never as good.
//
// What it never does: decode values. The message holds passwords in clear text
// beside the addresses and the actions; they are skipped by their length and never
// held. The state entries are not even unpacked. Module sources from elsewhere
// are not kept, because they can carry credentials.
//
// # What the comparison with a commit proves
//
// The configuration inside the file is what the tool read when it made the plan. If
// every file is, byte for byte, the file of the commit, none is missing and none is
// more, then an honest tool made this plan from this commit's configuration. It
// catches the doctored working copy: a file added, taken away or edited, an
// uncommitted override file, a local module that is read from another folder.
//
// It does not prove that the file was written by an honest tool: whoever can forge
// the whole file can put the commit's configuration beside a plan of his own
// making. That is why actions and mode are taken from the message, which is what
// gets applied. It says nothing of values either: a JSON that tells the same
// actions with other values is not seen here. Nor is in the file: what file() and
// templatefile() read, variable files, and the code of providers. Modules from
// elsewhere are in it, but there is nothing in the commit to compare them with:
// they are counted.
//
// Git changes bytes on checkout when it is told to: with core.autocrlf (or eol,
// ident, a filter) the working copy is not what the commit holds, and its files are
// reported as differing. Check out with core.autocrlf=false where plans are made.
//
// # Memory
//
// Entries are streamed. The message may be large, so it is walked as it is
// unpacked; addresses and actions are kept, about 190 bytes for each change.
package planfile
