// Package ghapi is the only place that knows GitHub's own types: it alone imports
// go-github and ghinstallation.
//
// It reads two things. One is the event file of a workflow run. The file comes
// from GitHub, but much of its text does not: titles, branch names and logins are
// what people and agents typed. Object ids, numbers and the account's id are
// taken, checked for their form, and the text as what it is: foreign.
//
// The other is GitHub's API, as a token or as an installation of a GitHub App. One
// setting, Config.APIURL, says where it is. What it tells is given on in types of
// our own.
//
// It trusts that the host at APIURL is GitHub, which TLS shows, and nothing that
// the answers contain. It goes nowhere else: nothing in a payload, a pull request
// or an answer is ever fetched as a URL. There is one exception, an artifact: the
// API answers with the place it is stored at, and that is asked without the
// credential. A redirect of the API itself, as a renamed repository has, is followed
// only to the same host, below the same base.
//
// An answer is whole or an error. One that is longer than its bound, cut off, not
// JSON, followed by something, or null where a value is due is an error, never a
// part or an empty list. A page whose successor cannot be found is an error and not
// the last one. An error is for the caller to turn into "undecided"; nothing here
// takes it for an answer. [RateLimitError], [StatusError], [GraphQLError], [ErrBudget],
// [ErrTooLarge] and [ErrLost] tell them apart. They hold neither credential nor query
// nor more than a line of what the answer said.
//
// Reading is repeated at most twice, when a gateway failed or the connection broke.
// Writing is not repeated once anything has been sent: a second check run or a
// second comment could say something that is not true any more. Waiting for a
// limit of calls to pass is up to Config.MaxWait; without it the error says when to
// come again.
//
// The calls of one evaluation are counted and bounded, so that a pull request made
// to be expensive cannot spend what others need: see [Client.Evaluation]. What was
// read is remembered in a [Cache], under who asked: an answer to be asked for again
// with a condition, an object for good, because its id is what it hashes to. Who may
// not see a thing is never given it from there.
//
// go-github's types are used, its client is not: that reads answers of any length,
// follows redirects, knows a limit of calls only by status 403, remembers it and
// then refuses calls that it never made.
//
// It never decides anything, and never reads a clock for more than a time-out, a
// wait, the time of a token and the time a check run was completed.
package ghapi
