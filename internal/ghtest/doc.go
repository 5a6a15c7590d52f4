// Package ghtest is a GitHub for tests: a small world of accounts, repositories and
// pull requests, served over REST and GraphQL as GitHub serves its own.
//
//	s := ghtest.New(t)                     // every violation fails the test at its end
//	w := s.World
//	acme := w.Org("acme")
//	ann, bob := w.User("ann"), w.User("bob")
//	repo := w.Repo("acme/infra")           // private, default branch main
//	repo.Grant(ann, "write")
//	repo.Commit(ghtest.Commit{Files: map[string]string{"main.tf": "# nothing\n"}})
//	repo.Branch("agent/net", "main")
//	repo.Commit(ghtest.Commit{Branch: "agent/net", Files: map[string]string{"net.tf": "…"}})
//	pull := repo.Pull(ghtest.Pull{Author: bob, Head: "agent/net"})
//	pull.Review(ann, "APPROVED")
//	token := s.Token(nil)                  // or with the permissions that it has
//
// A client is pointed at s.URL ("http://127.0.0.1:port", GraphQL at /graphql) or, as a
// GitHub Enterprise Server, at s.Enterprise ("…/api/v3", GraphQL at /api/graphql).
// After the first request the world is changed inside of [Server.Change] only. A
// [Fault] makes answers bad on purpose, and its Before moves the world between two of
// them. [Standard] and [Large] are ready pull requests.
//
// # What it is trusted for
//
// Between every client and the world stands a validator, which is made of GitHub's own
// descriptions: the OpenAPI description and the GraphQL schema, cut down to what is
// used (schema/README.md says from where). It judges every request and every answer:
// paths, methods, parameters, bodies, statuses; queries, variables, and that the data
// has the shape of the query. Where the descriptions are looser than GitHub, rules of
// our own stand beside them (asserts.go). So a request that passes here is one that
// GitHub understands, and an answer is one that GitHub could give. [Validate] is the
// same validator in front of another server.
//
// Objects are git's: every commit, tree and blob has the id that git gives it, and
// [Repo.Import] takes a real repository. Permissions are enforced: an unknown token
// is 401, what a token may not see is 404 or FORBIDDEN, what it may not do is 403.
//
// # What it never does
//
// It does not stand for what GitHub leaves open. What an answer must have and nobody
// here reads (URLs, counters) is filled in from the description. Nobody can sign in
// to it, and nothing outside of the loopback device reaches it.
package ghtest
