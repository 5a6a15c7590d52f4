// Package artifact decides whether a plan that lies in an artifact of a workflow run
// may be taken as evidence about a change, and takes it out of its zip.
//
// What it decides: which run of a producer the plan has to come from, whether that
// run is believed, and which file of the artifact is the plan. Whatever is not
// believed has a reason, one clause that names the run.
//
// What it trusts: what the platform says of its own runs (which workflow, which
// event, which head, when) and of pull requests (when they were opened, closed and
// given another base). Neither a run's title nor what lies in the artifact is asked.
//
// A run is believed when all of this holds:
//
//   - it ran in our repository, for exactly the head under review, from the branch
//     that the pull request is made of;
//   - its workflow is the one that the base's policy names, by its whole path;
//   - the event was pull_request. Runs of other events take their workflow file from
//     elsewhere, or their commit;
//   - the change touches nothing below .github, and no file of an action. So the
//     workflow file in the merge that was run is the base's, byte for byte, and so is
//     what it calls there;
//   - it belongs to this pull request and to this base. A run does not tell which
//     pull request started it: the same head may be proposed to another base, one that
//     the author of the change made, with a workflow file to their liking. So a run
//     is not believed that began while another pull request from the same branch was
//     open, or before the base was changed;
//   - it is the newest such run, it is completed, and it succeeded. A plan that
//     somebody liked better is not looked for in an older run;
//   - it left one artifact of the name, which is not expired.
//
// Where the policy names signers, a signature on the plan can stand in for what makes it
// uncertain which workflow file was run: the event, an edit below .github, another pull
// request or base. [Change.Beyond] says what none can stand in for; who signed, and for
// what, is for the caller to find out.
//
// What it does not prove: that the plan is true. To plan is to run the code of the
// change: providers, external data sources, modules. That code runs in the job which
// writes the plan, and a script outside .github that the workflow starts may be the
// change's own. Belief in the run shuts out the workflow that an author writes; it
// does not shut out the author of a provider. A workflow that plans in one job and
// hands the plan over, with a token that can do nothing, narrows it down.
//
// What it never does: input or output. Archives are read from memory, and bounded.
package artifact
